"""Adapters: small files (LoRAs) that change what a pipeline's weights draw, or how fast."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file

from vitascope.engines.diffusers.card import Card, Quality
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.settings import LoraSettings
from vitascope.errors import JobError
from vitascope.spec import Lora


def load(base: Any, file: Path, name: str, advice: str, **wish: Any) -> None:
    """Load an adapter into a pipeline's denoiser.

    Args:
        base: the pipeline.
        file: safetensors, in a layout that diffusers knows.
        name: what the adapter is called there.
        advice: what to do if it can't be loaded.
        wish: further arguments of the pipeline's `load_lora_weights`.

    Raises:
        JobError: `model_damaged`; it can't be loaded.
    """
    if find_spec("peft") is None:
        raise _unusable(file, "the package peft is not installed", "Install it: pip install peft")
    try:
        given = _renamed(load_file(file))
        component = "transformer_2" if wish.get(_SECOND) else "transformer"
        _check_fit(base, file, given, component, advice)
        with warnings.catch_warnings():
            # Of a second adapter, which is meant to be there: only one is worn at a time.
            warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
            base.load_lora_weights(given, adapter_name=name, **wish)
    except (ValueError, KeyError, RuntimeError, OSError, SafetensorError) as error:
        raise _unusable(file, "it is damaged or made for another model", advice) from error


def bring(pipelines: Pipelines, card: Card, quality: Quality) -> None:
    """Load the adapters beside the weights that some tasks wear, and wear none yet.

    Before a memory plan keeps the weights, so that it keeps theirs, too. One that can't be loaded
    is left for the task that wants it to tell of.
    """
    for purpose, name in {**card.options.get("adapters", {}), **quality.adapters}.items():
        file = pipelines.folder / str(name)
        if not file.is_file():
            continue
        pipelines.adapters[purpose] = None
        try:
            load(pipelines.base, file, purpose, "Replace it, or take it away to draw without it.")
        except JobError as error:
            pipelines.adapters[purpose] = error
        else:
            pipelines.base.disable_lora()


def distil(pipelines: Pipelines, card: Card, files: Mapping[str, Path]) -> None:
    """Fuse the adapters for few steps into the weights, or wear them where these are quantised.

    Args:
        pipelines: the weights are still in the machine's memory.
        card: the model's.
        files: they, by the component that wears them.

    Raises:
        JobError: `model_damaged`; one of them can't be used.
    """
    advice = (
        f"Fetch it again with: vitascope models pull {card.name}, or draw without it, in many "
        "steps: set the model's `quality` to 'high'."
    )
    for component, file in files.items():
        place = _PLACE.get(component, {})
        _fused_or_worn(pipelines, file, component, 1.0, advice, component, place)


def _fused_or_worn(
    pipelines: Pipelines,
    file: Path,
    name: str,
    scale: float,
    advice: str,
    component: str,
    place: dict[str, bool],
) -> None:
    """Change a component's weights by an adapter for good; quantised weights can't be changed."""
    load(pipelines.base, file, name, advice, **place)
    part = getattr(pipelines.base, component)
    if getattr(part, "hf_quantizer", None) is not None:
        pipelines.always[name] = scale
        return
    part.fuse_lora(lora_scale=scale, adapter_names=[name])
    part.unload_lora()


_SECOND = "load_into_transformer_2"
_PLACE = {"transformer_2": {_SECOND: True}}
_LORA_ADVICE = "Correct or remove its table `loras` in the model's configuration."


def fuse(pipelines: Pipelines, loras: Iterable[tuple[LoraSettings, Path]]) -> None:
    """Fuse the adapters that every film is drawn with into the weights, or wear them always.

    Raises:
        JobError: `model_damaged`; one of them can't be used.
    """
    for place, (lora, file) in enumerate(loras):
        where = _place_of(pipelines.base, lora)
        name = f"always-{place}"
        _fused_or_worn(pipelines, file, name, lora.scale, _LORA_ADVICE, lora.target, where)


def keep_ready(pipelines: Pipelines, loras: Sequence[tuple[LoraSettings, Path]]) -> None:
    """Load the adapters that requests can ask for; films are drawn without until `wear`.

    Raises:
        JobError: `model_damaged`; one of them can't be used.
    """
    base = pipelines.base
    for place, (lora, file) in enumerate(loras):
        name = f"lora-{place}"
        load(base, file, name, _LORA_ADVICE, **_place_of(base, lora))
        pipelines.loras.append((name, lora))
    if loras:
        base.disable_lora()


def wear(pipelines: Pipelines, loras: Sequence[Lora]) -> None:
    """Draw the next films with these adapters and no others of the configuration's.

    Raises:
        JobError: `lora_not_found`; the model's table has none of that id.
    """
    scales = {one.id: one.scale for one in loras}
    unknown = sorted(scales.keys() - {lora.id for _name, lora in pipelines.loras})
    if unknown:
        raise JobError("lora_not_found", f"This model has no LoRA named {', '.join(unknown)}.")
    pipelines.worn = {
        name: scales[lora.id] * lora.scale for name, lora in pipelines.loras if lora.id in scales
    }
    put_on(pipelines)


def put_on(pipelines: Pipelines, *more: str) -> None:
    """Put on the adapters that the film is drawn with, and `more`; take off all others."""
    scales = {**pipelines.always, **pipelines.worn, **dict.fromkeys(more, 1.0)}
    if not scales:
        if pipelines.loras or pipelines.adapters:
            pipelines.base.disable_lora()
        return
    pipelines.base.set_adapters(list(scales), list(scales.values()))
    pipelines.base.enable_lora()


def _place_of(base: Any, lora: LoraSettings) -> dict[str, bool]:
    """Where it is loaded to.

    Raises:
        JobError: `model_mismatch`; the model has no such part.
    """
    if getattr(base, lora.target, None) is None:
        raise JobError(
            "model_mismatch",
            f"The model has no {lora.target}, which the LoRA from {lora.source} is for. "
            f"{_LORA_ADVICE}",
        )
    return _PLACE.get(lora.target, {})


_SHOWN = 3


_KOHYA = re.compile(r"lora_unet_blocks_(\d+)_(self_attn|cross_attn|ffn)_(\w+?)\.(.+)")


def _renamed(given: dict[str, Any]) -> dict[str, Any]:
    """Kohya's names of Wan's layers as most others write them.

    diffusers reads Kohya's too, but only of files that have every layer of every block.
    """
    theirs = r"diffusion_model.blocks.\1.\2.\3.\4"
    return {_KOHYA.sub(theirs, key): value for key, value in given.items()}


def _check_fit(base: Any, file: Path, given: dict[str, Any], component: str, advice: str) -> None:
    """Whether all keys of a LoRA are used; diffusers leaves out some that it does not know.

    Raises:
        JobError: `model_damaged`; names the keys that did not fit.
    """
    try:
        converted = base.lora_state_dict(dict(given))
    except (ValueError, KeyError) as error:
        raise _unfit(file, sorted(given), advice) from error
    unfit = [key for key, value in given.items() if _is_left_out(key) and bool(value.any())]
    for key in converted:
        owner, _, rest = key.partition(".")
        part = getattr(base, component if owner == "transformer" else owner, None)
        name = rest.rpartition(".lora_")[0]
        if part is None or not _has_module(part, name):
            unfit.append(key)
    if unfit or not converted:
        raise _unfit(file, sorted(unfit or given), advice)


def _is_left_out(key: str) -> bool:
    """Differences of whole weights, of which diffusers applies those of biases and of the head."""
    whole = key.endswith(".diff") and ".head.head." not in f".{key}"
    return whole or (key.endswith(".diff_b") and "norm" in key)


def _has_module(part: Any, name: str) -> bool:
    try:
        part.get_submodule(name)
    except AttributeError:
        return False
    return True


def _unfit(file: Path, keys: list[str], advice: str) -> JobError:
    shown = ", ".join(keys[:_SHOWN])
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return _unusable(file, f"these of its keys fit nothing in the model: {shown}{more}", advice)


def _unusable(file: Path, why: str, advice: str) -> JobError:
    told = f"The adapter {file.parent.name}/{file.name} can't be used: {why}. {advice}"
    return JobError("model_damaged", told)
