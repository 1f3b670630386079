"""Traces a card's memory: weights, and the peak of tensors while it denoises and decodes.

Components are built in full size on torch's meta device, which has shapes and no data, so that a
CPU is enough: `scripts/trace-memory` prints the tables, `--write` puts them into the cards.
Attention counts as a fused kernel, which keeps no matrix.
"""

from __future__ import annotations

import argparse
import json
import re
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from bench.trace_models import SIZES, Run
from vitascope.engines.diffusers import cards
from vitascope.engines.diffusers.cards import card_named

_GIB = 1024**3
_CARDS = Path(cards.__file__).parent


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of all tensors that are alive, and their peak."""

    def __init__(self, weights: Iterator[torch.Tensor]) -> None:
        super().__init__()
        self.peak = self._now = 0
        self._seen: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        for tensor in weights:  # counted apart
            self._seen[tensor.untyped_storage()] = 0

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and leaf.untyped_storage() not in self._seen:
                self._add(leaf.untyped_storage())
        return result

    @contextmanager
    def tiles_of(self, vae: Any) -> Iterator[None]:
        """Decode one tile of each shape, because others take as much, and leave out the seams.

        Seams are blended line by line, which takes little memory and most of the time.
        """
        known: dict[Any, tuple[int, Any]] = {}
        run = vae.decoder.forward

        def forward(tile: torch.Tensor, *state: Any, **options: Any) -> Any:
            if state or options:  # which a tile may depend on
                return run(tile, *state, **options)
            if tile.shape in known:
                taken, shape = known[tile.shape]
                self.peak = max(self.peak, self._now + taken)
                return tile.new_empty(shape)
            before, peak = self._now, self.peak
            self.peak = before
            made = run(tile)
            known[tile.shape] = self.peak - before, made.shape
            self.peak = max(self.peak, peak)
            return made

        with ExitStack() as stack:
            stack.enter_context(patch.object(vae.decoder, "forward", forward))
            for name in ("blend_h", "blend_v", "blend_t"):
                if hasattr(vae, name):
                    stack.enter_context(patch.object(vae, name, lambda _before, tile, _lines: tile))
            yield

    def _add(self, storage: Any) -> None:
        size = storage.nbytes()
        self._seen[storage] = size
        self._now += size
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._remove, size)

    def _remove(self, size: int) -> None:
        self._now -= size


class _MetaIndexing(TorchFunctionMode):
    """Answers what needs data: masks select every token, and conditions hold.

    A mask selects all rows and its inverse none, so that all text tokens count. Replacing methods
    of `torch.Tensor` instead would leave tensors as sequences for the rest of the process.
    """

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.__bool__:
            return True
        if func is torch.Tensor.__getitem__:
            tensor, index = args
            if isinstance(index, torch.Tensor) and index.is_meta and index.dtype == torch.bool:
                none = getattr(index, "selects_none", False)
                return func(tensor, slice(0 if none else None))
        result = func(*args, **(kwargs or {}))
        if func is torch.Tensor.__invert__:
            result.selects_none = True
        return result


@contextmanager
def _without_data() -> Iterator[None]:
    """Replaces what needs data, attention by a fused kernel."""

    def fused(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> Any:
        return query.new_empty((*query.shape[:-1], value.shape[-1]))

    with ExitStack() as stack:
        for owner, name, replacement in (
            (torch.nn.functional, "scaled_dot_product_attention", fused),
            (torch, "autocast", lambda *_, **__: nullcontext()),
        ):
            stack.enter_context(patch.object(owner, name, replacement))
        stack.enter_context(_MetaIndexing())
        yield


@dataclass(frozen=True)
class Traced:
    """The memory of a card in GiB."""

    weights: dict[str, float]
    denoise: float
    decode: float
    decode_tiled: float | None
    computed: frozenset[str]

    def toml(self) -> str:
        """The card's table."""
        sizes = ", ".join(f"{name} = {size:.2f}" for name, size in self.weights.items())
        lines = ["[sizes]", f"weights = {{ {sizes} }}"]
        for name in ("denoise", "decode", "decode_tiled"):
            value = getattr(self, name)
            if value is not None:
                lines.append(f"{name} = {value:.2f}")
        if self.computed:
            lines.append(f"computed = {json.dumps(sorted(self.computed))}")
        return "\n".join(lines) + "\n"


def built(make: Callable[[], Any], dtype: torch.dtype) -> Any:
    """A component on the meta device."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device("meta"):
            return make().eval().requires_grad_(False)
    finally:
        torch.set_default_dtype(before)


def weights_gib(part: Any) -> float:
    """GiB of a component's weights."""
    held = (*part.parameters(), *part.buffers())
    return float(sum(each.numel() * each.element_size() for each in held) / _GIB)


def peak(part: Any, run: Run, latents: torch.Tensor) -> float:
    """GiB of tensors, besides the weights, while a component runs."""
    live = LiveBytes(iter((*part.parameters(), *part.buffers())))
    dtype, before = next(part.parameters()).dtype, torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        tiles = live.tiles_of(part) if getattr(part, "use_tiling", False) else nullcontext()
        with torch.no_grad(), torch.device("meta"), _without_data(), tiles, live:
            run(part, latents.to(dtype))
    finally:
        torch.set_default_dtype(before)
    return live.peak / _GIB


def traced(name: str, *, tiled: bool = True) -> Traced:
    """Trace a card.

    Args:
        name: the card's.
        tiled: whether decoding in tiles is traced too, which takes longest.
    """
    sizes = SIZES[name]
    latents = sizes.window(card_named(name))
    weights, peaks = dict(sizes.stated), {"decode_tiled": None}
    for part_name, make in sizes.parts.items():
        part = built(make, sizes.dtypes.get(part_name, torch.bfloat16))
        weights[part_name] = weights_gib(part)
        if part_name == "transformer":
            peaks["denoise"] = peak(part, sizes.denoise, latents)
        if part_name == "vae":
            peaks["decode"] = peak(part, sizes.decode, latents)
            if tiled:
                part.enable_tiling()
                peaks["decode_tiled"] = peak(part, sizes.decode, latents)
    return Traced(weights, computed=frozenset(sizes.stated), **peaks)


def main() -> None:
    """Print the tables, or write them into the cards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", nargs="*", default=list(SIZES))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for name in given.cards:
        table = traced(name).toml()
        print(f"# {name}\n{table}", flush=True)
        if given.write:
            file = _CARDS / f"{name}.toml"
            text = re.sub(r"\n\[sizes\]\n(?:[^\[\n].*\n)*", "", file.read_text("utf-8"))
            file.write_text(f"{text.rstrip()}\n\n{table}", "utf-8")


if __name__ == "__main__":
    main()
