"""Live previews: pictures of latents while tiny models denoise them."""

import io

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from model_fixtures import KNOWN_WARNINGS, film_of, small_job
from PIL import Image

from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.latent_preview import LatentPreview
from vitascope.video import MAX_PREVIEW_BYTES

pytestmark = KNOWN_WARNINGS

UNSEEN = {"minimax-h3"}
"""Cards whose pipelines show no latents."""


@pytest.mark.parametrize("card", names())
def test_every_step_is_shown(warm, options, card):
    task = "create" if "create" in card_named(card).operations else "image"
    film = film_of(warm(card), small_job(frames=2, **options[task]))
    shown = film.talk.previews
    assert bool(shown) == (card not in UNSEEN)
    for jpeg in shown:
        assert len(jpeg) <= MAX_PREVIEW_BYTES
        with Image.open(io.BytesIO(jpeg)) as picture:
            assert (picture.format, max(picture.size)) == ("JPEG", 384)
            assert picture.width > picture.height


class Averaging(AutoencoderKLWan):
    """A VAE whose latents are mixed means of the pixels, and so what a preview can show exactly."""

    def encode(self, pictures):
        means = torch.nn.functional.avg_pool3d(pictures[:, :, :1], (1, 8, 8))
        mixed = torch.einsum("kc,bcnhw->bknhw", MIX, means)

        class Posterior:
            def mode(self):
                return mixed

        return type("Encoded", (), {"latent_dist": Posterior()})()


MIX = torch.tensor([[0.5, 0.2, 0.1], [-0.3, 0.9, 0.0], [0.1, 0.1, -0.7], [0.2, -0.2, 0.4]])


@pytest.fixture
def fitted():
    sizes = {"base_dim": 3, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1}
    statistics = {"latents_mean": [0.5, 0.1, -0.2, 0.0], "latents_std": [2.0, 1.0, 0.5, 1.0]}
    return LatentPreview.fitted(Averaging(z_dim=4, **statistics, **sizes))


def latents_of(colours):
    """A pipeline's latents for pictures of shape (n, h, w, 3), with one pixel for each latent."""
    means = torch.tensor(colours, dtype=torch.float32).permute(3, 0, 1, 2)[None] / 127.5 - 1
    mixed = torch.einsum("kc,bcnhw->bknhw", MIX, means)
    mean, spread = torch.tensor([0.5, 0.1, -0.2, 0.0]), torch.tensor([2.0, 1.0, 0.5, 1.0])
    return (mixed - mean.view(1, -1, 1, 1, 1)) / spread.view(1, -1, 1, 1, 1)


@pytest.mark.parametrize("layout", ["channels first", "channels last", "tokens"])
def test_colours_are_those_of_the_middle_frame(fitted, layout):
    red, blue = (220, 60, 40), (30, 70, 200)
    colours = np.zeros((3, 6, 8, 3))
    colours[1, :, :4], colours[1, :, 4:] = red, blue
    latents = latents_of(colours)
    if layout == "channels last":
        latents = latents.permute(0, 2, 3, 4, 1)
    if layout == "tokens":
        more = torch.zeros(1, 5, 4)  # what conditions add at the end
        latents = torch.cat((latents.flatten(2).transpose(1, 2), more), dim=1)
    window = {"height": 48, "width": 64, "num_frames": 9}
    with Image.open(io.BytesIO(fitted.jpeg(latents, window))) as picture:
        assert picture.size == (384, 288)
        assert np.abs(np.array(picture.getpixel((60, 150))) - red).max() < 12
        assert np.abs(np.array(picture.getpixel((330, 150))) - blue).max() < 12
