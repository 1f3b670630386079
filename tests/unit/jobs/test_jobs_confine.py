"""Confinement, tried from inside: a process that is confined and then tries to get out."""

import json
import subprocess
import sys

import pytest

from vitascope.jobs.confine import DENIED

PROGRAM = """
import ctypes, json, os, resource, socket, subprocess, sys, threading
from pathlib import Path
from vitascope.jobs.confine import confine
from vitascope.limits import UploadSettings

parent, mine, folder = os.getppid(), Path(sys.argv[1]), Path(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
limits = UploadSettings(memory_bytes=1 << 30, cpu_seconds=7, file_bytes=1 << 20)
missing = confine(limits, reads=[mine], writes=folder)
results = {"missing": missing}

def attempt(name, act):
    try:
        results[name] = str(act())
    except (OSError, ValueError, MemoryError) as error:
        results[name] = type(error).__name__

def in_a_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append("ran"))
    thread.start()
    thread.join()
    return found[0]

attempt("its file", mine.read_text)
attempt("its folder", lambda: (folder / "a").write_text("abc"))
attempt("a folder in it", (folder / "b").mkdir)
attempt("its removal", (folder / "a").unlink)
attempt("a thread", in_a_thread)
attempt("a module", lambda: __import__("av").__name__)
attempt("another file", Path("/etc/passwd").read_text)
attempt("a file beside", mine.with_name("beside").read_text)
attempt("its environment", Path("/proc/self/environ").read_bytes)
attempt("its parent's environment", Path(f"/proc/{parent}/environ").read_bytes)
attempt("a list of files", lambda: os.listdir("/"))
attempt("a file elsewhere", lambda: mine.write_text("x"))
attempt("a link", lambda: (folder / "l").symlink_to("/etc/passwd"))
attempt("a mark", lambda: os.chmod(mine, 0o777))
attempt("TCP", lambda: socket.create_connection(("127.0.0.1", 9)))
attempt("UDP", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
attempt("a unix socket", lambda: socket.socket(socket.AF_UNIX))
attempt("the same by its number for x32", lambda: libc.syscall(0x40000000 | 41, 2, 1, 0))
attempt("a program", lambda: subprocess.run(["/bin/true"]))
attempt("a program in its place", lambda: os.execv("/bin/true", ["true"]))
attempt("a process", os.fork)
attempt("a signal", lambda: os.kill(parent, 0))
attempt("more memory", lambda: len(bytearray(2 << 30)))
attempt("a larger file", lambda: (folder / "c").write_bytes(bytes(2 << 20)))
attempt("a larger limit", lambda: resource.setrlimit(resource.RLIMIT_CPU, (99, 99)))
attempt("CPU time", lambda: resource.getrlimit(resource.RLIMIT_CPU))
attempt("core dumps", lambda: resource.getrlimit(resource.RLIMIT_CORE))
attempt("new privileges", lambda: libc.prctl(39, 0, 0, 0, 0))
print(json.dumps(results))
"""

ALLOWED = {
    "its file": "mine",
    "its folder": "3",
    "a folder in it": "None",
    "its removal": "None",
    "a thread": "ran",
    "a module": "av",
}
LIMITED = {
    "more memory": "MemoryError",
    "a larger file": "OSError",
    "a larger limit": "ValueError",
    "CPU time": "(7, 8)",
    "core dumps": "(0, 0)",
}
DENIED_THINGS = {
    "another file",
    "a file beside",
    "its environment",
    "its parent's environment",
    "a list of files",
    "a file elsewhere",
    "a link",
    "a mark",
    "TCP",
    "UDP",
    "a unix socket",
    "a program",
    "a program in its place",
    "a process",
    "a signal",
}


@pytest.fixture
def results(tmp_path):
    (tmp_path / "beside").write_text("secret", encoding="utf-8")
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    command = [sys.executable, "-c", PROGRAM, tmp_path / "mine", tmp_path / "folder"]
    return json.loads(subprocess.check_output(command, timeout=60))


def test_it_can_do_its_work_and_has_limits(results):
    assert {name: results[name] for name in ALLOWED} == ALLOWED
    if sys.platform == "linux":
        assert {name: results[name] for name in LIMITED} == LIMITED


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have neither of the two")
def test_it_reaches_nothing_else(results):
    assert results["missing"] == []
    assert {name: results[name] for name in DENIED_THINGS} == dict.fromkeys(
        DENIED_THINGS, "PermissionError"
    )
    assert results["the same by its number for x32"] == "-1"
    assert results["new privileges"] == "1"  # PR_GET_NO_NEW_PRIVS


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is of Linux")
def test_every_denied_call_is_known():
    import seccompy

    if seccompy.arch() == "x86_64":  # others lack the older ones
        assert all(seccompy.syscall_nr(name) >= 0 for name in DENIED)
