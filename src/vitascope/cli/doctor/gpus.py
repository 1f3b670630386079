"""GPUs: asked of nvidia-smi, and of torch where it is installed, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from vitascope.cli.doctor.finding import Finding

_PATIENCE = 60.0
_MIB_PER_GIB = 1024
_QUERY = "index,name,memory.total,memory.free,driver_version"
_PROBE = """
import json, torch
cuda = torch.cuda
devices = [
    (i, cuda.get_device_name(i), *cuda.mem_get_info(i)) for i in range(cuda.device_count())
] if cuda.is_available() else []
print(json.dumps({
    "gpus": [
        {"index": i, "name": name, "total_gib": total / 2**30, "free_gib": free / 2**30}
        for i, name, free, total in devices
    ],
    "mps": torch.backends.mps.is_available(),
}))
"""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; sizes in GiB."""

    index: int
    name: str
    total_gib: float
    free_gib: float
    driver: str | None = None


@dataclass(frozen=True, slots=True)
class Devices:
    """What films can be drawn on.

    Attributes:
        gpus: those that models can use, in torch's order if it can be asked.
        mps: whether there is Apple's GPU.
        findings: what is to be told about them.
    """

    gpus: tuple[Gpu, ...]
    mps: bool
    findings: tuple[Finding, ...]


def find_devices() -> Devices:
    """Ask the driver, and torch if it is installed."""
    driver = _asked_of_driver()
    if find_spec("torch") is None:
        return Devices(driver, mps=False, findings=_told(driver))
    seen = _asked_of_torch()
    if seen is None:
        broken = Finding(
            "torch",
            "remark",
            "is installed, but can't be imported",
            "Install it again: pip install --force-reinstall torch",
        )
        return Devices((), mps=False, findings=(*_told(driver), broken))
    gpus, mps = seen
    if driver and not gpus:
        blind = Finding(
            "torch",
            "remark",
            "can't use the GPU: it is built for the CPU, or the driver is too old for it",
            "Update the driver, or install torch for it as https://pytorch.org/get-started says.",
        )
        return Devices((), mps=mps, findings=(*_told(driver), blind))
    return Devices(gpus or driver, mps=mps, findings=_told(gpus or driver, mps=mps))


def _told(gpus: Sequence[Gpu], *, mps: bool = False) -> tuple[Finding, ...]:
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
    return (Finding("GPU", "remark", "none found: shadowplay draws, real models want a GPU"),)


def _asked_of_driver() -> tuple[Gpu, ...]:
    """What nvidia-smi tells; nothing where it is not there or has no driver to talk to."""
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    printed = _printed(command)
    gpus = (_gpu(line) for line in (printed or "").splitlines())
    return tuple(gpu for gpu in gpus if gpu is not None)


def _gpu(line: str) -> Gpu | None:
    """One line of nvidia-smi's table; some devices have no memory to tell of."""
    try:
        index, name, total, free, driver = (cell.strip() for cell in line.split(","))
        return Gpu(int(index), name, int(total) / _MIB_PER_GIB, int(free) / _MIB_PER_GIB, driver)
    except ValueError:
        return None


def _asked_of_torch() -> tuple[tuple[Gpu, ...], bool] | None:
    printed = _printed([sys.executable, "-c", _PROBE])
    if printed is None:
        return None
    told = json.loads(printed.splitlines()[-1])
    return tuple(Gpu(**gpu) for gpu in told["gpus"]), bool(told["mps"])


def _printed(command: Sequence[str]) -> str | None:
    """What a command prints, if it ends well."""
    try:
        finished = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return finished.stdout if finished.returncode == 0 else None
