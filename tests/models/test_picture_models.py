"""Interpolators and upscalers from ONNX files: tiny ones, whose pictures are known."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
import tiny_onnx
from model_fixtures import film_of, small_job
from onnx import TensorProto

from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.interpolation import Between
from vitascope.engines.diffusers.picture_models import Interpolator, Upscaler
from vitascope.errors import JobError

CARD = "wan2.2-t2v-a14b"
"""A card that draws 16 frames a second."""


def pictures(count, size=(50, 70), seed=1):
    """Soft colours, of which no two pictures are alike but all are of one scene."""
    noise = np.random.default_rng(seed).integers(90, 160, (count, *size, 3)).astype(np.uint8)
    return [cv2.GaussianBlur(each, (0, 0), 2) for each in noise]


@pytest.mark.parametrize(
    "options",
    [
        {"time": (1,)},
        {"time": (1, 1, 1, 1)},
        {"time": (1, 1, "height", "width")},
        {"time": ("batch", 1), "kind": TensorProto.FLOAT16},
    ],
)
def test_the_time_has_whatever_shape_the_file_gives_it(tmp_path, options):
    model = Interpolator(tiny_onnx.interpolator(tmp_path / "a.onnx", **options), "cpu")
    one, other = pictures(2)

    drawn = Between(one, other, model).at(Fraction(2, 3))

    expected = one + (other.astype(float) - one) * 2 / 3
    assert drawn.shape == one.shape
    assert np.abs(drawn - expected).max() <= 1


def test_a_file_that_draws_the_middle_alone_is_run_until_the_time_is_near(tmp_path):
    model = Interpolator(tiny_onnx.interpolator(tmp_path / "a.onnx", time=None), "cpu")
    one, other = np.zeros((50, 70, 3), np.uint8), np.full((50, 70, 3), 240, np.uint8)

    for share, most in ((1 / 3, 240 / 32 + 1), (2 / 3, 240 / 32 + 1), (0.25, 0.6), (0.5, 0.6)):
        assert np.abs(model.between(one, other, share) - 240 * share).max() <= most


def test_a_cut_is_shown_as_a_cut(tmp_path):
    model = Interpolator(tiny_onnx.interpolator(tmp_path / "a.onnx"), "cpu")
    one, other = pictures(1)[0], 255 - cv2.flip(pictures(1, seed=2)[0], 0) // 4

    assert np.array_equal(Between(one, other, model).at(Fraction(1, 3)), one)
    assert np.array_equal(Between(one, other, model).at(Fraction(2, 3)), other)


@pytest.mark.parametrize("size", [(50, 70), (64, 64), (600, 1000)])
@pytest.mark.parametrize("picture", [tiny_onnx.ANY, (1, 3, 48, 96)])
def test_tiles_leave_no_seams(tmp_path, size, picture):
    model = Upscaler(tiny_onnx.upscaler(tmp_path / "a.onnx", factor=3, picture=picture), "cpu")
    (given,) = pictures(1, size)

    large = model.enlarged(given)

    soft = cv2.blur(given.astype(np.float32), (5, 5), borderType=cv2.BORDER_REPLICATE)
    expected = np.rint(soft.repeat(3, axis=0).repeat(3, axis=1))
    assert model.factor == 3
    assert large.shape == expected.shape
    assert np.abs(large - expected).max() <= 1


REFUSED = {
    "not ONNX": (Interpolator, lambda path: path.write_bytes(b"weights" * 9), "can't load it"),
    "one picture": (Interpolator, tiny_onnx.upscaler, "two pictures"),
    "two pictures": (Upscaler, tiny_onnx.interpolator, "one picture"),
    "one size": (
        Interpolator,
        lambda path: tiny_onnx.interpolator(path, picture=(1, 3, 64, 96)),
        "pictures of 96x64 only",
    ),
    "half a pixel": (Upscaler, lambda path: tiny_onnx.upscaler(path, factor=1.5), "whole factor"),
    "grey": (Upscaler, lambda path: tiny_onnx.upscaler(path, channels=1), "(1, 1, 128, 128)"),
    "doubles": (
        Interpolator,
        lambda path: tiny_onnx.interpolator(path, kind=TensorProto.DOUBLE),
        "tensor(double)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_of_another_kind_is_refused_when_it_is_loaded(tmp_path, case):
    kind, write, why = REFUSED[case]
    file = tmp_path / "model.onnx"
    write(file)

    with pytest.raises(JobError) as caught:
        kind(file, "cpu")

    assert caught.value.code == "model_damaged"
    assert why in caught.value.message
    assert str(file) in caught.value.message


@pytest.fixture
def plain(drawn):
    return drawn(CARD, small_job()).frames.astype(float)


def test_an_interpolator_draws_the_frames_between_the_models(tmp_path, warm, plain):
    file = tiny_onnx.interpolator(tmp_path / "rife.onnx")

    film = film_of(warm(CARD, interpolator={"source": str(file)}), small_job())

    frames = film.frames.astype(float)
    assert np.array_equal(frames[::3], plain[::3])  # the model's own
    assert not np.array_equal(frames, plain)
    # Frame 3 is the model's second but one; frames 1 and 2 are beside its second.
    repeated = film_of(warm(CARD, interpolate=False), small_job()).frames.astype(float)
    first, second, third = repeated[0], repeated[2], repeated[3]
    assert np.array_equal(first, frames[0])
    assert np.abs(frames[1] - (first + (second - first) * 2 / 3)).mean() < 1
    assert np.abs(frames[2] - (second + (third - second) / 3)).mean() < 1


def test_an_upscaler_enlarges_the_frames_of_films_that_are_drawn_smaller(tmp_path, warm, plain):
    file = tiny_onnx.upscaler(tmp_path / "esrgan.onnx", factor=4)
    table = {"upscaler": {"source": str(tmp_path), "file": file.name}}

    film = film_of(warm(CARD, **table), small_job())
    whole = film_of(warm(CARD, render_scale=1.0, **table), small_job())

    assert "frames upscaled to 384x256" in film.notes[0]
    assert film.frames.shape == plain.shape
    assert not np.array_equal(film.frames, plain)
    assert np.abs(film.frames - plain).mean() < 12  # the same film, softer
    assert "upscaled" not in whole.notes[0]


def test_files_that_are_missing_are_named_and_films_are_drawn_without_them(tiny, warm, plain):
    table = {"source": "someone/rife-onnx", "file": "rife.onnx"}

    film = film_of(warm(CARD, interpolator=table, upscaler={"source": "/none.onnx"}), small_job())

    assert np.array_equal(film.frames, plain)
    notes = " ".join(film.notes)
    assert "The interpolator someone/rife-onnx/rife.onnx is not on this machine" in notes
    assert "The upscaler /none.onnx is not on this machine" in notes


def test_a_missing_package_is_named(tmp_path, tiny, monkeypatch):
    from model_fixtures import settings

    from vitascope.engines.diffusers import picture_models

    monkeypatch.setattr(picture_models, "is_installed", lambda: False)
    file = tiny_onnx.interpolator(tmp_path / "rife.onnx")
    table = {"interpolator": {"source": str(file)}}

    engine = Diffusers(settings(CARD, tiny(CARD), **table))

    assert engine.loaded.interpolator is None
    assert "pip install 'vitascope[diffusers]'" in engine.loaded.notes[-1]
