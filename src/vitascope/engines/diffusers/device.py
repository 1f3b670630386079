"""Devices: which one there is, how much of its memory is free, and what it is good at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitascope.errors import JobError

if TYPE_CHECKING:
    import torch

GIBIBYTE = 1024**3
_HOPPER = (9, 0)
_ADA = (8, 9)


def pick(wanted: str | None) -> torch.device:
    """The device that the configuration names, or else the best one there is.

    Raises:
        JobError: `device_unavailable`; this machine has no such device.
    """
    import torch

    if wanted is None:
        best = torch.accelerator.current_accelerator(check_available=True)
        return torch.device("cpu") if best is None else torch.device(best.type)
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise JobError(
            "device_unavailable",
            f"The model is configured for the device '{wanted}', which this machine does not have "
            "or torch can't use. Correct the model's `device`, or leave it out.",
        ) from error
    return device


def free_gib(device: torch.device) -> float | None:
    """Free memory of a GPU in GiB; none where weights need not be fitted in, as on a CPU."""
    if device.type != "cuda":
        return None
    import torch

    return float(torch.cuda.mem_get_info(device)[0]) / GIBIBYTE


def device_name(device: torch.device) -> str:
    """What people call it."""
    if device.type != "cuda":
        return str(device)
    import torch

    return str(torch.cuda.get_device_name(device))


def attention_backends(device: torch.device) -> tuple[str, ...]:
    """The attention kernels to try, fastest first, by their names in diffusers.

    FlashAttention 3 is for Hopper alone, SageAttention for Ada and Blackwell; torch's own is what
    remains. The first two are fetched by the `kernels` package, where that is installed.
    """
    if device.type != "cuda":
        return ()
    import torch

    chip = torch.cuda.get_device_capability(device)
    if chip == _HOPPER:
        return ("_flash_3_hub", "_flash_3")
    if chip == _ADA or chip > _HOPPER:
        return ("sage_hub", "sage")
    return ()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device, or the machine, had no memory left."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)
