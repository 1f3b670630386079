"""LoRA adapters: loading, fusing and activating them in a pipeline's denoisers."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from vitascope.engines.diffusers.card import Card, Quality
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.settings import LoraSettings
from vitascope.errors import JobError
from vitascope.spec import Lora

log = logging.getLogger(__name__)

_SECOND = "load_into_transformer_2"
_OPTIONS = {"transformer_2": {_SECOND: True}}
"""Options of `load_lora_weights` by component."""

_LORA_ADVICE = "Correct or remove its table `loras` in the model's configuration."
_SHOWN = 3
"""Keys that an error message names."""


def load(
    base: Any, file: Path, name: str, advice: str, *, always: float | None = None, **options: Any
) -> None:
    """Load an adapter into a pipeline's denoiser.

    Args:
        base: the pipeline.
        file: safetensors, in a layout that diffusers knows.
        name: the adapter's name in the pipeline.
        advice: what to do if it can't be loaded.
        always: the scale of an adapter that is never turned off. Differences of whole weights in
            the file are then added to Wan's; diffusers ignores most of them.
        options: further arguments of the pipeline's `load_lora_weights`.

    Raises:
        JobError: `model_damaged`; it can't be loaded.
    """
    if find_spec("peft") is None:
        raise _unusable(file, "the package peft is not installed", "Install it: pip install peft")
    try:
        weights = _read(file)
        component = "transformer_2" if options.get(_SECOND) else "transformer"
        part = getattr(base, component)
        weights = _without_image_keys(part, file, weights)
        if always is not None and type(part).__name__.startswith("Wan"):
            weights, whole = _split(weights)
            _add(part, file, whole, always, advice)
        _check_fit(base, file, weights, component, advice)
        with warnings.catch_warnings():
            # Several adapters are loaded on purpose.
            warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
            base.load_lora_weights(weights, adapter_name=name, **options)
    except (ValueError, KeyError, RuntimeError, OSError, SafetensorError) as error:
        raise _unusable(file, "it is damaged or made for another model", advice) from error


def load_by_purpose(pipelines: Pipelines, card: Card, quality: Quality) -> None:
    """Load the adapters in the weights' folder that single tasks use; all stay inactive.

    Runs before a memory plan is applied, so that the plan moves the adapters too. An adapter that
    can't be loaded raises its error only in the task that uses it.
    """
    for purpose, name in {**card.options.get("adapters", {}), **quality.adapters}.items():
        file = pipelines.folder / str(name)
        if not file.is_file():
            continue
        pipelines.adapters[purpose] = None
        try:
            load(pipelines.base, file, purpose, "Replace it, or remove it to draw without it.")
        except JobError as error:
            pipelines.adapters[purpose] = error
        else:
            pipelines.base.disable_lora()


def fuse_distilled(pipelines: Pipelines, card: Card, files: Mapping[str, Path]) -> None:
    """Fuse the adapters for few steps into the weights; with quantised weights, keep them active.

    Args:
        pipelines: the weights are still in the machine's memory.
        card: the model's.
        files: the adapters by component.

    Raises:
        JobError: `model_damaged`; one of them can't be used.
    """
    advice = (
        f"Fetch it again with: vitascope models pull {card.name}, or draw without it, in many "
        "steps: set the model's `quality` to 'high'."
    )
    for component, file in files.items():
        _fuse_or_activate(pipelines, file, component, 1.0, advice, component)


def fuse(pipelines: Pipelines, loras: Iterable[tuple[LoraSettings, Path]]) -> None:
    """Fuse the adapters of every film into the weights; with quantised weights, keep them active.

    Raises:
        JobError: `model_damaged`; one of them can't be used.
    """
    for number, (lora, file) in enumerate(loras):
        _check_target(pipelines.base, lora)
        name = f"always-{number}"
        _fuse_or_activate(pipelines, file, name, lora.scale, _LORA_ADVICE, lora.target)


def _fuse_or_activate(
    pipelines: Pipelines, file: Path, name: str, scale: float, advice: str, component: str
) -> None:
    """Fuse an adapter into a component; quantised weights can't be changed."""
    load(pipelines.base, file, name, advice, always=scale, **_OPTIONS.get(component, {}))
    part = getattr(pipelines.base, component)
    if getattr(part, "hf_quantizer", None) is not None:
        pipelines.always[name] = scale
        return
    part.fuse_lora(lora_scale=scale, adapter_names=[name])
    part.unload_lora()


def load_selectable(pipelines: Pipelines, loras: Sequence[tuple[LoraSettings, Path]]) -> None:
    """Load the adapters that requests can select; all stay inactive.

    Raises:
        JobError: `model_damaged`; one of them can't be used.
    """
    base = pipelines.base
    for number, (lora, file) in enumerate(loras):
        name = f"lora-{number}"
        _check_target(base, lora)
        load(base, file, name, _LORA_ADVICE, **_OPTIONS.get(lora.target, {}))
        pipelines.loras.append((name, lora))
    if loras:
        base.disable_lora()


def select(pipelines: Pipelines, loras: Sequence[Lora]) -> None:
    """Use these adapters, and no other selectable ones, for the next films.

    Raises:
        JobError: `lora_not_found`; the model's table has none of that id.
    """
    scales = {one.id: one.scale for one in loras}
    unknown = sorted(scales.keys() - {lora.id for _name, lora in pipelines.loras})
    if unknown:
        raise JobError("lora_not_found", f"This model has no LoRA named {', '.join(unknown)}.")
    pipelines.selected = {
        name: scales[lora.id] * lora.scale for name, lora in pipelines.loras if lora.id in scales
    }
    activate(pipelines)


def activate(pipelines: Pipelines, *more: str) -> None:
    """Activate the current film's adapters and `more`; deactivate all others."""
    scales = {**pipelines.always, **pipelines.selected, **dict.fromkeys(more, 1.0)}
    if not scales:
        if pipelines.loras or pipelines.adapters:
            pipelines.base.disable_lora()
        return
    pipelines.base.set_adapters(list(scales), list(scales.values()))
    pipelines.base.enable_lora()


def _check_target(base: Any, lora: LoraSettings) -> None:
    """Check that the model has the component that the adapter is for.

    Raises:
        JobError: `model_mismatch`; it has not.
    """
    if getattr(base, lora.target, None) is None:
        raise JobError(
            "model_mismatch",
            f"The model has no {lora.target}, which the LoRA from {lora.source} is for. "
            f"{_LORA_ADVICE}",
        )


_UP = re.compile(r"\.lora_(B|up)\b")
_KOHYA = re.compile(r"lora_unet_blocks_(\d+)_(self_attn|cross_attn|ffn)_(\w+?)\.(.+)")


def _read(file: Path) -> dict[str, Any]:
    """An adapter's weights, with Kohya's names of Wan's layers in the original weights' names.

    diffusers reads Kohya's names only from files that have every layer of every block. Some files
    have their `alpha` in the header instead of one for each layer: it is applied here.
    """
    name = r"diffusion_model.blocks.\1.\2.\3.\4"
    weights = {_KOHYA.sub(name, key): value for key, value in load_file(file).items()}
    with safe_open(file, "pt") as opened:
        alpha = (opened.metadata() or {}).get("alpha")
    if alpha is None or any(key.endswith(".alpha") for key in weights):
        return weights
    return {
        # The rank is the inner edge of the two matrices.
        key: value * (float(alpha) / value.shape[1]) if _UP.search(key) else value
        for key, value in weights.items()
    }


_WHOLE = {".diff": ".weight", ".diff_b": ".bias", ".diff_m": ".modulation"}
"""Suffixes of differences of whole weights, and those of the weights in the authors' layout.
Source: ModelTC/LightX2V at f8aee98, tools/extract/lora_extractor.py. It writes them for weights of
one dimension and small ones: norms, biases, modulations, the head, the patch embedding."""

_IMAGE_KEYS = re.compile(r"\b(k_img|v_img|norm_k_img|img_emb)\b")
"""Keys of Wan 2.1's attention to an encoded picture, which Wan 2.2 has not."""


def _without_image_keys(part: Any, file: Path, weights: dict[str, Any]) -> dict[str, Any]:
    """The keys that a denoiser without attention to an encoded picture can have."""
    if getattr(part.config, "added_kv_proj_dim", None) is not None:
        return weights
    kept = {key: value for key, value in weights.items() if not _IMAGE_KEYS.search(key)}
    if len(kept) < len(weights):
        count = len(weights) - len(kept)
        log.warning("%d keys of %s are for an image encoder, which is not there.", count, file.name)
    return kept


def _split(weights: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pairs of matrices, and differences of whole weights by the weights' names in diffusers."""
    pairs, whole = {}, {}
    for key, value in weights.items():
        name, dot, suffix = key.rpartition(".")
        if dot + suffix in _WHOLE:
            whole[name.removeprefix("diffusion_model.") + _WHOLE[dot + suffix]] = value
        else:
            pairs[key] = value
    return pairs, convert_wan_transformer_to_diffusers(whole)


def _add(part: Any, file: Path, whole: dict[str, Any], scale: float, advice: str) -> None:
    """Add differences to whole weights.

    Raises:
        JobError: `model_damaged`; the model lacks the weights, or they are quantised.
    """
    own = dict(part.named_parameters())
    fitting = {
        name: own[name]
        for name, change in whole.items()
        if name in own and own[name].shape == change.shape and own[name].is_floating_point()
    }
    unfit = [name for name, change in whole.items() if name not in fitting and bool(change.any())]
    if unfit:
        raise _unfit(file, sorted(unfit), advice)
    with torch.no_grad():
        for name, weight in fitting.items():
            weight.copy_(weight.float() + whole[name].to(weight.device).float() * scale)


def _check_fit(base: Any, file: Path, weights: dict[str, Any], component: str, advice: str) -> None:
    """Check that all keys of a LoRA are used; diffusers ignores some that it does not know.

    Raises:
        JobError: `model_damaged`; names the keys that do not fit.
    """
    try:
        converted = base.lora_state_dict(dict(weights))
    except (ValueError, KeyError) as error:
        raise _unfit(file, sorted(weights), advice) from error
    unfit = [key for key, value in weights.items() if _is_ignored(key) and bool(value.any())]
    for key in converted:
        owner, _, rest = key.partition(".")
        part = getattr(base, component if owner == "transformer" else owner, None)
        name = rest.rpartition(".lora_")[0]
        if part is None or not _has_module(part, name):
            unfit.append(key)
    if unfit or not converted:
        raise _unfit(file, sorted(unfit or weights), advice)


def _is_ignored(key: str) -> bool:
    """Whether diffusers ignores a difference of whole weights; it applies biases and the head."""
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
    message = f"The adapter {file.parent.name}/{file.name} can't be used: {why}. {advice}"
    return JobError("model_damaged", message)
