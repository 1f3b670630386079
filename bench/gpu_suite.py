"""A GPU benchmark of at most twelve minutes; the most important measurements run first.

    scripts/test-models --collect-only -q      # installs torch, once
    .cache/diffusers-venv/bin/python -m bench.gpu_suite [--tiny] [--seconds 720]

Each part is begun only if its time is left, and its rows are printed as soon as they are there.
Models have their real shapes and random weights; with `--tiny` all is small and runs on a CPU, to
show that the script works.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import diffusers
import torch
from diffusers import attention_backend
from diffusers.models.attention_dispatch import dispatch_attention_fn

from bench import report
from bench.gpu import Bench, measure
from bench.trace_models import SIZES
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.device import attention_backends, chip_of, device_name, pick

_GIB = 1024**3
_WAN_TOKENS = 32_760
"""Tokens of 81 frames of 480 x 832, with 40 heads of 128: Wan 14B's self-attention."""

_RUNS = 5


@dataclass(frozen=True)
class Part:
    """A part of the suite.

    Attributes:
        seconds: how long it takes at most, by estimation.
        run: yields rows.
    """

    name: str
    seconds: float
    run: Callable[[Path], Iterator[report.Row]]


def attention(_folder: Path, *, device: torch.device, tokens: int) -> Iterator[report.Row]:
    """Each attention backend that this GPU can use beside torch's own."""
    shape = (1, tokens, 40, 128)
    dtype = torch.bfloat16
    query, key, value = (torch.randn(shape, dtype=dtype, device=device) for _ in range(3))

    def seconds(backend: str) -> float:
        with attention_backend(backend):
            dispatch_attention_fn(query, key, value)
            _wait(device)
            began = time.perf_counter()
            for _ in range(_RUNS):
                dispatch_attention_fn(query, key, value)
            _wait(device)
        return (time.perf_counter() - began) / _RUNS

    plain = seconds("native")
    backends = attention_backends(chip_of(device)) or ("_native_math",)
    for backend in backends:
        try:
            took = seconds(backend)
        except (RuntimeError, ValueError, ImportError, OSError) as error:
            print(f"  {backend}: {str(error).partition(chr(10))[0]}", file=sys.stderr)
            continue
        yield report.Row(
            f"attention of Wan 14B by {backend}",
            f"{took * 1000:.3g} ms",
            f"torch's: {plain * 1000:.3g} ms",
            took / plain,
            None,
        )


def decoding(_folder: Path, *, device: torch.device) -> Iterator[report.Row]:
    """HunyuanVideo 1.5's decode in tiles: its peak beside the traced one."""
    card, sizes = card_named("hunyuanvideo-1.5"), SIZES["hunyuanvideo-1.5"]
    vae = diffusers.AutoencoderKLHunyuanVideo15().to(device, torch.bfloat16).eval()
    vae.enable_tiling()
    latents = torch.zeros(sizes.window(card).shape, device=device, dtype=torch.bfloat16)
    torch.cuda.reset_peak_memory_stats()
    held = torch.cuda.memory_allocated() - latents.nbytes
    with torch.no_grad():
        vae.decode(latents)
    peak = (torch.cuda.max_memory_allocated() - held) / _GIB
    traced = card.sizes.decode_tiled
    yield report.Row(
        "HunyuanVideo 1.5, decode in tiles: peak of tensors",
        f"{peak:.1f} GiB",
        f"traced: {traced:.1f} GiB",
        peak / traced,
        None,
    )


def plans(folder: Path, *, small: bool) -> Iterator[report.Row]:
    """Wan 14B at 480p: a step by the plan `text`, in 16 bits, and by `8bit`."""
    plain = Bench("wan2.2-i2v-a14b", folder, layers=None, small=small, memory="text")
    plain.ours()
    whole = plain.ours()
    del plain
    if not small:
        torch.cuda.empty_cache()
    quantised = Bench("wan2.2-i2v-a14b", folder, layers=None, small=small, memory="8bit")
    quantised.ours()
    run = quantised.ours()
    yield report.Row(
        "Wan 14B at 480p, a step in 8 bits",
        f"{run.per_step:.3g} s",
        f"in 16 bits: {whole.per_step:.3g} s",
        run.per_step / whole.per_step,
        None,
    )
    yield report.Row(
        "Wan 14B at 480p, most memory in 8 bits",
        f"{run.memory:.3g} GiB",
        f"in 16 bits: {whole.memory:.3g} GiB",
        run.memory / whole.memory,
        None,
    )


def whole_path(folder: Path, *, card: str, small: bool) -> Iterator[report.Row]:
    """The engine's whole path beside the plain call of the same pipeline."""
    yield from measure(card, folder, layers=None, small=small)


def suite(*, small: bool) -> list[Part]:
    """The parts, the most important first."""
    device = torch.device("cpu") if small else pick(None)
    tokens = 256 if small else _WAN_TOKENS
    parts = [
        Part("attention", 40, lambda at: attention(at, device=device, tokens=tokens)),
        Part("plans", 240, lambda at: plans(at, small=small)),
        Part("path", 200, lambda at: whole_path(at, card="wan2.2-ti2v-5b", small=small)),
    ]
    if device.type == "cuda":
        parts.insert(1, Part("decoding", 60, lambda at: decoding(at, device=device)))
    return parts


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    """Run the parts that there is time for."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu_suite", description=__doc__)
    parser.add_argument("--tiny", action="store_true", help="tiny models on the CPU")
    parser.add_argument("--seconds", type=float, default=720, help="time for all parts")
    given = parser.parse_args()
    small = given.tiny or pick(None).type != "cuda"
    print(f"On {device_name(pick(None))}", flush=True)
    end = time.monotonic() + given.seconds
    for part in suite(small=small):
        left = end - time.monotonic()
        if left < part.seconds:
            print(f"{part.name} is left out: {left:.0f} s are left, it may take {part.seconds:.0f}")
            continue
        with tempfile.TemporaryDirectory(prefix="vitascope-gpu-") as folder:
            report.show(list(part.run(Path(folder))))


if __name__ == "__main__":
    main()
