"""The decoder of live previews: files in the published layout, and pictures that are known."""

import io

import numpy as np
import pytest
import tiny_decoders
import torch
from model_fixtures import KNOWN_WARNINGS, film_of, small_job
from PIL import Image

from vitascope.engines.diffusers.latent_preview import LatentPreview
from vitascope.engines.diffusers.preview_decoder import is_changed, read
from vitascope.errors import JobError

pytestmark = KNOWN_WARNINGS

CARD = "wan2.2-ti2v-5b"


@pytest.mark.parametrize(
    ("channels", "patch", "growth"),
    [(16, 1, (1, 2, 2)), (48, 2, (1, 2, 2)), (128, 4, (2, 2, 2))],
    ids=["taew2_1", "taew2_2", "taeltx_2"],
)
def test_a_published_file_is_read(tmp_path, channels, patch, growth):
    shapes = tiny_decoders.layout(channels, (256, 128, 64, 64), patch, growth)
    weights = {key: torch.zeros(shape, dtype=torch.float16) for key, shape in shapes.items()}

    decoder = read(tiny_decoders.written(weights, tmp_path / "tae.safetensors"))

    assert (decoder.channels, decoder.ratio) == (channels, 8 * patch)
    with torch.no_grad():
        assert decoder(torch.zeros(2, channels, 1, 2)).shape == (2, 3, 8 * patch, 16 * patch)


@pytest.fixture
def decoder_of(tmp_path):
    return lambda weights: read(tiny_decoders.written(weights, tmp_path / "tiny.safetensors"))


LATENTS = torch.tensor([[0.9, 0.3, 0.1, 5.0], [0.2, 0.6, 0.4, 5.0]])[:, :, None, None]


def shown(decoder):
    """One pixel of each frame of the latents above."""
    with torch.no_grad():
        return decoder(LATENTS.expand(-1, -1, 2, 3))[:, :, 1, 1]


@pytest.mark.parametrize("options", [{}, {"patch": 2}, {"growth": (2, 2, 2)}])
def test_a_picture_is_what_the_layers_say(decoder_of, options):
    clamped = torch.tanh(LATENTS[:, :3, 0, 0] / 3) * 3

    assert torch.allclose(shown(decoder_of(tiny_decoders.plain(4, **options))), clamped)


def test_a_block_sees_the_frame_before(decoder_of):
    alone = shown(decoder_of(tiny_decoders.plain(4)))
    both = shown(decoder_of(tiny_decoders.remembering(4)))

    assert torch.allclose(both[0], alone[0])
    assert torch.allclose(both[1], (alone[1] + alone[0]).clamp(0, 1))


def test_large_pictures_are_not_made_larger_than_a_preview_needs(decoder_of):
    decoder = decoder_of(tiny_decoders.plain(4))
    with torch.no_grad():
        assert decoder(torch.zeros(1, 4, 3, 160)).shape[2:] == (12, 640)
        assert decoder(torch.zeros(1, 4, 10, 20)).shape[2:] == (80, 160)


def changed(key, value):
    weights = tiny_decoders.plain(4)
    del weights[key]
    return weights if value is None else {**weights, key: value}


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        (changed("decoder.9.conv.2.bias", None), "it lacks the keys decoder.9.conv.2.bias"),
        ({}, "it lacks the keys decoder.1.bias, decoder.1.weight, decoder.10.conv.0.bias and"),
        (
            tiny_decoders.plain(4) | {"decoder.4.act.weight": torch.zeros(1)},
            "these of its keys do not fit: decoder.4.act.weight.",
        ),
        (
            changed("decoder.14.weight", torch.zeros(4, 4)),
            "these of its keys do not fit: decoder.14.weight.",
        ),
        (
            changed("decoder.22.weight", torch.zeros(7, 4, 3, 3)),
            "these of its keys do not fit: decoder.22.bias, decoder.22.weight.",
        ),
    ],
    ids=["a key less", "no decoder", "a key more", "another rank", "no colours"],
)
def test_keys_that_do_not_fit_are_named(decoder_of, weights, why):
    with pytest.raises(JobError) as caught:
        decoder_of(weights)

    assert caught.value.code == "model_damaged"
    assert why in caught.value.message


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "taew2_1.pth").write_bytes(b"PK\x03\x04 a pickle")

    with pytest.raises(JobError, match="it is no safetensors file"):
        read(tmp_path / "taew2_1.pth")


def test_a_published_name_with_another_content_is_noticed(tmp_path):
    assert is_changed(tiny_decoders.written({}, tmp_path / "taew2_1.safetensors"))
    assert not is_changed(tiny_decoders.written({}, tmp_path / "mine.safetensors"))


@pytest.mark.parametrize("layout", ["channels first", "channels last", "tokens"])
def test_the_middle_frame_is_decoded_from_every_layout(decoder_of, layout):
    preview = LatentPreview(np.zeros((5, 3)), ratio=8, frames=4)
    preview.decoder = decoder_of(tiny_decoders.plain(4))
    latents = torch.zeros(1, 4, 3, 6, 8)
    latents[:, 0, 1] = 0.5
    if layout == "channels last":
        latents = latents.permute(0, 2, 3, 4, 1)
    if layout == "tokens":
        latents = torch.cat((latents.flatten(2).transpose(1, 2), torch.ones(1, 5, 4)), dim=1)

    jpeg = preview.jpeg(latents, {"height": 48, "width": 64, "num_frames": 9})

    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.size == (384, 288)
        red = 255 * 3 * np.tanh(0.5 / 3)
        assert np.abs(np.array(picture.getpixel((100, 100))) - (red, 0, 0)).max() < 4


def test_without_memory_for_it_the_map_goes_on(decoder_of, monkeypatch):
    preview = LatentPreview(np.full((5, 3), 40.0), ratio=8, frames=4)
    preview.decoder = decoder_of(tiny_decoders.plain(4))

    def full(*_latents):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(preview.decoder, "forward", full)

    with Image.open(io.BytesIO(preview.jpeg(torch.zeros(1, 4, 1, 6, 8), {}))) as picture:
        assert np.abs(np.array(picture.getpixel((9, 9))) - 40).max() < 4
    assert preview.decoder is None


@pytest.fixture
def mapped(drawn):
    """A film whose previews the linear map draws."""
    return drawn(CARD, small_job(frames=2))


def test_a_models_previews_are_decoded_and_its_film_is_the_same(warm, tmp_path, mapped):
    own = warm(CARD).loaded.pipelines.base.vae.config.z_dim
    file = tiny_decoders.written(tiny_decoders.plain(own, patch=2), tmp_path / "tiny.safetensors")

    film = film_of(warm(CARD, preview_decoder={"source": str(file)}), small_job(frames=2))

    assert len(film.talk.previews) == len(mapped.talk.previews)
    assert film.talk.previews[-1] != mapped.talk.previews[-1]
    assert np.array_equal(film.frames, mapped.frames)
    assert not any("preview" in note for note in film.notes)


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        (None, "The preview_decoder /none.safetensors is not on this machine, so live previews"),
        ({}, "it lacks the keys decoder.1.bias"),
        (tiny_decoders.plain(5), "it is another model's. So live previews are drawn by a linear"),
    ],
    ids=["missing", "damaged", "another model's"],
)
def test_one_that_can_not_be_used_is_named_and_the_map_draws(warm, tmp_path, mapped, weights, why):
    file = tmp_path / "tiny.safetensors"
    source = "/none.safetensors" if weights is None else tiny_decoders.written(weights, file)

    film = film_of(warm(CARD, preview_decoder={"source": str(source)}), small_job(frames=2))

    assert film.talk.previews == mapped.talk.previews
    assert any(why in note for note in film.notes)
