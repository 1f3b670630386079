"""Schedules: each tier steps through the noise levels that its weights' authors use."""

import model_fixtures
import numpy as np
import pytest
import torch
from diffusers import UniPCMultistepScheduler
from model_fixtures import film_of, small_job

from vitascope.engines.diffusers.card import Schedule
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.families.ltx.denoise import SECOND_STAGE
from vitascope.engines.diffusers.schedules import levels, scheduler_for

LIGHTNING = [1.0, 0.9375, 0.8333, 0.625]
BASE = UniPCMultistepScheduler(
    prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
)


def tier(card, quality):
    found = card_named(card).quality[quality]
    return found, levels(found.schedule, found.steps)


@pytest.mark.parametrize(
    ("card", "boundary", "shift", "above"),
    [("wan2.2-t2v-a14b", 0.875, 12, 26), ("wan2.2-i2v-a14b", 0.9, 5, 15)],
)
def test_the_experts_share_forty_steps_as_upstream_has_it(card, boundary, shift, above):
    quality, grid = tier(card, "high")

    times = np.linspace(1, 0, 41)[:-1]
    assert grid == pytest.approx((shift * times / (1 + (shift - 1) * times)).tolist())
    assert sum(level >= boundary for level in grid) == above
    assert quality.schedule.kind == "unipc"


@pytest.mark.parametrize(
    ("card", "quality", "kind", "expected"),
    [
        ("wan2.2-t2v-a14b", "draft", "euler", LIGHTNING),
        ("wan2.2-t2v-a14b", "standard", "euler", LIGHTNING),
        ("wan2.2-i2v-a14b", "standard", "euler", LIGHTNING),
        ("wan2.1-vace-14b", "draft", "euler", LIGHTNING),
        ("wan2.2-ti2v-5b", "draft", "dmd", [1.0, 0.940, 0.845]),
        ("wan2.2-ti2v-5b", "standard", "dmd", [1.0, 0.940, 0.845]),
    ],
)
def test_distilled_tiers_take_the_levels_that_they_were_trained_for(card, quality, kind, expected):
    found, grid = tier(card, quality)

    assert grid == pytest.approx(expected, abs=1e-3)
    assert (found.schedule.kind, found.guidance_scale, found.distilled) == (kind, 1.0, True)


@pytest.mark.parametrize(
    ("card", "quality", "shift"),
    [
        ("wan2.1-vace-14b", "high", 16.0),
        ("wan2.1-vace-1.3b", "standard", 16.0),
        ("wan2.2-ti2v-5b", "high", 5.0),
        ("cosmos3-nano", "standard", 10.0),
    ],
)
def test_undistilled_tiers_lean_to_much_noise_as_upstream_does(card, quality, shift):
    found, grid = tier(card, quality)

    assert (found.schedule.kind, found.schedule.shift) == ("unipc", shift)
    middle = grid[len(grid) // 2]
    time = 1 - (len(grid) // 2) / len(grid)
    assert middle == pytest.approx(shift * time / (1 + (shift - 1) * time))


def test_sizes_are_those_of_training():
    """Wan 2.2 TI2V 5B knows 704x1280 alone; A14B's adapters know 720p, too."""
    assert {q.max_pixels for q in card_named("wan2.2-ti2v-5b").quality.values()} == {704 * 1280}
    for card in ("wan2.2-t2v-a14b", "wan2.2-i2v-a14b"):
        assert card_named(card).quality["standard"].max_pixels == 720 * 1280


def test_the_full_weights_of_ltx_end_at_a_tenth():
    found, grid = tier("ltx-2.5", "high")

    assert found.parts == {"transformer": "transformer_full"}
    assert (len(grid), grid[0]) == (30, 1.0)
    assert grid[-1] == pytest.approx(0.1)
    # LTX2Scheduler of ltx-core, by its own formula.
    times = np.linspace(1, 0, 31)[:-1]
    bent = np.exp(2.05) / (np.exp(2.05) + (1 / times - 1))
    whole = 1 - (1 - bent) * (1 - 0.1) / (1 - bent[-1])
    assert grid == pytest.approx(whole.tolist(), abs=1e-5)


def test_another_number_of_steps_follows_the_trained_curve():
    trained = card_named("ltx-2.5").quality["standard"].schedule

    assert levels(trained, 8) == list(trained.sigmas)
    assert levels(trained, 4) == list(trained.sigmas)[::2]
    assert len(levels(trained, 12)) == 12
    shifted = Schedule(kind="euler", shift=5.0, sigmas=(1.0, 0.9375, 0.8333333, 0.625))
    assert levels(shifted, 8)[::2] == pytest.approx(LIGHTNING, abs=1e-3)
    assert levels(shifted, 8)[7] == pytest.approx(5 * 0.125 / 1.5)


@pytest.mark.parametrize(
    ("card", "quality", "strength", "expected"),
    [
        # Half of the trained curve is left: spaced anew, from a trained level down.
        ("wan2.2-t2v-a14b", "standard", 0.9, [0.8333, 0.75, 0.625, 0.4167]),
        ("wan2.2-t2v-a14b", "standard", 0.7, [0.625, 0.5, 0.3125]),
        ("wan2.2-ti2v-5b", "standard", 0.846, [0.8452, 0.7274, 0.5130]),
        ("ltx-2.5", "standard", 0.91, list(SECOND_STAGE.sigmas)),
        ("ltx-2.5", "standard", 0.3, [0.4219, 0.2813, 0.1406]),
    ],
)
def test_an_edit_starts_on_a_trained_level(card, quality, strength, expected):
    found = card_named(card).quality[quality]

    grid = levels(found.schedule, found.steps, strength)

    assert grid == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("strength", "steps"), [(0.7, 28), (0.05, 2), (0.001, 1)])
def test_an_undistilled_edit_starts_at_its_strength(strength, steps):
    grid = levels(Schedule(kind="unipc", shift=12.0), 40, strength)

    assert grid[0] == pytest.approx(strength)
    assert len(grid) == steps


def test_a_scheduler_takes_its_own_levels_whatever_it_is_asked_for():
    for kind in ("unipc", "euler", "dmd", "ancestral"):
        schedule = Schedule(kind=kind, sigmas=(0.9, 0.6, 0.3))
        scheduler = scheduler_for(BASE, schedule, steps=3, seed=1)
        scheduler.set_timesteps(50, device="cpu", sigmas=[1.0])
        assert scheduler.sigmas.tolist() == pytest.approx([0.9, 0.6, 0.3, 0.0])
        assert scheduler.timesteps.tolist() == pytest.approx([900, 600, 300])
        assert BASE.timesteps is not scheduler.timesteps


def test_a_step_of_dmd_renews_all_noise():
    scheduler = scheduler_for(BASE, Schedule(kind="dmd", sigmas=(1.0, 0.5)), steps=2, seed=1)
    scheduler.set_timesteps(2)
    film, noise = torch.full((1, 4, 2, 8, 8), 3.0), torch.randn(1, 4, 2, 8, 8)

    after = scheduler.step(noise - film, scheduler.timesteps[0], noise, return_dict=False)[0]

    renewed = (after - 0.5 * film) / 0.5
    assert abs(float(renewed.mean())) < 0.2
    assert float(renewed.std()) == pytest.approx(1, abs=0.15)
    assert abs(float((renewed * noise).mean())) < 0.2
    last = scheduler.step((after - film) / 0.5, scheduler.timesteps[1], after, return_dict=False)[0]
    assert torch.allclose(last, film, atol=1e-5)


def test_an_ancestral_step_keeps_what_is_held():
    scheduler = scheduler_for(BASE, Schedule(kind="ancestral", sigmas=(1.0, 0.5)), steps=2, seed=1)
    scheduler.set_timesteps(2)
    sample, velocity = torch.randn(1, 6, 4), torch.randn(1, 6, 4)
    velocity[:, :2] = 0

    after = scheduler.step(velocity, scheduler.timesteps[0], sample, return_dict=False)[0]

    assert torch.equal(after[:, :2], sample[:, :2])
    plain = sample - 0.5 * velocity
    assert (after[:, 2:] - plain[:, 2:]).abs().min() > 0


@pytest.mark.parametrize("card", ["wan2.2-ti2v-5b", "wan2.2-t2v-a14b", "ltx-2.5"])
def test_a_tier_runs_as_many_steps_as_it_says(tiny, card):
    engine = Diffusers(model_fixtures.settings(card, tiny(card), steps=None, quality="draft"))
    seen = []
    for part in engine.loaded.pipelines.transformers:
        part.register_forward_pre_hook(
            lambda _part, _given, named: seen.append(float(named["timestep"].max())),
            with_kwargs=True,
        )

    film = film_of(engine, small_job())

    _, grid = tier(card, "draft")
    assert seen == pytest.approx([1000 * level for level in grid], abs=1)
    assert len(film.frames) == 8
