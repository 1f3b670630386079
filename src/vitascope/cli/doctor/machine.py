"""Examines the machine: packages, encoder, memory, disk and GPUs.

nvidia-smi and torch are asked in processes of their own.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from vitascope import __version__
from vitascope.cli.common import descriptor_limits
from vitascope.cli.doctor.findings import Finding
from vitascope.config import Settings
from vitascope.engines.diffusers import kernels
from vitascope.engines.diffusers.device import Chip

EXTRA = ("torch", "diffusers", "transformers", "accelerate", "huggingface_hub")
INSTALL = "pip install 'vitascope[diffusers]'"
_GIB = 1024**3
_LITTLE_DISK = 2.0  # GiB
_TIMEOUT_SECONDS = 60.0
_MIB_PER_GIB = 1024
_QUERY = "index,name,memory.total,memory.free,compute_cap,driver_version"
_PROBE = """
import json, torch
cuda = torch.cuda
devices = [
    (i, cuda.get_device_name(i), cuda.get_device_capability(i), *cuda.mem_get_info(i))
    for i in range(cuda.device_count())
] if cuda.is_available() else []
print(json.dumps({
    "gpus": [
        {
            "index": i, "name": name, "chip": chip,
            "total_gib": total / 2**30, "free_gib": free / 2**30,
        }
        for i, name, chip, free, total in devices
    ],
    "mps": torch.backends.mps.is_available(),
}))
"""


def examine(settings: Settings) -> Iterator[Finding]:
    """What does not depend on the models."""
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
    """Whether torch can compile models; it does so on a GPU only."""
    lack = kernels.missing_build_tool()
    if lack is None:
        return Finding("compiling", "good", "a C compiler and Python's headers are here")
    return Finding(
        "compiling",
        "remark",
        f"there is no {lack}: models run uncompiled, which takes longer",
        kernels.BUILD_TOOLS_ADVICE,
    )


def has_extra() -> bool:
    """Whether the packages for real models are installed."""
    return all(find_spec(name) for name in EXTRA)


def hub_cache() -> Path:
    """The folder of the hub client's cache, found by the client's own rules."""
    home = os.environ.get("HF_HOME") or Path(
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home, "hub")).expanduser()


def free_gib(folder: Path) -> float:
    """Free disk space in GiB at a folder, which need not exist yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free / _GIB


def memory_gib() -> float:
    """The machine's main memory in GiB."""
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
        return Finding(name, "bad", detail, "Free some space there, or configure another folder.")
    return Finding(name, "good", detail)


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; sizes in GiB.

    Attributes:
        chip: its compute capability.
    """

    index: int
    name: str
    total_gib: float
    free_gib: float
    chip: Chip | None = None
    driver: str | None = None


@dataclass(frozen=True, slots=True)
class Devices:
    """The devices that models can run on.

    Attributes:
        gpus: in torch's order if torch is installed.
        mps: whether there is an Apple GPU.
        findings: the report's lines about them.
    """

    gpus: tuple[Gpu, ...]
    mps: bool
    findings: tuple[Finding, ...]


def find_devices() -> Devices:
    """Ask the driver, and torch if it is installed."""
    driver = gpus_by_driver()
    if find_spec("torch") is None:
        return Devices(driver, mps=False, findings=_gpu_findings(driver))
    seen = _gpus_by_torch()
    if seen is None:
        broken = Finding(
            "torch",
            "remark",
            "is installed, but can't be imported",
            "Install it again: pip install --force-reinstall torch",
        )
        return Devices((), mps=False, findings=(*_gpu_findings(driver), broken))
    gpus, mps = seen
    if driver and not gpus:
        blind = Finding(
            "torch",
            "remark",
            "can't use the GPU: it is built for the CPU, or the driver is too old for it",
            "Update the driver, or install the torch build for it: https://pytorch.org/get-started",
        )
        return Devices((), mps=mps, findings=(*_gpu_findings(driver), blind))
    return Devices(gpus or driver, mps=mps, findings=_gpu_findings(gpus or driver, mps=mps))


def _gpu_findings(gpus: Sequence[Gpu], *, mps: bool = False) -> tuple[Finding, ...]:
    found = tuple(
        Finding(
            f"GPU {gpu.index}",
            "good",
            f"{gpu.name}, {gpu.free_gib:.1f} of {gpu.total_gib:.1f} GiB free"
            + (f", driver {gpu.driver}" if gpu.driver else ""),
        )
        for gpu in gpus
    )
    if found:
        return found
    if mps:
        return (Finding("GPU", "good", "Apple's, by torch's mps"),)
    return (Finding("GPU", "remark", "none found: shadowplay needs none, real models need one"),)


def gpus_by_driver() -> tuple[Gpu, ...]:
    """The GPUs that nvidia-smi lists; none without nvidia-smi or driver."""
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    output = _output_of(command)
    gpus = (_gpu(line) for line in (output or "").splitlines())
    return tuple(gpu for gpu in gpus if gpu is not None)


def _gpu(line: str) -> Gpu | None:
    """One line of nvidia-smi's table; None for devices that list no memory."""
    try:
        index, name, total, free, chip, driver = (cell.strip() for cell in line.split(","))
        major, minor = map(int, chip.split("."))
        whole, left = (int(size) / _MIB_PER_GIB for size in (total, free))
        return Gpu(int(index), name, whole, left, (major, minor), driver)
    except ValueError:
        return None


def _gpus_by_torch() -> tuple[tuple[Gpu, ...], bool] | None:
    output = _output_of([sys.executable, "-c", _PROBE])
    if output is None:
        return None
    found = json.loads(output.splitlines()[-1])
    gpus = (Gpu(**{**gpu, "chip": tuple(gpu["chip"])}) for gpu in found["gpus"])
    return tuple(gpus), bool(found["mps"])


def _output_of(command: Sequence[str]) -> str | None:
    """What a command prints on stdout; None if it fails."""
    try:
        finished = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return finished.stdout if finished.returncode == 0 else None
