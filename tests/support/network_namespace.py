"""A second host on this machine: a network namespace whose link a test can take down."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass


class NoNamespaces(Exception):
    """Network namespaces can't be created here; the message says why."""


@dataclass(frozen=True)
class OtherHost:
    """A network namespace and the link to it.

    Attributes:
        home: this machine's address, as the other host knows it.
        before: the beginning of a command that runs on the other host.
    """

    home: str
    before: Sequence[str]
    _link: str

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Take the link down, for the duration of the context."""
        _ip("link", "set", self._link, "down")
        try:
            yield
        finally:
            _ip("link", "set", self._link, "up")


@contextmanager
def other_host() -> Iterator[OtherHost]:
    """Create one: a bridge with this machine's address, and a link from it to the namespace.

    Raises:
        NoNamespaces: it can't be created here.
    """
    if os.geteuid() != 0 or shutil.which("ip") is None:
        raise NoNamespaces("network namespaces need root and the program ip (iproute2)")
    name = f"vs{random.randrange(16**6):06x}"
    net = f"10.{random.randrange(200, 250)}.{random.randrange(256)}"
    host, bridge, link, socket = f"{name}-host", f"{name}-br", f"{name}-a", f"{name}-b"
    with ExitStack() as undo:
        try:
            _ip("netns", "add", host)
            undo.callback(_ip, "netns", "del", host)
            _ip("link", "add", bridge, "type", "bridge")
            undo.callback(_ip, "link", "del", bridge)
            _ip("address", "add", f"{net}.1/24", "dev", bridge)
            _ip("link", "add", link, "type", "veth", "peer", "name", socket, "netns", host)
            _ip("link", "set", link, "master", bridge, "up")
            _ip("link", "set", bridge, "up")
        except subprocess.CalledProcessError as error:
            raise NoNamespaces(f"no network namespaces here: {error.stderr.strip()}") from error
        _ip("-n", host, "link", "set", "lo", "up")
        _ip("-n", host, "address", "add", f"{net}.2/24", "dev", socket)
        _ip("-n", host, "link", "set", socket, "up")
        yield OtherHost(f"{net}.1", ("ip", "netns", "exec", host), link)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
