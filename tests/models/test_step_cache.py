"""The step cache: blocks of tiny models are skipped as their cards say, and no more."""

import numpy as np
import pytest
from model_fixtures import KNOWN_WARNINGS, film_of, settings, small_job

from vitascope.engines.diffusers import step_cache
from vitascope.engines.diffusers.card import Cache
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.engine import Diffusers

pytestmark = KNOWN_WARNINGS

EAGER = Cache(threshold=0.9, warmup=2, first_blocks=1, in_a_row=3, gib=0)
STEPS = 10


@pytest.fixture
def runs_of(tiny, monkeypatch):
    """How often each block of the denoiser runs in a film, and the film."""

    def draw(card, *, cache=None, **changes):
        changed = card_named(card)
        if cache is not None:
            tiers = {
                name: tier.model_copy(update={"cache": cache})
                for name, tier in changed.quality.items()
            }
            changed = changed.model_copy(update={"quality": tiers})
        monkeypatch.setattr("vitascope.engines.diffusers.loaded.card_named", lambda _name: changed)
        options = {name: changes.pop(name) for name in ("quality", "memory") if name in changes}
        engine = Diffusers(settings(card, tiny(card), **options))
        [part] = engine.loaded.pipelines.transformers
        counts = []
        for number, block in enumerate(getattr(part, "blocks", None) or part.transformer_blocks):
            counts.append(0)

            def count(*_, number=number):
                counts[number] += 1

            block.register_forward_hook(count)
        job = small_job(frames=5, num_inference_steps=STEPS, **changes)
        films = [film_of(engine, job), film_of(engine, job)]
        return counts, films

    return draw


@pytest.mark.parametrize("card", ["wan2.1-vace-1.3b", "hunyuanvideo-1.5"])
@pytest.mark.parametrize("guidance", [5.0, 1.0])
def test_blocks_after_the_first_are_skipped(runs_of, card, guidance):
    counts, films = runs_of(card, cache=EAGER, guidance_scale=guidance)
    calls = 2 * STEPS * (2 if guidance > 1 else 1)  # of two films
    assert counts[0] == calls
    # Two steps warm up; of the others, at most three in a row are skipped.
    assert 0.25 * calls <= counts[-1] <= 0.6 * calls
    # Nothing of the first film is used for the second.
    assert np.array_equal(films[0].frames, films[1].frames)


@pytest.mark.parametrize("card", ["wan2.1-vace-1.3b", "hunyuanvideo-1.5"])
def test_the_highest_tier_computes_every_step(runs_of, card):
    counts, _ = runs_of(card, quality="high", guidance_scale=5.0)
    assert counts == [4 * STEPS] * len(counts)


def test_cards_cache_less_the_better_the_tier():
    for name in names():
        tiers = card_named(name).quality
        assert tiers["high"].cache is None
        draft, standard = tiers["draft"].cache, tiers["standard"].cache
        assert (draft is None) == (standard is None)
        if draft is not None:
            assert draft.threshold > standard.threshold
            assert draft.warmup < standard.warmup


def test_a_model_without_its_adapters_has_the_cache_of_its_tier():
    card = card_named("wan2.2-t2v-a14b")
    distilled = card.quality["standard"]
    assert distilled.step_cache is None
    without = card.undistilled("standard")
    assert without.step_cache == distilled.cache
    assert without.steps == 40
    plans = [card.plans_for(quality)[0].gib for quality in (distilled, without)]
    assert plans[0] <= plans[1]


def test_what_is_kept_counts_as_memory():
    card = card_named("hunyuanvideo-1.5")
    standard = card.quality["standard"]
    without = standard.model_copy(update={"cache": None})
    more, less = (card.plans_for(each)[-1].gib for each in (standard, without))
    assert more >= less
    large = standard.model_copy(update={"cache": standard.cache.model_copy(update={"gib": 90.0})})
    assert card.plans_for(large)[0].gib > card.plans_for(standard)[0].gib


def test_streamed_layers_are_not_skipped(runs_of):
    counts, _ = runs_of("wan2.1-vace-1.3b", cache=EAGER, memory="group")
    assert counts == [counts[0]] * len(counts)


def test_without_the_library_every_block_runs_and_the_log_says_so(runs_of, monkeypatch, caplog):
    monkeypatch.setattr(step_cache, "is_installed", lambda: False)
    counts, films = runs_of("wan2.1-vace-1.3b", cache=EAGER)
    assert counts == [4 * STEPS] * len(counts)
    message = "The package cache-dit is not installed"
    assert any(note.startswith(message) for note in films[0].notes)
    assert message in caplog.text
