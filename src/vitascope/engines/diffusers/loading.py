"""Checks a folder of weights and loads its pipeline."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import diffusers
import torch
from diffusers import AutoModel, DiffusionPipeline, GGUFQuantizationConfig
from diffusers.utils.logging import disable_progress_bar
from safetensors import SafetensorError
from transformers.utils.logging import disable_progress_bar as disable_transformers_progress_bar

from vitascope.engines.diffusers import original_keys
from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.minimaxh3 import MiniMaxH3Pipeline
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.settings import GGUF, DiffusersSettings
from vitascope.errors import JobError

_VOCABULARIES = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt")

_BYTES = "ByT5Tokenizer"
"""A tokenizer without a vocabulary; it reads bytes."""

_MODULAR = {"MiniMaxH3ModularPipeline": MiniMaxH3Pipeline}
"""Pipelines for models of which diffusers has modular blocks only."""


def load(
    card: Card, model: DiffusersSettings, folder: Path, parts: Mapping[str, str] | None = None
) -> Pipelines:
    """Load the weights into main memory.

    Args:
        card: the model's.
        model: its table in the configuration.
        folder: with the weights.
        parts: folders to load in place of components' own.

    Raises:
        JobError: `model_damaged` or `model_mismatch`; says what is wrong with the folder.
    """
    disable_progress_bar()
    disable_transformers_progress_bar()
    for file in model.files.values():
        if not file.is_file():
            raise JobError(
                "model_not_found",
                f"The file {file}, which the model's table names, does not exist. Correct it.",
            )
    _check_parts(card, folder)
    _check_vocabularies(card, folder)
    _check_weights(card, folder, model.files)
    try:
        dtypes = _dtypes(card, model)
        replaced = {
            name: AutoModel.from_pretrained(
                str(folder / part), dtype=dtypes.get(name, dtypes["default"]), local_files_only=True
            )
            for name, part in (parts or {}).items()
        }
        single = {
            name: _single(folder, name, file, dtypes.get(name, dtypes["default"]))
            for name, file in model.files.items()
        }
        with _without(folder, card, {*single, *_unused(folder, card)}) as rest:
            base = _MODULAR.get(card.pipeline, DiffusionPipeline).from_pretrained(
                rest, dtype=dtypes, local_files_only=True, **card.loading, **replaced, **single
            )
        base.register_modules(**single)
    except (OSError, EOFError, SafetensorError) as error:
        files = "".join(f" or {file}" for file in model.files.values())
        raise _damaged(card, folder, f"they{files} can't be loaded") from error
    except (RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
        if isinstance(error, RuntimeError) and "allocate memory" in str(error):
            raise
        places = " and ".join(map(str, (folder, *model.files.values())))
        raise JobError(
            "model_mismatch",
            f"The weights in {places} do not fit the card {card.name}: their shapes or parts are "
            "another model's. Choose the card that belongs to them, or fetch the card's own with: "
            f"vitascope models pull {card.name}",
        ) from error
    return Pipelines(base, folder)


def _unused(folder: Path, card: Card) -> frozenset[str]:
    """The parts that the index names and the card leaves out."""
    index: dict[str, Any] = json.loads((folder / card.index).read_text("utf-8"))
    return card.without & set(index)


@contextmanager
def _without(folder: Path, card: Card, names: Collection[str]) -> Iterator[Path]:
    """A temporary copy of the folder, by links, whose index does not name these parts.

    Pipelines load the optional parts in the index even if they receive others in their place.
    """
    if not names:
        yield folder
        return
    with TemporaryDirectory(prefix="vitascope-parts-") as copy:
        for part in folder.iterdir():
            if part.name not in (*names, card.index):
                Path(copy, part.name).symlink_to(part.absolute())
        index = json.loads((folder / card.index).read_text("utf-8"))
        index |= {name: [None, None] for name in names}
        Path(copy, card.index).write_text(json.dumps(index), "utf-8")
        yield Path(copy)


def _single(folder: Path, name: str, file: Path, dtype: torch.dtype) -> Any:
    """A component whose weights come from one file; its configuration comes from the folder.

    Raises:
        ValueError: the file lacks weights.
    """
    original_keys.register()
    config = json.loads((folder / name / "config.json").read_text("utf-8"))
    kind = getattr(diffusers, config["_class_name"])
    quantised = {}
    if file.suffix == GGUF:
        quantised["quantization_config"] = GGUFQuantizationConfig(compute_dtype=dtype)
    part = kind.from_single_file(
        str(file),
        config=str(folder),
        subfolder=name,
        dtype=dtype,
        local_files_only=True,
        **quantised,
    )
    missing = [key for key, weight in part.named_parameters() if weight.is_meta]
    if missing:
        raise ValueError(f"{file} lacks {missing[0]}")
    return part


def _check_parts(card: Card, folder: Path) -> None:
    """Check that the folder holds the card's pipeline, before gigabytes are read."""
    index = folder / card.index
    if not index.is_file():
        raise _damaged(card, folder, f"there is no {card.index}")
    try:
        content: dict[str, Any] = json.loads(index.read_text("utf-8"))
        found = str(content["_class_name"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(card, folder, f"its {card.index} can't be read") from error
    if found != card.pipeline:
        raise JobError(
            "model_mismatch",
            f"The weights in {folder} are for {found}, but the card {card.name} wants "
            f"{card.pipeline}. Choose the card that belongs to them.",
        )
    for name in sorted(card.parts(content)):
        if not (folder / name).is_dir():
            raise _damaged(card, folder, f"the part {name} is missing")


def _check_vocabularies(card: Card, folder: Path) -> None:
    """Check the vocabularies; a tokenizer also loads without one, and then knows no word."""
    for part in folder.glob("tokenizer*"):
        settings = part / "tokenizer_config.json"
        if settings.is_file() and _BYTES in settings.read_text("utf-8"):
            continue
        if not any((part / name).is_file() for name in _VOCABULARIES):
            raise _damaged(card, folder, f"{part.name} has no vocabulary")


def _check_weights(card: Card, folder: Path, replaced: Collection[str]) -> None:
    """Check for missing and truncated files, which libraries report late and in many ways.

    Args:
        card: the model's.
        folder: the weights.
        replaced: parts whose weights are elsewhere.
    """
    for index in folder.glob("*/*.safetensors.index.json"):
        if index.parent.name in replaced:
            continue
        try:
            parts = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(card, folder, f"{_named(index, folder)} can't be read") from error
        for name in sorted(parts):
            if not (index.parent / name).is_file():
                raise _damaged(card, folder, f"{_named(index.parent / name, folder)} is missing")
    for file in folder.glob("*/*.safetensors"):
        if file.parent.name not in replaced and file.stat().st_size != _declared_size(file):
            raise _damaged(card, folder, f"{_named(file, folder)} is cut off or damaged")


def _declared_size(file: Path) -> int | None:
    """The size of a safetensors file according to its header; None if that is damaged."""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > file.stat().st_size:
            return None
        try:
            header = json.loads(opened.read(length))
            ends = [
                part["data_offsets"][1] for name, part in header.items() if name != "__metadata__"
            ]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            return None
    return 8 + length + max(ends, default=0)


def _named(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _damaged(card: Card, folder: Path, what: str) -> JobError:
    return JobError(
        "model_damaged",
        f"The weights of {card.name} in {folder} can't be used: {what}. Fetch them again with: "
        f"vitascope models pull {card.name}",
    )


def _dtypes(card: Card, model: DiffusersSettings) -> dict[str, torch.dtype]:
    """The types by component; a configured type applies to all."""
    names = {"default": model.dtype} if model.dtype else {"default": card.dtype, **card.dtypes}
    return {part: getattr(torch, name) for part, name in names.items()}
