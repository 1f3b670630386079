"""Kandinsky 6 Lite: its steps."""

from model_fixtures import film_of, small_job

CARD = "kandinsky-6-lite"


def test_progress_rises_step_by_step(warm):
    film = film_of(warm(CARD), small_job(frames=2, num_inference_steps=4))

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]
