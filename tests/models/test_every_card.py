"""Every card: each task it offers, from weights on disk to exact frames and sound."""

import model_fixtures
import numpy as np
import pytest
from model_fixtures import SIZE, film_of, small_job
from PIL import Image

from vitascope.engines.diffusers.cards import card_named, names
from vitascope.spec import Size

OFFERED = [(card, task) for card in names() for task in sorted(card_named(card).operations)]
# Distilled weights, and VACE's large ones, have the pipelines of those without the word.
DISTINCT = [(card, task) for card, task in OFFERED if not card.endswith(("-distill", "-14b"))]
BEGUN = [(card, task) for card, task in DISTINCT if task in {"image", "characters"}]
EXTENDED = [card for card, task in DISTINCT if task == "extend"]
CREATING = [card for card, task in OFFERED if task == "create"]

# The windows of the others are chained in the tests of their families.
CHAINED = ["cosmos3-nano", "hunyuanvideo-1.5", "kandinsky-6-lite", "minimax-h3"]

# What else they heed is in the tests of their families.
GUIDED = ["hunyuanvideo-1.5", "kandinsky-6-lite"]

pytestmark = model_fixtures.KNOWN_WARNINGS


@pytest.mark.parametrize(("card", "task"), OFFERED)
def test_every_task_gives_frames_and_sound_of_exact_length(drawn, options, card, task):
    job = small_job(**options[task])

    film = drawn(card, job)

    assert film.frames.shape == (job.frame_count, SIZE.height, SIZE.width, 3)
    assert film.sound.shape == (2, job.sample_count)
    assert np.abs(film.sound).max() > 0.01
    assert film.talk.of("denoise")[-1] == film.talk.of("decode")[-1] == 1.0
    assert card in film.notes[0]


@pytest.mark.parametrize("card", CREATING)
def test_a_seed_says_what_is_drawn_and_heard(warm, card):
    one = film_of(warm(card), small_job(seed=11))
    again = film_of(warm(card), small_job(seed=11))
    other = film_of(warm(card), small_job(seed=12))

    assert np.array_equal(one.frames, again.frames)
    assert np.array_equal(one.sound, again.sound)
    assert not np.array_equal(one.frames, other.frames)
    if card_named(card).sound == "joint":
        assert not np.array_equal(one.sound, other.sound)


@pytest.mark.parametrize("card", CREATING)
def test_the_prompt_has_an_effect(warm, drawn, card):
    plain = drawn(card, small_job(frames=2))
    other = film_of(warm(card), small_job(frames=2, prompt='A "fox".'))

    assert not np.array_equal(plain.frames, other.frames)


@pytest.mark.parametrize("card", GUIDED)
@pytest.mark.parametrize("options", [{"negative_prompt": "herons"}, {"guidance_scale": 9.0}])
def test_negative_prompt_and_guidance_have_an_effect(warm, drawn, card, options):
    plain = drawn(card, small_job(frames=2))
    other = film_of(warm(card), small_job(frames=2, **options))

    assert not np.array_equal(plain.frames, other.frames)


@pytest.mark.parametrize(("card", "task"), BEGUN)
def test_a_first_frame_changes_all_that_follows(warm, drawn, options, tmp_path, card, task):
    begun = drawn(card, small_job(**options[task]))
    elsewhere = tmp_path / "elsewhere.png"
    Image.new("RGB", SIZE, (30, 60, 40)).save(elsewhere)
    other = film_of(warm(card), small_job(first_frame=elsewhere))

    assert not np.array_equal(begun.frames[-1], other.frames[-1])
    if card_named(card).sound == "joint":
        assert not np.array_equal(begun.sound, other.sound)


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A film that ends in other places than the source."""
    return model_fixtures.moving_film(tmp_path_factory.mktemp("slow") / "film.mp4", frames=96)


@pytest.mark.parametrize("card", EXTENDED)
def test_an_extension_goes_on_from_the_film(warm, drawn, options, slow, card):
    one = drawn(card, small_job(**options["extend"]))
    other = film_of(warm(card), small_job(task="extend", source=slow))

    assert not np.array_equal(one.frames, other.frames)


@pytest.mark.parametrize("card", ["cosmos3-nano", "minimax-h3", "wan2.2-ti2v-5b"])
@pytest.mark.parametrize("size", ["720x1280", "1792x1024", "1920x1080", "256x254"])
def test_frames_have_the_size_that_was_asked_for(warm, card, size):
    engine = warm(card, steps=1, render_scale=0.05)

    film = film_of(engine, small_job(size=Size.parse(size), frames=2))

    assert film.frames.shape[2:0:-1] == Size.parse(size)


@pytest.mark.parametrize("card", CHAINED)
def test_a_long_film_is_chained_and_its_sound_is_whole(warm, card):
    engine = warm(card, steps=1, render_scale=0.1)
    job = small_job(frames=card_named(card).max_frames + 3)

    film = film_of(engine, job)

    assert len(film.frames) == job.frame_count
    assert film.sound.shape == (2, job.sample_count)
    assert "2 parts" in film.notes[0]


@pytest.mark.parametrize("card", [*CHAINED, "helios", "wan2.2-t2v-a14b"])
def test_weights_in_eight_bits_draw_as_well(warm, options, card):
    begun = options["image"] if "image" in card_named(card).operations else {}

    film = film_of(warm(card, memory="8bit"), small_job(frames=2, **begun))

    assert film.frames.shape[0] == 2
    assert "'8bit'" in film.notes[0]
