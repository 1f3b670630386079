"""Pictures read back: all of them, the last of them, and what is broken."""

import av
import pytest
from films import SMALL, level, picture

from vitascope.errors import JobError
from vitascope.media.decode import frame_at, frames, last_frames


def test_every_picture_comes_once_and_in_order(drawn):
    levels = [level(frame) for frame in frames(drawn("a.mp4", seconds=3))]

    assert levels == pytest.approx([level(picture(k)) for k in range(72)], abs=1.0)


@pytest.mark.parametrize("count", [1, 5, 60])
def test_the_last_pictures(drawn, count):
    found = last_frames(drawn("a.mp4", seconds=3), count)

    expected = [level(picture(k)) for k in range(72 - count, 72)]
    assert [level(frame) for frame in found] == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize(
    ("seconds", "number"), [(0, 0), (1 / 24, 1), (1.49, 35), (1.5, 36), (2.99, 71), (9, 71)]
)
def test_the_picture_that_is_shown_at_a_time(drawn, seconds, number):
    frame = frame_at(drawn("a.mp4", seconds=3), seconds)

    assert level(frame) == pytest.approx(level(picture(number)), abs=1.0)
    assert abs(level(picture(number)) - level(picture(number + 1))) > 1.0  # it can tell


def test_a_short_film_gives_all_it_has(drawn):
    assert len(last_frames(drawn("a.mp4"), 100)) == 24


def test_the_last_picture_of_a_stream_without_an_index(tmp_path):
    with av.open(tmp_path / "a.h264", "w") as film:
        stream = film.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = *SMALL, "yuv420p"
        for number in range(15):
            film.mux(stream.encode(picture(number)))
        film.mux(stream.encode(None))

    (frame,) = last_frames(tmp_path / "a.h264", 1)
    assert level(frame) == pytest.approx(level(picture(14)), abs=1.5)


def test_broken_data_is_an_error(drawn, tmp_path):
    data = bytearray(drawn("a.mp4", seconds=2).read_bytes())
    start = data.find(b"mdat") + 2000
    data[start : start + 6000] = b"\xff" * 6000
    (tmp_path / "b.mp4").write_bytes(data)

    with pytest.raises(JobError, match="damaged") as caught:
        list(frames(tmp_path / "b.mp4"))
    assert caught.value.code == "invalid_video"
