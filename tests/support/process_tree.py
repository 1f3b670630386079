"""What runs below a process, read from /proc; for tests that kill with care."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

WORKER = "vitascope.jobs.local"
ENGINE_CHILD = "vitascope.jobs.child"


def below(pid: int) -> list[int]:
    """The living descendants of a process, parents before children."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (state := _state(int(entry.name))) is not None:
            parents[int(entry.name)] = state[1]
    found = [pid]
    for ancestor in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found[1:]


def command_of(pid: int) -> str:
    """The command line; empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    return _state(pid) is not None


def kill(pid: int) -> None:
    """End a process at once, as a power cut would."""
    os.kill(pid, signal.SIGKILL)


def mortal(command: Sequence[str], *, user: int | None = None) -> list[str]:
    """The command as one that ends when its parent, the test run, is killed.

    Args:
        command: program and arguments.
        user: the user to become, as root; the same when None.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:  # only Linux has it, and only Linux lets root be somebody else so easily
        assert user is None, "install setpriv (util-linux), or do not test as root"
        return list(command)
    identity = [] if user is None else [f"--reuid={user}", "--clear-groups"]
    return [setpriv, *identity, "--pdeathsig=KILL", "--", *command]


def free_port() -> int:
    """A TCP port of loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory(pid: int) -> dict[str, int]:
    """Resident bytes now (`VmRSS`) and at their highest (`VmHWM`), by the kernel's names."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}


def forget_peak(pid: int) -> None:
    """Let the process's highest resident size begin anew from its present one."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")


def open_files(pid: int) -> int:
    """How many descriptors the process holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def loaded_libraries(pid: int) -> str:
    """The files that are mapped into the process, a line for each."""
    return Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")


def _state(pid: int) -> tuple[str, int] | None:
    """State letter and parent of a process that is not dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name before the last parenthesis may hold anything, blanks and parentheses included.
    letter, parent = stat.rpartition(")")[2].split()[:2]
    return None if letter in "ZX" else (letter, int(parent))
