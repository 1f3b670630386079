"""Processes and their descendants, read from /proc: command lines, memory, open files."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

WORKER = "vitascope.jobs.local"
ENGINE_CHILD = "vitascope.jobs.child"


def descendants(pid: int) -> list[int]:
    """The running descendants of a process, parents before children."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (state := _state(int(entry.name))) is not None:
            parents[int(entry.name)] = state[1]
    found = [pid]
    for ancestor in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found[1:]


def command_of(pid: int) -> str:
    """The command line; empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return _state(pid) is not None


def kill(pid: int) -> None:
    """Send SIGKILL."""
    os.kill(pid, signal.SIGKILL)


def ends_with_parent(command: Sequence[str], *, user: int | None = None) -> list[str]:
    """The command, wrapped so that the kernel kills it when its parent, the test run, ends.

    Args:
        command: program and arguments.
        user: the user to run as, which needs root; None for the current one.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:  # Linux only
        assert user is None, "install setpriv (util-linux), or do not test as root"
        return list(command)
    identity = [] if user is None else [f"--reuid={user}", "--clear-groups"]
    return [setpriv, *identity, "--pdeathsig=KILL", "--", *command]


def free_port() -> int:
    """A free TCP port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory(pid: int) -> dict[str, int]:
    """Resident bytes now (`VmRSS`) and at their highest (`VmHWM`), by the kernel's names."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}


def reset_peak(pid: int) -> None:
    """Reset the process's peak resident size to its current one."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")


def open_files(pid: int) -> int:
    """The number of file descriptors that the process holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def loaded_libraries(pid: int) -> str:
    """The files that are mapped into the process, one a line."""
    return Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")


def _state(pid: int) -> tuple[str, int] | None:
    """State letter and parent of a running process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name before the last parenthesis may contain blanks and parentheses.
    letter, parent = stat.rpartition(")")[2].split()[:2]
    return None if letter in "ZX" else (letter, int(parent))
