"""One film by two processes: gloo on the CPU stands for GPUs, whose number alone is faked."""

import sys

import model_fixtures
import numpy as np
import pytest
from model_fixtures import film_of, small_job, still

from vitascope.engines.diffusers import engine as engines
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.parallel import RankGroup
from vitascope.errors import JobError

CARD = "wan2.2-ti2v-5b"
_RANK = (
    "import torch\n"
    "torch.set_num_threads(1)\n"
    "torch.accelerator.device_count = lambda: 1  # fake: diffusers counts GPUs only\n"
    "from vitascope.engines.diffusers.parallel import main\n"
    "main()\n"
)


@pytest.fixture
def ranks(monkeypatch):
    """Two ranks, of which this process is the first; ended with the test."""
    made = []

    def start(model):
        made.append(RankGroup(model, (sys.executable, "-c", _RANK)))
        return made[-1]

    monkeypatch.setattr("torch.accelerator.device_count", lambda: 2)
    monkeypatch.setattr(engines, "RankGroup", start)
    yield made
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("card", "tolerance"), [("wan2.2-ti2v-5b", 4), ("ltx-2.5", 8), ("wan2.1-vace-1.3b", 8)]
)
def test_two_processes_draw_what_one_draws(tiny, warm, ranks, tmp_path, card, tolerance):
    """Of every kind of input, one after the other: a rank takes seconds to start."""
    film = model_fixtures.moving_film(tmp_path / "film.mp4")
    jobs = {
        "words": small_job(),
        "another seed": small_job(frames=5, seed=8),
        "a picture": small_job(first_frame=still(tmp_path / "still.png")),
        "a film": small_job(task="edit", source=film),
    }
    engine = Diffusers(model_fixtures.settings(card, tiny(card), gpus=2))

    for given, job in jobs.items():
        alone, together = film_of(warm(card), job), film_of(engine, job)

        assert np.abs(together.frames.astype(int) - alone.frames).max() <= tolerance, given
        assert np.abs(together.sound - alone.sound).max() < 0.01, given
    assert len(ranks) == 1


def test_two_skip_no_steps_that_they_might_not_agree_on(tiny, warm, ranks):
    """Where one alone skips by the cache, whose measure each would take of its own part."""
    name, card = "wan2.1-vace-1.3b", card_named("wan2.1-vace-1.3b")
    assert card.quality["draft"].cache.warmup < 8
    options = {"quality": "draft", "steps": 8}
    engine = Diffusers(model_fixtures.settings(name, tiny(name), gpus=2, **options))

    together = film_of(engine, small_job(frames=5))

    every_step = film_of(warm(name, quality="high", steps=8), small_job(frames=5))
    assert np.abs(together.frames.astype(int) - every_step.frames).max() <= 8


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # Helios' scheduler
@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")  # Cosmos3's and H3's sound
@pytest.mark.parametrize(
    "card", ["helios", "cosmos3-nano", "hunyuanvideo-1.5", "kandinsky-6-lite", "minimax-h3"]
)
def test_a_model_that_cannot_be_split_is_refused(tiny, monkeypatch, card):
    """Before another rank is used, for which a fake stands."""
    monkeypatch.setattr(engines, "RankGroup", lambda _model: None)

    with pytest.raises(JobError, match="several GPUs") as caught:
        Diffusers(model_fixtures.settings(card, tiny(card), gpus=2))

    assert caught.value.code == "gpus_unsupported"


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_more_gpus_than_there_are_is_said_so(tiny, device):
    with pytest.raises(JobError, match="Correct the model's `gpus`"):
        Diffusers(model_fixtures.settings(CARD, tiny(CARD), device=device, gpus=64))
