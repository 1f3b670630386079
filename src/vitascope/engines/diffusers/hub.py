"""Finds a model's weights on this machine, and downloads them from the hub."""

from __future__ import annotations

import glob
import json
import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from vitascope.engines.diffusers.card import Card, Distillation, QualityName
from vitascope.engines.diffusers.settings import FileSettings, LoraSettings
from vitascope.errors import JobError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

_GIB = 1024**3
_UNREACHED = "the hub can't be reached or has an error"
_EXTRA_FOLDERS = frozenset({"latent_upsampler", "loras", Distillation.folder})
"""Folders that are loaded although the pipeline's index does not name them."""

_OTHER_WEIGHTS = (".bin", ".ckpt", ".h5", ".msgpack", ".onnx", ".pb", ".pt", ".pth")
_VARIANT = re.compile(r"\.(fp16|bf16|fp32|fp8|ema|non_ema)\.")


def located(card: Card, source: str | None = None, replaced: Collection[str] = ()) -> Path:
    """The folder with the weights: the configured one, or the one in the hub's cache.

    Downloads nothing, because tens of gigabytes would stall a job.

    Args:
        card: the model's.
        source: the hub id or folder in the configuration; the card's own by default.
        replaced: parts whose weights come from single files.

    Raises:
        JobError: `model_not_found`; they are not on this machine. Says how to get them.
    """
    name = source or card.source
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if _is_path(name):
        raise JobError(
            "model_not_found",
            f"The folder {name}, where the weights of {card.name} should be, does not exist. "
            "Correct the model's `source`.",
        )
    cached = _cached(card, name, replaced)
    if cached is None:
        raise JobError(
            "model_not_found",
            f"The weights of {card.name} ({name}) are not on this machine yet, or not all of "
            f"them. Fetch them once with: {_pull_command(card, name)}",
        )
    return cached


def fetched(
    card: Card,
    source: str | None = None,
    quality: QualityName | None = None,
    files: Iterable[FileSettings] = (),
    replaced: Collection[str] = (),
) -> Path:
    """Download the missing files that the pipeline needs; progress goes to stderr.

    Args:
        card: the model's.
        source: the hub id or folder in the configuration; the card's own by default.
        quality: a tier whose own weights are needed, too.
        files: further files that the model's table names.
        replaced: parts whose weights are not needed.

    Raises:
        JobError: `model_gated`, `model_not_found`, `model_unavailable` or `disk_full`; says what to
            do.
    """
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    name = source or card.source
    local = _is_path(name) or Path(name).is_dir()
    try:
        folder = located(card, source) if local else _download(card, name, quality, replaced)
        _download_adapters(card, folder)
        for each in files:
            _fetch_file(each)
        return folder
    except GatedRepoError as error:
        raise gated(card, name) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise JobError(
            "model_not_found",
            f"The hub has no model {name}, or hides it. Correct the model's `source`; for a "
            "private one set HF_TOKEN.",
        ) from error
    except LocalEntryNotFoundError as error:  # what the hub's client raises for most failures
        raise _unavailable(card, name, _UNREACHED) from error
    except EntryNotFoundError as error:
        raise JobError(
            "model_not_found",
            f"{name} has no {card.index}: it is not in the layout of diffusers. Correct the "
            "model's `source`.",
        ) from error
    except HfHubHTTPError as error:
        raise _unavailable(card, name, _refusal(error)) from error
    except (OfflineModeIsEnabled, httpx2.HTTPError) as error:
        raise _unavailable(card, name, _UNREACHED) from error
    except OSError as error:
        raise _unavailable(card, name, error.strerror or type(error).__name__) from error


def adapters(distillation: Distillation, folder: Path) -> dict[str, Path] | None:
    """The adapters for few steps, by component; None if one of them is not on this machine.

    They are in the weights' folder as `distilled/<component>.safetensors`, or in the hub's cache.
    """
    found: dict[str, Path] = {}
    for component, name in distillation.files.items():
        local = distillation.local_file(folder, component)
        file = local if local.is_file() else _cached_file(distillation.source, name)
        if file is None:
            return None
        found[component] = file
    return found


def lora(settings: LoraSettings, card: Card) -> Path:
    """A configured adapter's file.

    Raises:
        JobError: `model_not_found`; it is not on this machine. Says how to get it.
    """
    found = located_file(settings)
    if found is None:
        raise JobError(
            "model_not_found",
            f"The LoRA {settings.label} is not on this machine. Correct its `source` and `file`, "
            "or fetch it with: vitascope models pull NAME, where NAME is the configured model of "
            f"the card {card.name}",
        )
    return found


def located_file(settings: FileSettings) -> Path | None:
    """A configured file on this machine; None if it is not there."""
    local = local_file(settings)
    found = _cached_file(settings.source, settings.file or "") if local is None else local
    return found if found is not None and found.is_file() else None


def _fetch_file(settings: FileSettings) -> None:
    """Download a configured file, unless it is a local one.

    Raises:
        JobError: `model_not_found`; the hub has no such file.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    if local_file(settings) is not None or settings.file is None:
        return
    try:
        hf_hub_download(settings.source, settings.file)
    except (GatedRepoError, LocalEntryNotFoundError):
        raise
    except (RepositoryNotFoundError, EntryNotFoundError) as error:
        raise JobError(
            "model_not_found",
            f"The hub has no {settings.label}, or hides it. Correct its `source` and `file`; for "
            "a private one set HF_TOKEN.",
        ) from error


def local_file(settings: FileSettings) -> Path | None:
    """The path of a local file; None for a file of the hub."""
    path = Path(settings.source).expanduser()
    if not (_is_path(settings.source) or path.exists()):
        return None
    return path / settings.file if settings.file else path


def gated(card: Card, source: str) -> JobError:
    """The error if the account has not accepted the licence yet."""
    return JobError(
        "model_gated",
        f"The weights of {card.name} are available only to accounts that accepted the licence "
        f"({card.licence}). Accept it at https://huggingface.co/{source}, set HF_TOKEN to a token "
        f"of that account, and run: {_pull_command(card, source)}",
    )


def needed(
    card: Card,
    index: Mapping[str, Any],
    names: Iterable[str],
    quality: QualityName | None = None,
    replaced: Collection[str] = (),
) -> list[str]:
    """The files of a repository that its pipeline is loaded from.

    Repositories also hold the original checkpoint, other formats and other precisions, often
    larger than the needed files together.

    Args:
        card: the model's.
        index: the content of the card's `index`: the class of each component by its folder.
        names: all files.
        quality: a tier whose own weights are needed, too.
        replaced: parts whose weights are not needed.
    """
    tier = None if quality is None else card.quality[quality]
    folders = card.parts(index)
    single = {card.negative_prompt_file}
    if tier is not None:
        folders |= set(tier.parts.values())
        single |= set(tier.adapters.values())
    inside: dict[str, list[str]] = {}
    names = list(names)
    for name in names:
        inside.setdefault(name.rpartition("/")[0], []).append(name)
    found = [name for name in names if name in single]
    for folder, files in inside.items():
        if not folder:
            found += [name for name in files if name.endswith(".json")]
        elif folder in replaced:  # its configuration, without the index of its weights' files
            found += [name for name in files if name.count(".") == 1 and name.endswith(".json")]
        elif folder.partition("/")[0] in folders | _EXTRA_FOLDERS:
            found += _one_format(files)
    return sorted(set(found))


def _one_format(names: list[str]) -> list[str]:
    """A folder's files, without other formats and precisions of the same weights."""
    plain = [name for name in names if not _VARIANT.search(name)]
    if any(name.endswith(".safetensors") for name in plain):
        names = plain
    if any(name.endswith(".safetensors") for name in names):
        names = [
            name for name in names if not name.removesuffix(".index.json").endswith(_OTHER_WEIGHTS)
        ]
    return names


def _download(
    card: Card, source: str, quality: QualityName | None, replaced: Collection[str]
) -> Path:
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download

    index = Path(hf_hub_download(source, card.index))
    listed = HfApi().model_info(source, files_metadata=True).siblings or []
    sizes = {file.rfilename: file.size or 0 for file in listed}
    files = needed(card, _read(index), sizes, quality, replaced)
    missing = sum(sizes[name] for name in files if not (index.parent / name).exists())
    free = shutil.disk_usage(index.parent).free
    if missing > free:
        raise JobError(
            "disk_full",
            f"The weights of {card.name} take {missing / _GIB:.1f} GiB more, and "
            f"{free / _GIB:.1f} are free at {index.parents[3]}. Make room there, or set HF_HOME to "
            "a folder on a larger disk.",
        )
    return Path(snapshot_download(source, allow_patterns=[glob.escape(name) for name in files]))


def _download_adapters(card: Card, folder: Path) -> None:
    """Download the adapters for few steps that are not in the weights' folder.

    Raises:
        JobError: `model_not_found`; the hub has no such repository.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if card.distillation is None:
        return
    source = card.distillation.source
    for component, name in card.distillation.files.items():
        if card.distillation.local_file(folder, component).is_file():
            continue
        try:
            hf_hub_download(source, name)
        except GatedRepoError:
            raise
        except RepositoryNotFoundError as error:
            raise JobError(
                "model_not_found",
                f"The hub has no model {source}, or hides it. It has the adapters for few steps "
                f"of {card.name}. For a private one set HF_TOKEN.",
            ) from error


def _cached_file(source: str, name: str) -> Path | None:
    """A file of a repository in the hub's cache."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(source, name)
    return Path(found) if isinstance(found, str) else None


def _cached(card: Card, source: str, replaced: Collection[str]) -> Path | None:
    """The folder in the hub's cache, if all needed files are in it."""
    from huggingface_hub import get_cached_repo_tree, try_to_load_from_cache
    from huggingface_hub.errors import CachedRepoTreeNotFoundError, HFValidationError

    try:
        index = try_to_load_from_cache(source, card.index)
    except HFValidationError:
        return None
    if not isinstance(index, str):
        return None
    folder = Path(index).parent
    try:
        names = [file.path for file in get_cached_repo_tree(source)]
    except CachedRepoTreeNotFoundError:  # copied there without the hub's client
        return folder
    files = needed(card, _read(Path(index)), names, replaced=replaced)
    whole = all((folder / name).exists() for name in files)
    return folder if whole else None


def _read(index: Path) -> dict[str, Any]:
    return dict(json.loads(index.read_text("utf-8")))


def _refusal(error: HfHubHTTPError) -> str:
    status = error.response.status_code
    hint = ": is HF_TOKEN right?" if status in {401, 403} else ""
    return f"the hub answered with status {status}{hint}"


def _unavailable(card: Card, source: str, reason: str) -> JobError:
    return JobError(
        "model_unavailable",
        f"The weights of {card.name} ({source}) could not be fetched ({reason}). Complete files "
        f"are kept; try again later with: {_pull_command(card, source)}",
    )


def _pull_command(card: Card, source: str) -> str:
    own = "" if source == card.source else f" --source {source}"
    return f"vitascope models pull {card.name}{own}"


def _is_path(source: str) -> bool:
    """Whether a source can only be a folder: hub ids have exactly one slash."""
    return source.startswith(("/", ".", "~", "\\")) or source.count("/") != 1
