"""What a film goes on from: first frames, films, the window before; checked by numbers."""

from dataclasses import replace

import model_fixtures
import numpy as np
import pytest
import torch
from diffusers import WanImageToVideoPipeline
from model_fixtures import SIZE, film_of, small_job
from PIL import Image

from vitascope.engines.diffusers.clip import ClipGenerator
from vitascope.engines.diffusers.families.wan import WanPrefixPipeline
from vitascope.engines.diffusers.seams import ColourMatch
from vitascope.engines.diffusers.vae import decoded, encoded, to_tensor
from vitascope.engines.native import Fit, to_native
from vitascope.errors import JobError
from vitascope.media.decode import last_frames

FRAMES = 9


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return model_fixtures.moving_film(tmp_path_factory.mktemp("source") / "film.mp4")


@pytest.fixture
def noise():
    """Native pictures of some frames."""
    return np.random.default_rng(3).integers(0, 256, (FRAMES, 64, 96, 3), dtype=np.uint8)


def _asked(seed=5):
    return {
        "prompt": "rain",
        "width": 96,
        "height": 64,
        "num_frames": FRAMES,
        "num_inference_steps": 2,
        "generator": torch.Generator("cpu").manual_seed(seed),
        "output_type": "latent",
    }


@pytest.mark.parametrize("card", ["wan2.2-ti2v-5b", "wan2.2-i2v-a14b"])
def test_a_prefix_of_one_frame_is_stock_image_to_video(warm, noise, card):
    pipelines = warm(card).loaded.pipelines
    image = Image.fromarray(noise[0])
    ours = pipelines.get(WanPrefixPipeline)
    ours.prefix, ours.last = to_tensor(noise[:1]), None

    expected = pipelines.get(WanImageToVideoPipeline)(image=image, **_asked()).frames
    drawn = ours(image=image, **_asked()).frames

    assert torch.allclose(drawn, expected, atol=1e-4)


def test_a_longer_prefix_is_in_the_latents_as_it_was_given(warm, noise):
    pipelines = warm("wan2.2-ti2v-5b").loaded.pipelines
    pipe = pipelines.get(WanPrefixPipeline)
    pipe.prefix, pipe.last = to_tensor(noise[:5]), None

    drawn = pipe(image=Image.fromarray(noise[0]), **_asked()).frames

    known = encoded(pipelines.base.vae, to_tensor(noise[:5]), torch.device("cpu"))
    assert drawn.shape[2] == 3
    assert torch.allclose(drawn[:, :, :2], known, atol=1e-5)


@pytest.mark.parametrize("card", ["wan2.2-ti2v-5b", "wan2.2-t2v-a14b"])
def test_decoding_in_parts_is_decoding_at_once(warm, noise, card):
    vae = warm(card).loaded.pipelines.base.vae
    latents = encoded(vae, to_tensor(noise), torch.device("cpu"))
    message = []

    parts = np.concatenate(list(decoded(vae, latents, lambda *at: message.append(at))))

    mean, spread = (
        torch.tensor(values).view(1, -1, 1, 1, 1)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    with torch.no_grad():
        whole = vae.decode(latents * spread + mean).sample[0]
    levels = ((whole.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 3, 0)
    assert np.array_equal(parts, levels.numpy())
    assert message == [(1, 3), (2, 3), (3, 3)]


def test_the_known_latents_of_a_text_model_end_as_they_were(warm, source):
    engine = warm("wan2.2-t2v-a14b")
    job = small_job(task="extend", source=source)
    clip = ClipGenerator(engine.loaded, job, model_fixtures.Talk())

    list(clip.frames())

    assert clip.windows[0].known == 13
    request = clip._request(0, clip.windows[0])
    loaded = engine.loaded
    loaded.watch(model_fixtures.Talk(), 0, 1)
    first = next(iter(engine.loaded.family.draw(request, loaded).pictures))
    vae = loaded.pipelines.base.vae
    known = encoded(vae, to_tensor(request.known), torch.device("cpu"))
    again = next(iter(decoded(vae, known, lambda *_: None)))
    assert np.abs(first.astype(int) - again.astype(int)).max() <= 1


@pytest.mark.parametrize(
    ("card", "known"), [("wan2.2-ti2v-5b", 5), ("wan2.2-i2v-a14b", 5), ("wan2.1-vace-1.3b", 13)]
)
def test_an_extension_is_given_the_films_last_frames(warm, source, card, known):
    loaded = warm(card).loaded
    clip = ClipGenerator(loaded, small_job(task="extend", source=source), model_fixtures.Talk())

    request = clip._request(0, clip.windows[0])

    fit = Fit.nearest(SIZE, align=loaded.card.align, pixels=loaded.quality.max_pixels, scale=0.5)
    last = to_native(last_frames(source, 1)[0], fit)
    assert len(request.known) == known
    assert request.image is None
    distance = [np.abs(picture.astype(int) - last).mean() for picture in request.known]
    assert distance[-4:] == sorted(distance[-4:], reverse=True)
    assert distance[-1] < 3


def test_a_short_film_is_extended_from_what_there_is(warm, tmp_path):
    short = model_fixtures.moving_film(tmp_path / "short.mp4", frames=3)

    film = film_of(warm("wan2.1-vace-1.3b"), small_job(task="extend", source=short))

    assert len(film.frames) == 8


@pytest.mark.parametrize("card", ["wan2.2-ti2v-5b", "wan2.2-t2v-a14b", "wan2.1-vace-1.3b"])
def test_windows_hand_their_last_frames_on(warm, card, monkeypatch):
    loaded = warm(card, steps=1).loaded
    short = loaded.card.model_copy(update={"max_frames": 17})
    monkeypatch.setattr(loaded, "card", short)
    monkeypatch.setattr(ColourMatch, "applied", lambda _match, picture, _number: picture)
    seen, drawn = [], []

    class Watched:
        @staticmethod
        def draw(request, loaded, stock=loaded.family.draw):
            seen.append(request)
            result = stock(request, loaded)
            drawn.append(list(result.pictures))
            return replace(result, pictures=iter(drawn[-1]))

    monkeypatch.setattr(loaded, "family", Watched)
    clip = ClipGenerator(loaded, small_job(frames=30, seconds=2), model_fixtures.Talk())

    frames = list(clip.frames())

    assert len(frames) == 30
    assert len(seen) == len(clip.windows) >= 2
    assert seen[0].known is None
    assert len({request.seed for request in seen}) == len(seen)
    for before, pictures, request in zip(clip.windows, drawn, seen[1:], strict=False):
        shown = np.concatenate(pictures)[: before.known + before.new]
        assert np.array_equal(shown[-short.overlap :], request.known)


def test_an_edit_is_nearer_to_its_film_the_lower_the_strength(warm, source, monkeypatch):
    loaded = warm("wan2.2-ti2v-5b", steps=40, quality="high").loaded
    job = small_job(task="edit", source=source, frames=5)
    results = {}
    for strength in (0.05, 0.95):
        card = loaded.card.model_copy(update={"strength": {"edit": strength}})
        monkeypatch.setattr(loaded, "card", card)
        clip = ClipGenerator(loaded, job, model_fixtures.Talk())
        request = clip._request(0, clip.windows[0])
        assert request.strength == strength
        loaded.watch(model_fixtures.Talk(), 0, 1)
        pictures = np.concatenate(list(loaded.family.draw(request, loaded).pictures))
        vae = loaded.pipelines.base.vae
        round_trip = encoded(vae, to_tensor(request.film), torch.device("cpu"))
        stock = np.concatenate(list(decoded(vae, round_trip, lambda *_: None)))
        results[strength] = np.abs(pictures.astype(int) - stock).mean()

    assert results[0.05] < 0.75 * results[0.95]


def test_a_remix_without_its_film_is_drawn_from_the_seed(warm):
    engine = warm("wan2.2-ti2v-5b")

    film = film_of(engine, small_job(task="remix"))

    assert np.array_equal(film.frames, film_of(engine, small_job()).frames)
    assert any("prompt alone" in note for note in film.notes)


def test_a_model_of_first_frames_says_that_there_is_none(warm):
    with pytest.raises(JobError, match="needs a first frame or a film") as caught:
        film_of(warm("wan2.2-i2v-a14b"), small_job(task="remix"))

    assert caught.value.code == "source_missing"


def test_characters_are_references_or_stand_in_the_first_frame(warm, tmp_path):
    mossy = model_fixtures.character(tmp_path / "mossy.png")
    job = small_job(characters=(mossy,))

    refers = ClipGenerator(warm("wan2.1-vace-1.3b").loaded, job, model_fixtures.Talk())
    shows = ClipGenerator(warm("wan2.2-ti2v-5b").loaded, job, model_fixtures.Talk())

    assert [figure.name for figure in refers._request(0, refers.windows[0]).characters] == ["Mossy"]
    assert not refers.notes[1:]
    request = shows._request(0, shows.windows[0])
    assert not request.characters
    green = (np.abs(request.image[0].astype(int) - (20, 160, 60)).sum(axis=2) < 30).mean()
    assert 0.02 < green < 0.6
    assert "Mossy" in shows.notes[1]


def test_references_change_what_vace_draws(warm, tmp_path):
    engine = warm("wan2.1-vace-1.3b")
    mossy = model_fixtures.character(tmp_path / "mossy.png")

    alone = film_of(engine, small_job(frames=2))
    with_mossy = film_of(engine, small_job(frames=2, characters=(mossy,)))

    assert not np.array_equal(alone.frames, with_mossy.frames)


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_reference_that_is_no_picture_is_said_so(warm, tmp_path, content):
    broken = tmp_path / "still.png"
    broken.write_bytes(content)

    with pytest.raises(JobError, match="not an image of a supported format") as caught:
        film_of(warm("wan2.2-ti2v-5b"), small_job(first_frame=broken))

    assert caught.value.code == "invalid_image"
