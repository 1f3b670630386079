"""The toolchain: what torch needs besides itself to compile a model's blocks, and what it keeps."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

ADVICE = "On Debian and Ubuntu: apt install gcc g++ python3-dev"
"""How to get all of it."""


def missing() -> str | None:
    """What compiling would fail for; none if nothing is missing.

    Triton, torch's compiler for GPUs, builds a small launcher for each kernel with the machine's C
    compiler, against the headers of Python.
    """
    compilers = (os.environ.get("CC"), "gcc", "clang")
    if not any(shutil.which(name) for name in compilers if name):
        return "C compiler"
    if not Path(sysconfig.get_paths(scheme="posix_prefix")["include"], "Python.h").is_file():
        return "Python headers"
    return None


def stay_offline() -> None:
    """Have the hub's client use what is on this machine; `vitascope models pull` downloads."""
    os.environ["HF_HUB_OFFLINE"] = "1"


def keep_kernels() -> None:
    """Have compiled kernels kept between processes; torch's own default is a temporary folder.

    To be called before torch is imported, which fixes the folder for the process.
    """
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(base).expanduser() / "vitascope" / "inductor"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(folder))
