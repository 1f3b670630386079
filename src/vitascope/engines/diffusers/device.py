"""Devices: choosing one, its free memory, and the attention backends that it supports."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from vitascope.errors import JobError

if TYPE_CHECKING:
    import torch

GIBIBYTE = 1024**3
Chip: TypeAlias = tuple[int, int]
"""A GPU's compute capability, as NVIDIA numbers it."""

_AMPERE, _ADA, _HOPPER = (8, 0), (8, 9), (9, 0)
_CUDNN = "_native_cudnn"


def pick(configured: str | None) -> torch.device:
    """The configured device, or else the best available one.

    Raises:
        JobError: `device_unavailable`; this machine has no such device.
    """
    import torch

    if configured is None:
        best = torch.accelerator.current_accelerator(check_available=True)
        return torch.device("cpu") if best is None else torch.device(best.type)
    try:
        device = torch.device(configured)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise JobError(
            "device_unavailable",
            f"The model is configured for the device '{configured}', which this machine does not "
            "have or torch can't use. Correct the model's `device`, or remove it.",
        ) from error
    return device


def free_gib(device: torch.device) -> float | None:
    """Free memory of a GPU in GiB; None for other devices."""
    if device.type != "cuda":
        return None
    import torch

    return float(torch.cuda.mem_get_info(device)[0]) / GIBIBYTE


def total_gib(device: torch.device) -> float:
    """All memory of a GPU in GiB; of other devices the machine's main memory."""
    if device.type != "cuda":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE
    import torch

    return float(torch.cuda.mem_get_info(device)[1]) / GIBIBYTE


def device_name(device: torch.device) -> str:
    """The name of the product."""
    if device.type != "cuda":
        return str(device)
    import torch

    return str(torch.cuda.get_device_name(device))


def chip_of(device: torch.device) -> Chip | None:
    """The compute capability of an NVIDIA GPU; None for other devices."""
    if device.type != "cuda":
        return None
    import torch

    major, minor = torch.cuda.get_device_capability(device)
    return major, minor


def has_float8(device: torch.device) -> bool:
    """Whether the device multiplies matrices in float8: Ada, Hopper and later."""
    chip = chip_of(device)
    return chip is not None and chip >= _ADA


def attention_backends(chip: Chip | None) -> tuple[str, ...]:
    """Diffusers' names of the attention backends to try on a GPU, fastest first.

    FlashAttention 3 supports Hopper only, SageAttention Ada and Blackwell. The `kernels` package
    downloads them, compiled; cuDNN's comes with torch.
    """
    if chip is None:
        return ()
    if chip == _HOPPER:
        return ("_flash_3_hub", "_flash_3", _CUDNN)
    if chip == _ADA or chip > _HOPPER:
        return ("sage_hub", "sage", _CUDNN)
    return (_CUDNN,) if chip >= _AMPERE else ()


def varlen_backends(chip: Chip | None) -> tuple[str, ...]:
    """The same for sequences of several lengths, which replace masks that hide padding."""
    if chip is None:
        return ()
    if chip == _HOPPER:
        return ("_flash_3_varlen_hub", "_flash_varlen_3")
    return ("flash_varlen_hub", "flash_varlen") if chip >= _AMPERE else ()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the device or the machine has no memory left."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)
