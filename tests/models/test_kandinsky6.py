"""Kandinsky 6 Lite: its steps, and prompts that it expands itself."""

import model_fixtures
import pytest
from model_fixtures import film_of, small_job

from vitascope.engines.diffusers.engine import Diffusers

CARD = "kandinsky-6-lite"


def test_progress_rises_step_by_step(warm):
    film = film_of(warm(CARD), small_job(frames=2, num_inference_steps=4))

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("task", ["create", "image"])
def test_prompts_are_expanded_by_its_own_text_encoder_unless_turned_off(
    warm, tiny, options, monkeypatch, task
):
    engine = Diffusers(model_fixtures.settings(CARD, tiny(CARD), expand=None))
    reader = engine.loaded.pipelines.base.text_encoder
    generate, asked = reader.generate, []

    def shortened(**arguments):
        asked.append(arguments)
        return generate(**{**arguments, "max_new_tokens": 4})

    monkeypatch.setattr(reader, "generate", shortened)
    job = small_job(frames=2, **options[task])

    film, plain = film_of(engine, job), film_of(warm(CARD), job)

    assert len(asked) == 1
    assert ("pixel_values" in asked[0]) == (task == "image")
    assert any("expanded by the model to: " in note for note in film.talk.notes)
    assert not any("expanded" in note for note in plain.talk.notes)
    assert (film.frames != plain.frames).any()


def test_a_text_encoder_that_is_streamed_expands_nothing(tiny):
    engine = Diffusers(model_fixtures.settings(CARD, tiny(CARD), expand=None, memory="group"))

    film = film_of(engine, small_job(frames=2))

    assert any("not expanded and is used unchanged" in note for note in film.talk.notes)
