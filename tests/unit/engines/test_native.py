"""From the size that was asked for to the size a model draws, and back to the pixel."""

import av
import numpy as np
import pytest
from sweeps import for_all

from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.native import (
    CharacterImage,
    FilmReader,
    Fit,
    Rect,
    compose,
    load_image,
    to_native,
    to_output,
)
from vitascope.errors import JobError
from vitascope.media.downscale import to_srgb
from vitascope.spec import Size

SIZES = ["720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080", "256x256"]


def _fit(asked, card="wan2.1-vace-14b", quality="high", scale=1.0):
    named = card_named(card)
    pixels = named.quality[quality].max_pixels
    return Fit.nearest(Size.parse(asked), align=named.align, pixels=pixels, scale=scale)


@for_all("card", names())
@for_all("quality", ["draft", "standard", "high"])
def test_a_native_size_keeps_to_the_card(card, quality):
    preset, align = card_named(card).quality[quality], card_named(card).align
    for asked in SIZES:
        fit = _fit(asked, card, quality)

        assert fit.native.width % align == fit.native.height % align == 0
        assert fit.native.width * fit.native.height <= 1.1 * preset.max_pixels
        kept = fit.kept
        assert kept.x + kept.width <= fit.native.width
        assert kept.y + kept.height <= fit.native.height
        shape = fit.asked.width / fit.asked.height
        assert kept.width / kept.height == pytest.approx(shape, rel=0.01)


def test_a_size_the_model_knows_is_drawn_as_it_is():
    fit = _fit("720x1280")

    assert fit.native == (720, 1280)
    assert fit.kept == Rect(0, 0, 720, 1280)


def test_a_size_between_is_drawn_with_margins():
    fit = _fit("720x1270")

    assert fit.native == (720, 1280)
    assert fit.kept == Rect(0, 5, 720, 1270)


def test_a_scale_draws_smaller():
    assert _fit("720x1280", scale=0.5).native == (352, 640)


def _gradient(size):
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack((x, y, (x + y) / 2), axis=2).astype(np.uint8)


def _frame(size):
    frame = av.VideoFrame.from_ndarray(_gradient(size), "rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709")


@pytest.mark.parametrize("asked", ["720x1280", "720x1270", "1024x1792", "250x130"])
def test_a_picture_that_goes_in_comes_out_where_it_was(asked):
    fit = _fit(asked)
    frame = _frame(fit.asked)

    back = to_output(to_native(frame, fit), fit)

    assert (back.width, back.height, back.format.name) == (*fit.asked, "yuv420p")
    before, after = (to_srgb(one, fit.asked).astype(int) for one in (frame, back))
    assert np.abs(before - after).mean() < 1
    assert abs((before - after).mean()) < 0.2
    assert np.abs(before - after)[8:-8, 8:-8].max() < 12


def test_margins_are_the_picture_mirrored():
    native = to_native(_frame(Size(720, 1270)), _fit("720x1270"))

    assert np.array_equal(native[4], native[6])
    assert np.array_equal(native[-1], native[1269])


def test_a_film_of_another_shape_is_cropped_around_its_middle():
    fit = _fit("720x1280")

    native = to_native(_frame(Size(1280, 720)), fit)

    assert native.shape == (1280, 720, 3)
    assert abs(int(native[640, 360, 0]) - 127) < 4
    assert 70 < native[640, 0, 0] < 100


def test_a_still_covers_the_frame(tmp_path):
    from PIL import Image

    path = tmp_path / "still.png"
    Image.fromarray(_gradient((400, 100))).save(path)

    native = load_image(path, _fit("720x1280"))

    assert native.shape == (1280, 720, 3)
    assert abs(int(native[640, 360, 0]) - 127) < 4
    assert native[-1, 360, 1] > 250


def test_figures_stand_side_by_side_on_the_ground():
    fit = _fit("1280x720")
    red, blue = (
        np.full((60, 30, 4), (*colour, 255), np.uint8) for colour in ((255, 0, 0), (0, 0, 255))
    )

    picture = compose([CharacterImage("Rose", red), CharacterImage("Blue", blue)], fit)

    assert tuple(picture[500, 320]) == (255, 0, 0)
    assert tuple(picture[500, 960]) == (0, 0, 255)
    assert picture[20, 640].min() > 200


@pytest.fixture
def film(tmp_path):
    """A film whose frames get lighter one by one."""
    path = tmp_path / "film.mp4"
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(12):
            shade = np.full((64, 64, 3), 20 * number, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(shade, "rgb24")))
        out.mux(stream.encode(None))
    return path


def test_a_film_is_read_forwards_and_its_last_frame_stands_in(film):
    reader = FilmReader(film, _fit("64x64"))

    first = reader.take([0, 2, 3])
    later = reader.take([2, 9, 11, 14])

    assert [round(picture.mean() / 20) for picture in first] == [0, 2, 3]
    assert [round(picture.mean() / 20) for picture in later] == [2, 9, 11, 11]


def test_a_film_that_is_over_before_it_begins_is_an_error(film):
    with pytest.raises(JobError, match="shorter"):
        FilmReader(film, _fit("64x64")).take([40])
