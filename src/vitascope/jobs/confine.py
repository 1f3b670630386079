"""Confines the calling process: what it may use, open and reach from then on.

Limits on memory, CPU time and file size hold on every system. On Linux, Landlock denies all files
except the named ones, and seccomp denies the network, new programs and signals to others.
"""

from __future__ import annotations

import errno
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from vitascope.jobs.decode_task import DecodeLimits

if TYPE_CHECKING:
    from seccompy import Filter

_CORES = 4
"""Codecs keep pictures for each thread; a limit on memory needs a limit on threads."""

_THREAD = 0x00010000
"""CLONE_THREAD, the flag of a `clone` that makes a thread, not a process."""

_X32 = 0x40000000
"""Added to a number of a system call, it names the same call of the x32 ABI."""

DENIED = (
    # the network and other communication
    *("socket", "socketpair", "io_uring_setup", "add_key", "keyctl", "request_key"),
    # new programs and processes
    *("execve", "execveat", "fork", "vfork"),
    # other processes
    *("kill", "tkill", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "rt_sigqueueinfo"),
    *("rt_tgsigqueueinfo", "ptrace", "process_vm_readv", "process_vm_writev", "setrlimit"),
    # file attributes, which Landlock does not cover
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "fchownat", "lchown"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
    *("utime", "utimes", "utimensat", "futimesat"),
    # the system
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at", "bpf"),
    *("perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module", "reboot"),
    *("kexec_load", "kexec_file_load", "swapon", "swapoff", "sethostname", "setdomainname"),
    *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime"),
)
"""System calls that no decoder needs. They fail with EPERM."""


def confine(limits: DecodeLimits, *, reads: Iterable[Path], writes: Path) -> tuple[str, ...]:
    """Confine this process and its children for ever. Call this before it has a second thread.

    Args:
        limits: memory, CPU time and file size.
        reads: files that it may read, besides Python and the system's libraries.
        writes: the folder that it may read and write.

    Returns:
        the parts that this system lacks, in words; empty if it has all.
    """
    # The filter first, because its library runs a program to find the C library.
    calls = _filter()
    missing = [*_limit(limits), *_deny_files(reads, writes)]
    if calls is None or not _loaded(calls):
        missing.append("seccomp")
    return tuple(missing)


def _limit(limits: DecodeLimits) -> list[str]:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
    # A second after the soft limit the kernel kills the process with SIGKILL.
    resources = {
        "memory": (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        "CPU time": (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        "file size": (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        "core dumps": (resource.RLIMIT_CORE, 0, 0),
    }
    missing = []
    for name, (kind, soft, hard) in resources.items():
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (OSError, ValueError):  # macOS knows no limit of the address space
            missing.append(f"a limit on {name}")
    return missing


def _deny_files(reads: Iterable[Path], writes: Path) -> list[str]:
    if sys.platform != "linux":
        return ["Landlock"]
    import landlockpy
    from landlockpy import AccessFS, Scope

    look = AccessFS.READ_FILE | AccessFS.READ_DIR
    write = AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.MAKE_REG | AccessFS.MAKE_DIR
    remove = AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR
    try:
        with landlockpy.Ruleset(scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as rules:
            for path in _program():
                rules.allow_path(path, look if path.is_dir() else AccessFS.READ_FILE)
            for path in reads:
                rules.allow_path(path, AccessFS.READ_FILE)
            rules.allow_path(writes, look | write | remove)
            rules.restrict()
    except landlockpy.UnsupportedError:
        return ["Landlock"]
    return []


def _program() -> Iterable[Path]:
    """The folders of Python, its packages and their libraries."""
    here = Path(__file__).parents[2]
    places = {Path(sys.prefix), Path(sys.base_prefix), here, *map(Path, filter(None, sys.path))}
    system = ("/usr", "/lib", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/localtime")
    machine = ("/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/dev/urandom")
    places.update(map(Path, (*system, *machine)))
    return (place for place in sorted(places) if place.exists())


def _filter() -> Filter | None:
    """The filter of system calls; None if the system has none."""
    if sys.platform != "linux":
        return None
    import seccompy

    try:
        if not seccompy.supported():
            return None
    except seccompy.SeccompError:  # forbidden, as in some containers
        return None
    calls = seccompy.Filter(seccompy.Action.ALLOW)
    for name in DENIED:
        try:
            number = seccompy.syscall_nr(name)
        except ValueError:  # newer architectures lack older calls
            continue
        calls.errno(number, errno.EPERM)
        calls.errno(number | _X32, errno.EPERM)
    process = seccompy.ArgCmp(0, seccompy.CmpOp.MASKED_EQ, 0, mask=_THREAD)
    calls.errno("clone", errno.EPERM, args=[process])
    calls.errno("clone3", errno.ENOSYS)  # its flags can't be read; C libraries then use clone
    other = seccompy.ArgCmp(0, seccompy.CmpOp.NE, os.getpid())
    calls.errno("tgkill", errno.EPERM, args=[other])
    change = seccompy.ArgCmp(2, seccompy.CmpOp.NE, 0)
    calls.errno("prlimit64", errno.EPERM, args=[change])
    return calls


def _loaded(calls: Filter) -> bool:
    import seccompy

    try:
        calls.load()
    except seccompy.SeccompError:
        return False
    return True
