"""Both halves of guidance in one run of the denoiser: half the runs, the same film."""

import numpy as np
import pytest
from vsmodels import film_of, settings, shot

from vitascope.engines.diffusers.engine import Diffusers

CARDS = ["wan2.2-ti2v-5b", "wan2.2-t2v-a14b", "wan2.1-vace-1.3b"]


@pytest.fixture(params=CARDS)
def engine(request, tiny):
    return Diffusers(settings(request.param, tiny(request.param), quality="high"))


def runs_and_film(engine, wanted):
    loaded, count = engine.loaded, 0

    def counted(_part, _arguments, _named):
        nonlocal count
        count += 1

    hooks = [
        part.blocks[0].register_forward_pre_hook(counted, with_kwargs=True)
        for part in loaded.pipelines.transformers
    ]
    film = film_of(engine, wanted)
    for hook in hooks:
        hook.remove()
    return count, film.frames.astype(int)


def test_it_is_the_same_film_in_half_the_runs(engine):
    wanted = shot(negative_prompt="Rain", guidance_scale=4.0)
    loaded = engine.loaded
    assert loaded.one_batch
    together, film = runs_and_film(engine, wanted)
    loaded.one_batch = False
    apart, same = runs_and_film(engine, wanted)
    assert (together, apart) == (2, 4)
    assert np.abs(film - same).max() <= 1
    loaded.one_batch = True
    _, other = runs_and_film(engine, shot(negative_prompt="Snow", guidance_scale=4.0))
    assert np.abs(film - other).max() > 1


def test_no_guidance_is_one_run_a_step(engine):
    count, _ = runs_and_film(engine, shot(guidance_scale=1.0))
    assert count == 2


def test_it_is_left_alone_where_memory_is_short(tiny):
    engine = Diffusers(settings(CARDS[0], tiny(CARDS[0]), quality="high", memory="model"))
    assert not engine.loaded.one_batch
