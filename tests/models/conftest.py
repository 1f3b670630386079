"""Tiny pipelines with random weights, built once a run; torch is needed for all that lies here."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from model_fixtures import Film

    from vitascope.clip import RenderJob
    from vitascope.engines.diffusers.engine import Diffusers
    from vitascope.media.sound import Block

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries are imported

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]


_LONGEST = ("on_a_gpu", "model_service", "every_card", "model_parallel", "speed", "pull")
"""Files that take longest; begun first, so that no process is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    first = {f"test_{name}.py": place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: first.get(item.path.name, len(first)))


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny layers gain nothing by threads, and lose much where others want the cores."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def previews_fitted_once() -> Iterator[None]:
    """The map of live previews is fitted once for equal VAEs: its colours take a VAE seconds.

    What is fitted beside a fake GPU is not used without it, nor the other way round.
    """
    import torch

    from vitascope.engines.diffusers.latent_preview import LatentPreview

    stock = LatentPreview.fitted
    made: dict[tuple[bytes, bool], LatentPreview] = {}

    def fitted(vae: Any) -> LatentPreview | None:
        config = {name: value for name, value in vae.config.items() if name != "_name_or_path"}
        digest = hashlib.sha256(f"{type(vae)} {vae.dtype} {config}".encode())
        for weight in vae.state_dict().values():
            digest.update(weight.float().numpy().tobytes())
        key = (digest.digest(), torch.cuda.is_available())
        if key not in made:
            preview = stock(vae)
            if preview is None:
                return None
            made[key] = preview
        return copy.copy(made[key])  # a decoder of its own

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LatentPreview, "fitted", fitted)
        yield


@pytest.fixture(autouse=True, scope="session")
def sound_made_once() -> Iterator[None]:
    """The sound of a silent model's film is made once for equal jobs: it takes as long as the film.

    That it is the same every time is tested where it is made.
    """
    from vitascope.engines import soundtrack

    stock = soundtrack.soundtrack_named
    made: dict[tuple[str, str], list[Block]] = {}

    def named(name: str) -> Callable[[RenderJob], Iterator[Block]]:
        def blocks(job: RenderJob) -> Iterator[Block]:
            key = name, repr(job.spec)
            if key not in made:
                made[key] = list(stock(name)(job))
            return iter(made[key])

        return blocks

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soundtrack, "soundtrack_named", named)
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder with a card's tiny weights."""
    import tiny_cards
    import tiny_h3
    import tiny_ltx
    import tiny_models

    builders = {
        **tiny_models.BUILDERS,
        **tiny_ltx.BUILDERS,
        **tiny_cards.BUILDERS,
        **tiny_h3.BUILDERS,
    }
    base = tmp_path_factory.mktemp("weights")

    def folder(card: str) -> Path:
        path = base / card
        return path if path.is_dir() else tiny_models.build(builders[card], path)

    return folder


@pytest.fixture(scope="session")
def warm(tiny: Callable[[str], Path]) -> Callable[..., Diffusers]:
    """An engine of a card, loaded once a run for each different options."""
    import model_fixtures

    from vitascope.engines.diffusers.engine import Diffusers

    made: dict[str, Diffusers] = {}

    def engine(card: str, **options: object) -> Diffusers:
        model = model_fixtures.settings(card, tiny(card), **options)
        key = model.model_dump_json()
        if key not in made:
            made[key] = Diffusers(model)
        return made[key]

    return engine


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of two seconds that moves and sounds."""
    import model_fixtures

    return model_fixtures.moving_film(tmp_path_factory.mktemp("source") / "film.mp4", frames=48)


@pytest.fixture(scope="session")
def drawn(warm: Callable[..., Diffusers]) -> Callable[..., Film]:
    """The film of a job by a card's warm engine; drawn once a run, for all who compare with it."""
    import model_fixtures

    made: dict[str, Film] = {}

    def film(card: str, job: RenderJob, **options: object) -> Film:
        key = f"{card} {options} {job}"
        if key not in made:
            made[key] = model_fixtures.film_of(warm(card, **options), job)
        return made[key]

    return film


@pytest.fixture(scope="session")
def options(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What a job of each task is asked with."""
    import model_fixtures

    folder = tmp_path_factory.mktemp("options")
    return {
        "create": {},
        "image": {"first_frame": model_fixtures.still(folder / "still.png")},
        "characters": {"characters": (model_fixtures.character(folder / "mossy.png"),)},
        "remix": {"task": "remix", "source": source},
        "edit": {"task": "edit", "source": source, "frames": 24},
        "extend": {"task": "extend", "source": source},
    }
