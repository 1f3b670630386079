"""Kandinsky 6 Lite: what it heeds of a request, and its steps."""

import numpy as np
from vsmodels import film_of, shot

CARD = "kandinsky-6-lite"


def test_prompt_negative_prompt_and_guidance_are_heeded(warm):
    plain = film_of(warm(CARD), shot(frames=2))
    wishes = {"prompt": "A fox."}, {"negative_prompt": "herons"}, {"guidance_scale": 9.0}

    for wish in wishes:
        assert not np.array_equal(plain.frames, film_of(warm(CARD), shot(frames=2, **wish)).frames)


def test_progress_rises_step_by_step(warm):
    film = film_of(warm(CARD), shot(frames=2, num_inference_steps=4))

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]
