"""What a film is made from besides a first frame: a picture to end with, reference pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import WanImageToVideoPipeline
from model_fixtures import SIZE, film_of, small_job, still
from PIL import Image

from vitascope.clip import InputFile
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.families.wan import WanPrefixPipeline
from vitascope.engines.diffusers.inputs import JobInputs
from vitascope.engines.diffusers.timeline import Window
from vitascope.engines.diffusers.vae import to_tensor
from vitascope.engines.native import Fit

# Diffusers' sound autoencoder of MiniMax-H3 is built with torch's old weight norm.
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")

ENDING = [name for name in names() if "last_frame" in card_named(name).inputs]
REFERRING = [name for name in names() if "reference_image" in card_named(name).inputs]


@pytest.fixture
def asked(tmp_path):
    """A job with inputs by role, each a picture of one colour; and a first frame if it must."""

    def make(card, *roles, frames=8, colour=(20, 160, 60)):
        inputs = []
        for number, role in enumerate(roles):
            path = tmp_path / f"{role}-{number}.png"
            Image.new("RGB", (300, 200), colour).save(path)
            inputs.append(InputFile(role, path))
        if "create" not in card_named(card).operations:
            inputs.append(InputFile("first_frame", still(tmp_path / "first.png")))
        return replace(small_job(frames=frames), inputs=tuple(inputs))

    return make


@pytest.fixture
def calls(monkeypatch):
    """The arguments of every run of a pipeline."""
    from vitascope.engines.diffusers.loaded import LoadedModel

    seen, stock = [], LoadedModel.call

    def call(loaded, pipeline, **arguments):
        seen.append(arguments)
        return stock(loaded, pipeline, **arguments)

    monkeypatch.setattr(LoadedModel, "call", call)
    return seen


@pytest.mark.parametrize("card", ENDING)
def test_a_last_frame_changes_the_film(warm, asked, card):
    plain = film_of(warm(card), asked(card))

    ended = film_of(warm(card), asked(card, "last_frame"))

    assert ended.frames.shape == plain.frames.shape
    assert not np.array_equal(ended.frames, plain.frames)


def test_vace_gets_the_last_frame_and_that_it_stays(warm, asked, calls):
    film_of(warm("wan2.1-vace-1.3b"), asked("wan2.1-vace-1.3b", "last_frame"))

    [run] = calls
    shown = np.asarray(run["video"][-1])
    assert np.abs(shown.astype(int) - (20, 160, 60)).max() <= 1
    assert [np.asarray(mask).max() for mask in run["mask"]] == [255] * (len(run["mask"]) - 1) + [0]


def test_vace_follows_a_control_video_and_its_last_frame_after_its_end(warm, asked, calls, source):
    card = "wan2.1-vace-1.3b"
    control = InputFile("control_video", source)
    short = film_of(warm(card), small_job(frames=8, size=SIZE))
    job = replace(asked(card, frames=8), inputs=(control,))

    film = film_of(warm(card), job)

    run = calls[-1]
    assert not np.array_equal(film.frames, short.frames)
    assert {np.asarray(mask).min() for mask in run["mask"]} == {255}
    assert run["conditioning_scale"] == 1.0
    shown = np.stack([np.asarray(picture) for picture in run["video"]]).astype(int)
    assert np.abs(shown - 128).max() > 20
    assert np.abs(shown[1:] - shown[:-1]).max() > 20
    inputs = JobInputs(card_named(card), job, Fit.nearest(SIZE, align=16, pixels=10**6))
    late = inputs.control_from(Window(start=40, known=0, new=9, frames=9))
    assert np.array_equal(late[0], late[-1])


def test_minimaxh3_gets_the_last_frame(warm, asked, calls):
    film_of(warm("minimax-h3"), asked("minimax-h3", "last_frame", frames=2))

    [run] = calls
    assert run["image"] is None
    assert np.abs(np.asarray(run["last_image"]).astype(int) - (20, 160, 60)).max() <= 1


def test_ltx_gets_the_last_frame_in_both_passes(warm, asked, calls):
    film_of(warm("ltx-2.5"), asked("ltx-2.5", "last_frame"))

    ends = [each["conditions"][-1] for each in calls]
    assert len(ends) == 2
    assert {each.index for each in ends} == {-1}
    assert ends[1].frames.shape[1] > ends[0].frames.shape[1]


def test_wans_first_and_last_frame_are_those_of_stock_diffusers(warm):
    pipelines = warm("wan2.2-i2v-a14b").loaded.pipelines
    frames = np.random.default_rng(3).integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    first, last = (to_tensor(frames[at : at + 1])[:, :, 0] for at in (0, 1))
    given = {"height": 64, "width": 96, "num_frames": 9, "dtype": torch.float32}
    given |= {"device": torch.device("cpu"), "generator": torch.Generator("cpu").manual_seed(1)}
    channels = pipelines.base.vae.config.z_dim

    stock = pipelines.get(WanImageToVideoPipeline)
    _, expected = stock.prepare_latents(first, 1, channels, last_image=last, **given)
    ours = pipelines.get(WanPrefixPipeline)
    ours.prefix, ours.last = first[:, :, None], last[:, :, None]
    given["num_frames"] = 9
    _, made = ours.prepare_latents(first, 1, channels, **given)

    assert torch.allclose(made, expected, atol=1e-5)


@pytest.mark.parametrize("card", REFERRING)
def test_reference_pictures_are_shown_beside_characters_as_far_as_there_is_room(
    warm, asked, options, calls, card
):
    whole_job = replace(
        asked(card, *["reference_image"] * 4), characters=options["characters"]["characters"]
    )

    film_of(warm(card), whole_job)

    [run] = calls
    assert len(run["reference_images"]) == card_named(card).references
    assert run["prompt"].endswith("Mossy is the character in reference picture 1.")
