"""The machine: Python, the packages, the encoders, memory and disk."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from vitascope import __version__
from vitascope.cli.descriptors import descriptor_limits
from vitascope.cli.doctor.finding import Finding
from vitascope.config import Settings
from vitascope.engines.diffusers import toolchain

EXTRA = ("torch", "diffusers", "transformers", "accelerate", "huggingface_hub")
INSTALL = "pip install 'vitascope[diffusers]'"
_GIB = 1024**3
_LITTLE_DISK = 2.0  # GiB


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything that is the same for all models."""
    yield Finding(
        "Vitascope", "good", f"{__version__}, Python {platform.python_version()}, {_system()}"
    )
    yield _packages()
    yield _x264()
    yield _descriptors(settings)
    yield _disk("data folder", settings.data_dir)
    if has_extra():
        yield _disk("weights", hub_cache())


def compiling() -> Finding:
    """Whether models can be compiled, as they are on a GPU."""
    lack = toolchain.missing()
    if lack is None:
        return Finding("compiling", "good", "a C compiler and Python's headers are here")
    return Finding(
        "compiling",
        "remark",
        f"there is no {lack}: models are drawn uncompiled, which takes longer",
        toolchain.ADVICE,
    )


def has_extra() -> bool:
    """Whether real models can be loaded, as far as packages go."""
    return all(find_spec(name) for name in EXTRA)


def hub_cache() -> Path:
    """Where the hub's client keeps weights, by the same rules as the client itself."""
    home = os.environ.get("HF_HOME") or Path(
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home, "hub")).expanduser()


def free_gib(folder: Path) -> float:
    """Free disk at a folder, which may be still to be made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free / _GIB


def memory_gib() -> float:
    """The machine's main memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB


def _system() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, "
        f"{memory_gib():.0f} GiB memory"
    )


def _packages() -> Finding:
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        return Finding(
            "real models",
            "remark",
            f"the extra is not installed (no {', '.join(missing)})",
            INSTALL,
        )
    return Finding("real models", "good", ", ".join(f"{name} {_version(name)}" for name in EXTRA))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "of no known version"


def _x264() -> Finding:
    import av

    if "libx264" in av.codecs_available:
        return Finding("H.264", "good", f"libx264, by PyAV {av.__version__}")
    return Finding(
        "H.264",
        "bad",
        f"PyAV {av.__version__} was built without libx264",
        "Install PyAV's own wheel: pip install --force-reinstall --only-binary av av",
    )


def _descriptors(settings: Settings) -> Finding:
    limits = descriptor_limits(settings.max_connections)
    detail = f"up to {limits.soft} (at most {limits.hard}): {limits.connections} connections"
    if limits.connections < settings.max_connections:
        return Finding(
            "open files",
            "remark",
            f"{detail} instead of {settings.max_connections}",
            "Raise the hard limit: `ulimit -Hn`, LimitNOFILE= of a systemd unit, or --ulimit "
            "nofile of a container.",
        )
    return Finding("open files", "good", detail)


def _disk(name: str, folder: Path) -> Finding:
    free = free_gib(folder)
    detail = f"{free:.0f} GiB free at {folder}"
    if free < _LITTLE_DISK:
        return Finding(name, "bad", detail, "Make room there, or name another folder.")
    return Finding(name, "good", detail)
