"""Which models this machine can run, with which memory plan, and what is missing for the others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2

from vitascope.cli.doctor import machine
from vitascope.cli.doctor.findings import Finding, State
from vitascope.cli.doctor.machine import Devices, Gpu
from vitascope.config import Settings
from vitascope.engines.diffusers import picture_models, step_cache
from vitascope.engines.diffusers.card import Card, MemoryPlan
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.device import attention_backends
from vitascope.engines.diffusers.hub import local_file
from vitascope.engines.diffusers.memory import choose
from vitascope.engines.diffusers.settings import DiffusersSettings, FileSettings
from vitascope.engines.upstream.settings import UpstreamSettings
from vitascope.errors import ConfigError

_TIMEOUT_SECONDS = 5.0
_PLANS = {
    "none": "all weights on the GPU",
    "text": "all but the text encoder on the GPU",
    "model": "one part on the GPU at a time",
    "8bit": "all but the text encoder on the GPU, in 8 bits",
    "8bit-model": "one part on the GPU at a time, in 8 bits",
    "group": "one layer on the GPU at a time",
}


def configured(settings: Settings, devices: Devices) -> Iterator[Finding]:
    """A finding for each configured model."""
    for name, model in settings.models.items():
        if isinstance(model, DiffusersSettings):
            yield _diffusers(name, model, devices)
        elif isinstance(model, UpstreamSettings):
            yield _upstream(name, model)
        elif model.engine == "shadowplay":
            yield Finding(name, "good", "shadowplay, on the CPU")
        else:
            yield Finding(name, "remark", f"{model.engine}, a plug-in: not examined")


def cards(devices: Devices) -> Iterator[Finding]:
    """A finding for each card, as if it were configured with its defaults."""
    for name in names():
        card = card_named(name)
        fit = _fit(name, card, DiffusersSettings(card=name), devices)
        state: State = "remark" if fit.state == "bad" else fit.state
        yield Finding(name, state, f"{fit.detail}\n{_terms(card)}")


def weights_folder(card: Card, source: str | None) -> Path | None:
    """The folder with a card's weights on this machine; None if they seem not to be there.

    This reads the hub client's cache without that client, which only the extra installs.
    """
    repository_id = source or card.source
    folder = Path(repository_id).expanduser()
    if folder.is_dir():
        return folder
    repository = _cached(repository_id)
    if any(repository.glob("blobs/*.incomplete")):  # an interrupted download
        return None
    indexes = sorted(repository.glob(f"snapshots/*/{card.index}"))
    return indexes[0].parent if indexes else None


def _cached(source: str) -> Path:
    """The hub client's folder of a repository."""
    return machine.hub_cache() / f"models--{source.replace('/', '--')}"


def _diffusers(name: str, model: DiffusersSettings, devices: Devices) -> Finding:
    try:
        card = card_named(model.card)
    except ConfigError as error:
        return Finding(name, "bad", str(error), "Correct the model's `card`.")
    if not machine.has_extra():
        return Finding(
            name, "bad", f"{card.name}: the extra is not installed", f"{machine.INSTALL}"
        )
    fit = _fit(name, card, model, devices)
    if fit.state == "bad":
        return fit
    folder = weights_folder(card, model.source)
    if folder is None:
        detail = f"{fit.detail}; the weights are not on this machine yet"
        return Finding(name, "bad", detail, _pull(card, name))
    faults = list(_faults(name, card, model, folder))
    if not faults:
        return fit
    return Finding(
        name,
        "bad" if any(fault.state == "bad" for fault in faults) else "remark",
        "; ".join((fit.detail, *(fault.detail for fault in faults))),
        "\n".join(dict.fromkeys(fault.advice for fault in faults)),
    )


class _Fault(NamedTuple):
    """What a configured model lacks besides its weights; `bad`: without it, every job fails."""

    state: State
    detail: str
    advice: str


def _faults(name: str, card: Card, model: DiffusersSettings, folder: Path) -> Iterator[_Fault]:
    yield from _missing_weights(card, model, folder, _pull(card, name))
    yield from _missing_loras(name, model)
    yield from _missing_optional_files(name, model)
    if card.quality[model.quality].step_cache is not None and not step_cache.is_installed():
        yield _Fault(
            "remark",
            "cache-dit is not installed: every block of every step is computed",
            step_cache.ADVICE,
        )


def _missing_weights(
    card: Card, model: DiffusersSettings, folder: Path, pull: str
) -> Iterator[_Fault]:
    for file in model.files.values():
        if not file.is_file():
            yield _Fault(
                "bad",
                f"the file {file} does not exist",
                "Correct the model's `transformer_file` or `transformer_2_file`.",
            )
    quality = card.quality[model.quality]
    own = [*quality.parts.values(), *quality.adapters.values()]
    if _lacks_adapters(card, model, folder):
        steps = card.undistilled(model.quality).steps
        yield _Fault(
            "remark",
            f"the adapters for few steps are missing: without them it needs {steps} steps",
            _adapter_advice(card, model, folder, pull),
        )
    elif any(not (folder / part).exists() for part in own):
        yield _Fault(
            "remark",
            f"the weights of the tier {model.quality} are missing: it renders as standard",
            pull,
        )
    if model.upscale and not (folder / "latent_upsampler").is_dir():
        yield _Fault(
            "remark",
            f"{folder} has no latent_upsampler: larger films are scaled up as pictures",
            pull,
        )


def _missing_loras(name: str, model: DiffusersSettings) -> Iterator[_Fault]:
    for lora in model.loras:
        if not _is_here(lora):
            which = lora.label if lora.id is None else f"{lora.id} ({lora.label})"
            yield _Fault(
                "bad", f"the LoRA {which} is not on this machine", _file_advice(lora, "loras", name)
            )


def _missing_optional_files(name: str, model: DiffusersSettings) -> Iterator[_Fault]:
    for key, (file, instead) in _OPTIONAL.items():
        given = getattr(model, key)
        if given is None:
            continue
        if not _is_here(given):
            yield _Fault(
                "remark",
                f"the {key} {given.label} is not on this machine: {instead}",
                _file_advice(given, key, name),
            )
        elif file == "onnx" and not picture_models.is_installed():
            yield _Fault(
                "remark", f"onnxruntime is not installed: {instead}", picture_models.ADVICE
            )


_OPTIONAL = {
    "interpolator": ("onnx", "frames are blended"),
    "upscaler": ("onnx", "larger films are scaled up"),
    "preview_decoder": ("safetensors", "live previews are drawn by a linear map"),
}
"""Files that a model does without: their kinds, and what is done instead."""


def _is_here(file: FileSettings) -> bool:
    local = local_file(file)
    if local is not None:
        return local.is_file()
    return file.file is not None and any(_cached(file.source).glob(f"snapshots/*/{file.file}"))


def _file_advice(file: FileSettings, key: str, name: str) -> str:
    if local_file(file) is not None:
        return f"Correct `source` and `file` of the model's `{key}`."
    if file.file is None:
        return f"Add `file` to the model's `{key}`: which file of {file.source} it is."
    return f"vitascope models pull {name}"


def _adapter_advice(card: Card, model: DiffusersSettings, folder: Path, pull: str) -> str:
    """How to get the adapters for few steps; weights in a folder may have them beside them."""
    adapters = card.adapters_for(model)
    if adapters is None or model.source is None or not Path(model.source).expanduser().is_dir():
        return pull
    files = " and ".join(str(adapters.local_file(folder, part)) for part in adapters.files)
    return f"{pull}, or put them there as {files}"


def _lacks_adapters(card: Card, model: DiffusersSettings, folder: Path) -> bool:
    adapters = card.adapters_for(model)
    if adapters is None:
        return False
    repository = _cached(adapters.source)
    return not all(
        adapters.local_file(folder, component).is_file()
        or any(repository.glob(f"snapshots/*/{name}"))
        for component, name in adapters.files.items()
    )


def _pull(card: Card, name: str) -> str:
    free = machine.free_gib(machine.hub_cache())
    if card.download_gib is not None and card.download_gib > free:
        return (
            f"Make room: the weights take {card.download_gib:.0f} GiB, {free:.0f} are free at "
            f"{machine.hub_cache()}. HF_HOME names another folder."
        )
    return f"vitascope models pull {name}"


def _fit(name: str, card: Card, model: DiffusersSettings, devices: Devices) -> Finding:
    """Whether a card fits into the memory of this machine's devices."""
    whose = "" if name == card.name else f"{card.name}: "
    if model.device is not None and not model.device.startswith("cuda"):
        return Finding(name, "good", f"{whose}on {model.device}, as configured: slow")
    if devices.gpus:
        return _on_gpu(name, whose, card, model, devices.gpus)
    if devices.mps:
        return Finding(name, "good", f"{whose}on Apple's GPU: not measured")
    return Finding(
        name,
        "bad",
        f"{whose}needs a GPU with {_least(card)}",
        "On the CPU a film takes hours; to try it, set device = 'cpu'.",
    )


def _on_gpu(
    name: str, whose: str, card: Card, model: DiffusersSettings, gpus: tuple[Gpu, ...]
) -> Finding:
    used = _gpus_for(model, gpus)
    if len(used) < (1 if model.device else model.gpus):
        asked = model.device or f"{model.gpus} GPUs"
        return Finding(
            name,
            "bad",
            f"{whose}is configured for {asked}; there are {len(gpus)}",
            "Correct the model's `device` or `gpus`.",
        )
    gpu = min(used, key=lambda each: each.free_gib)
    plans = card.plans_for(
        card.quality[model.quality], model.quantised_gib(), upscale=model.upscale
    )
    plan = choose(plans, model.memory, gpu.free_gib)
    if plan.gib <= gpu.free_gib:
        return _planned(name, whose, card, model, plan, gpu)
    return Finding(
        name,
        "bad",
        f"{whose}needs {plan.gib:g} GiB by plan {plan.plan}, GPU {gpu.index} has "
        f"{gpu.free_gib:.1f} free",
        f"Free the GPU of other work, or use one with {_least(card)}."
        if model.memory == "auto"
        else "Leave the model's `memory` out: the plan that fits is chosen.",
    )


def _planned(
    name: str, whose: str, card: Card, model: DiffusersSettings, plan: MemoryPlan, gpu: Gpu
) -> Finding:
    tiles = ", decoding in tiles" if plan.tiling else ""
    what = f"plan {plan.plan} ({_PLANS[plan.plan]}{tiles}): {plan.gib:g} GiB at most"
    detail = f"{whose}GPU {gpu.index}, {what}; {_attention(model, gpu)}"
    memory, weights = machine.memory_gib(), card.download_gib or 0.0
    if plan.plan != "none" and weights > memory:
        return Finding(
            name,
            "remark",
            f"{detail}; main memory ({memory:.0f} GiB) may not hold its weights ({weights:g} GiB)",
        )
    return Finding(name, "good", detail)


def _attention(model: DiffusersSettings, gpu: Gpu) -> str:
    """Whose attention kernels are used, the first that works of those for the GPU."""
    if model.attention:
        return f"attention by {model.attention}"
    tried = [*attention_backends(gpu.chip), "torch"]
    return f"attention by {' or '.join(tried)}"


def _terms(card: Card) -> str:
    """Download size, licence and limits."""
    terms = [card.licence]
    if card.download_gib is not None:
        terms.insert(0, f"{card.download_gib:g} GiB to download")
    if card.gated:
        terms.append("must be accepted on the hub first")
    if card.territory:
        terms.append(card.territory)
    return " · ".join(terms)


def _least(card: Card) -> str:
    tightest = card.plans[-1]
    return f"{tightest.gib:g} GiB free (plan {tightest.plan}), {card.plans[0].gib:g} at best"


def _gpus_for(model: DiffusersSettings, gpus: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """The GPUs that the model would use: the configured one, or the first ones."""
    named = re.fullmatch(r"cuda:(\d+)", model.device or "")
    if named is None:
        return gpus[: model.gpus]
    return tuple(gpu for gpu in gpus if gpu.index == int(named[1]))


def _upstream(name: str, model: UpstreamSettings) -> Finding:
    what = f"{model.flavour} at {model.url}"
    if model.api_key_env and not os.environ.get(model.api_key_env):
        return Finding(
            name, "bad", f"{what}: no key", f"Set the environment variable {model.api_key_env}."
        )
    try:
        answer = httpx2.get(f"{model.url.rstrip('/')}/models", timeout=_TIMEOUT_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Finding(
            name, "bad", f"{what} can't be reached ({error})", "Start it, or correct `url`."
        )
    # Some servers do not list their models, so any answer counts.
    return Finding(name, "good", f"{what} answers (status {answer.status_code})")
