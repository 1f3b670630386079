"""Previews: right colours, right frames, right shape."""

import io

import av
import numpy as np
import pytest
from films import picture
from PIL import Image

from vitascope.media.previews import CELLS, COLUMNS, Previews
from vitascope.spec import Size


def flat(size, y, u, v):
    frame = av.VideoFrame(*size, "yuv420p")
    for plane, value in zip(frame.planes, (y, u, v), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("yuv", "rgb"),
    [
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((63, 102, 240), (255, 0, 0)),
        ((173, 42, 26), (0, 255, 0)),
        ((32, 240, 118), (0, 0, 255)),
    ],
)
def test_colours_are_those_of_bt709_in_limited_range(yuv, rgb):
    previews = Previews(Size(720, 1280), 24)
    for number in range(24):
        previews.add(number, flat(Size(720, 1280), *yuv))

    for data in (previews.thumbnail(), previews.spritesheet()):
        middle = np.asarray(opened(data).convert("RGB"))[40:60, 40:60].mean(axis=(0, 1))
        assert middle == pytest.approx(rgb, abs=4)


@pytest.mark.parametrize(
    ("size", "thumbnail", "sheet"),
    [
        (Size(720, 1280), (288, 512), (1080, 960)),
        (Size(1280, 720), (512, 288), (1920, 540)),
        (Size(1792, 1024), (512, 293), (1920, 550)),
    ],
)
def test_shapes_follow_the_film(size, thumbnail, sheet):
    previews = Previews(size, 96)
    for number in range(96):
        previews.add(number, flat(size, 60 + number, 128, 128))

    assert opened(previews.thumbnail()).format == "WEBP"
    assert opened(previews.thumbnail()).size == thumbnail
    assert opened(previews.spritesheet()).format == "JPEG"
    assert opened(previews.spritesheet()).size == sheet


def test_cells_are_evenly_spaced_in_reading_order():
    size = Size(320, 192)
    previews = Previews(size, 200)
    for number in range(200):
        previews.add(number, flat(size, 16 + number, 128, 128))
    sheet = np.asarray(opened(previews.spritesheet()).convert("L"), np.float64)
    height, width = sheet.shape[0] // 5, sheet.shape[1] // COLUMNS
    cells = [
        sheet[y : y + height, x : x + width].mean() * 219 / 255
        for y in range(0, sheet.shape[0], height)
        for x in range(0, sheet.shape[1], width)
    ]

    assert len(cells) == CELLS
    assert cells == pytest.approx([4 * k + 2 for k in range(CELLS)], abs=2)


def test_the_thumbnail_prefers_a_frame_with_something_to_see():
    size = Size(320, 192)
    previews = Previews(size, 100)
    for number in range(100):
        previews.add(number, picture(0, size) if number == 34 else flat(size, 120, 128, 128))

    assert np.asarray(opened(previews.thumbnail()).convert("L")).std() > 10


def test_a_short_film_has_a_short_sheet_and_an_early_thumbnail():
    previews = Previews(Size(160, 96), 100)
    previews.add(0, flat(Size(160, 96), 235, 128, 128))
    previews.add(1, flat(Size(160, 96), 235, 128, 128))

    assert opened(previews.thumbnail()).size == (160, 96)
    assert opened(previews.spritesheet()).size == (160, 96)


def test_nothing_offered_is_an_error():
    previews = Previews(Size(160, 96), 24)
    with pytest.raises(ValueError, match="no frame"):
        previews.thumbnail()
    with pytest.raises(ValueError, match="no frame"):
        previews.spritesheet()
