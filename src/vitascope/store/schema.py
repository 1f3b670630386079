"""The schema's version: checked at start, raised by migrations."""

from __future__ import annotations

import logging
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError

from vitascope.errors import ConfigError
from vitascope.store.database import prepare_sqlite, sync_url

log = logging.getLogger(__name__)

HEAD = "0016"
"""The newest migration; a test compares it with the files in `migrations/versions`."""


def current_version(database: str) -> str | None:
    """The version of the database; None for an empty one.

    Raises:
        ConfigError: the database can't be reached, or the file is not a database.
    """
    engine = _engine(database)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("schema_version"):
                return None
            return connection.execute(
                sa.text("SELECT version_num FROM schema_version")
            ).scalar_one_or_none()
    except DatabaseError as error:
        # The driver's text only: the whole text repeats the statement.
        reason = " ".join(str(error.orig).split())
        raise ConfigError(f"The database can't be used: {reason}") from None
    finally:
        engine.dispose()


def upgrade(database: str) -> None:
    """Bring the tables of vitascope to the newest version.

    Several processes may call it at once: the first does the work, and the others wait.

    Raises:
        ConfigError: the database is at a newer schema than this program knows.
    """
    if (current_version(database) or HEAD) > HEAD:
        require_current(database)
    # Only needed here, and slow to import.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    engine = _engine(database)
    try:
        with engine.begin() as connection:
            _lock(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
    _enable_vacuum(database)


def require_current(database: str) -> None:
    """Check that the database has this program's schema.

    Raises:
        ConfigError: it has another; the message says what to do.
    """
    found = current_version(database)
    if found == HEAD:
        return
    raise ConfigError(
        f"The database is at schema {found or 'none'}, this program needs {HEAD}. "
        "Run `vitascope db upgrade` with the same configuration"
        + (", or start the newer program." if found and found > HEAD else ".")
    )


def _engine(database: str) -> sa.Engine:
    url = sync_url(database)
    if url.drivername.startswith("sqlite") and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
    return engine


def _enable_vacuum(database: str) -> None:
    """Make a SQLite file of an older version able to return the space of deleted rows.

    This rewrites the file once. If the disk has no room for that, the next upgrade tries again.
    """
    engine = _engine(database)
    try:
        if engine.dialect.name == "sqlite":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if connection.exec_driver_sql("PRAGMA auto_vacuum").scalar_one() == 0:
                    connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
                    connection.exec_driver_sql("VACUUM")
    except OperationalError as error:
        log.warning("The database's file can't shrink yet: %s", error.orig)
    finally:
        engine.dispose()


def _lock(connection: sa.Connection) -> None:
    """Let one process migrate at a time."""
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("BEGIN IMMEDIATE"))
    else:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7310579611)"))
