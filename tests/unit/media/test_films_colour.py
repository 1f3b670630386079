"""Colours that films are stored in, and what is seen of them."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from vitascope.media.downscale import to_srgb
from vitascope.media.normalise import Limits, normalise
from vitascope.media.stills import stills
from vitascope.spec import Size

SIZE = Size(64, 48)


def film(path, rgb, *, primaries=1, transfer=1, matrix=1, codec="libx264", fmt="yuv444p"):
    """A film of one colour, whose R, G and B are coded by this matrix and tagged so."""
    colour = np.full((*reversed(SIZE), 3), rgb, np.uint8)
    with av.open(path, "w") as out:
        options = {"crf": "1", "qp": "0"} if codec == "libx264" else {}
        stream = out.add_stream(codec, rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, fmt
        context = stream.codec_context
        context.color_primaries, context.color_trc = primaries, transfer
        context.colorspace, context.color_range = matrix, ColorRange.MPEG
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(colour, "rgb24").reformat(
                format=fmt, dst_colorspace=matrix, dst_color_range=ColorRange.MPEG,
                interpolation=0x40000 | 0x2000 | 4,
            )  # fmt: skip
            frame.pts, frame.time_base = number, Fraction(1, 24)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def seen(path, tmp_path):
    """The colour in the middle: of the film in the output profile, and of a still of it."""
    normalise(path, tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as out:
        shown = to_srgb(next(out.decode(video=0)), SIZE)
    still = stills(path, Limits())[0].rgb
    return [tuple(map(int, picture[24, 32])) for picture in (shown, still)]


P3, WIDE = ColorPrimaries.SMPTE432, ColorPrimaries.BT2020
ST_601 = Colorspace.ITU601


@pytest.mark.parametrize(
    ("tags", "stored", "meant"),
    [
        ({}, (200, 40, 40), (200, 40, 40)),
        ({"primaries": WIDE, "transfer": 14, "matrix": 9}, (164, 69, 49), (200, 40, 40)),
        ({"primaries": 2, "transfer": 14, "matrix": 9}, (164, 69, 49), (200, 40, 40)),
        ({"primaries": P3}, (184, 56, 49), (200, 40, 40)),
        ({"primaries": P3, "transfer": ColorTrc.IEC61966_2_1}, (88, 177, 77), (40, 180, 60)),
        ({"primaries": 6, "transfer": 6, "matrix": ST_601}, (206, 26, 41), (200, 40, 40)),
        ({"primaries": 5, "transfer": 6, "matrix": ST_601}, (196, 40, 40), (200, 40, 40)),
        ({"primaries": 1, "matrix": ST_601}, (40, 180, 60), (40, 180, 60)),
        ({"transfer": ColorTrc.GAMMA28}, (128, 128, 128), (106, 106, 106)),
        ({"primaries": WIDE, "transfer": 14, "matrix": 9}, (128, 128, 128), (128, 128, 128)),
    ],
)
def test_films_of_other_colours(tmp_path, tags, stored, meant):
    path = film(tmp_path / "a.mkv", stored, **tags)

    for shown in seen(path, tmp_path):
        assert shown == pytest.approx(meant, abs=5)


@pytest.mark.parametrize("level", range(20, 240, 36))
@pytest.mark.parametrize("matrix", [Colorspace.ITU601, Colorspace.SMPTE240M, Colorspace.BT2020])
def test_grey_has_no_tint_whatever_the_matrix(tmp_path, level, matrix):
    film(tmp_path / "a.mkv", (level,) * 3, matrix=matrix, fmt="yuv420p")
    normalise(tmp_path / "a.mkv", tmp_path / "out.mp4", size=Size(96, 80))
    with av.open(tmp_path / "out.mp4") as out:
        planes = [bytes(plane)[8] for plane in next(out.decode(video=0)).planes]

    assert planes == [pytest.approx(16 + level * 219 / 255, abs=1), 128, 128]


@pytest.mark.parametrize(
    ("name", "codec", "fmt"),
    [("a.mov", "png", "rgba"), ("a.mov", "qtrle", "argb"), ("a.mkv", "ffv1", "yuva420p"),
     ("a.webm", "libvpx-vp9", "yuva420p"),
     ("a.mkv", "ffv1", "gbrap10le")],
)  # fmt: skip
@pytest.mark.parametrize(("alpha", "expected"), [(255, (0, 40, 200)), (0, (255, 255, 255)),
                                                 (51, (204, 212, 244))])  # fmt: skip
def test_transparent_films_are_shown_on_white(tmp_path, name, codec, fmt, alpha, expected):
    picture = np.full((*reversed(SIZE), 4), (0, 40, 200, alpha), np.uint8)
    with av.open(tmp_path / name, "w") as out:
        stream = out.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = *SIZE, fmt
        for number in range(2):
            frame = av.VideoFrame.from_ndarray(picture, "rgba").reformat(
                format=fmt, dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG
            )
            frame.pts, frame.time_base = number, Fraction(1, 24)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))

    for shown in seen(tmp_path / name, tmp_path):
        assert shown == pytest.approx(expected, abs=5)
