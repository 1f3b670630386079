"""What headers say, and what is no film."""

import av
import numpy as np
import pytest
from films import SMALL, heard

from vitascope.errors import JobError
from vitascope.media.normalise import normalise
from vitascope.media.probe import probe


def test_a_film_in_the_output_profile(drawn):
    facts = probe(drawn("a.mp4", seconds=2))

    assert facts.size == SMALL
    assert (facts.frames, facts.fps, facts.seconds) == (48, 24, 2)
    assert facts.has_sound


def test_a_soundtrack_of_an_unknown_kind_is_none(drawn, tmp_path):
    path = drawn("a.mp4")
    data = bytearray(path.read_bytes())
    data[data.index(b"\x40\x15", data.index(b"esds"))] = 0xC0  # no kind of sound that is known
    path.write_bytes(data.replace(b"mp4a", b"xxxx"))

    assert not probe(path).has_sound
    normalise(path, tmp_path / "out.mp4")
    assert not heard(tmp_path / "out.mp4").any()


def make_text(path):
    path.write_text("this is no film at all\n" * 50)


def make_empty(path):
    path.write_bytes(b"")


def make_sound_only(path):
    with av.open(path, "w", format="mp4") as film:
        stream = film.add_stream("aac", rate=48_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.zeros((2, 1024), np.float32), format="fltp", layout="stereo"
        )
        frame.sample_rate = 48_000
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


@pytest.mark.parametrize("make", [make_text, make_empty, make_sound_only])
def test_what_is_no_film_is_refused(tmp_path, make):
    make(tmp_path / "a.mp4")
    with pytest.raises(JobError, match="can't be used") as caught:
        probe(tmp_path / "a.mp4")

    assert caught.value.code == "invalid_video"
