"""Only decoders of the list read files from outside."""

import av
import numpy as np
import pytest
import video_fixtures

from vitascope.errors import JobError
from vitascope.media.probe import DECODERS, open_film, probe
from vitascope.media.sound import samples


def test_every_decoder_of_the_list_exists():
    assert av.codecs_available >= DECODERS


def test_pictures_of_another_codec_are_refused_by_its_name(tmp_path):
    film = video_fixtures.ffmpeg(tmp_path / "a.avi", "testsrc=s=64x64:r=24:d=1", "-c:v", "zmbv")
    assert "zmbv" in av.codecs_available
    with pytest.raises(JobError, match="its pictures are coded as zmbv") as refused:
        probe(film)
    assert refused.value.code == "invalid_video"


def test_sound_of_another_codec_is_silence_with_a_note(tmp_path):
    film = video_fixtures.ffmpeg(
        tmp_path / "a.mkv",
        *("testsrc=s=64x64:r=24:d=1", "sine=440:d=1", "-c:v", "libx264", "-c:a", "tta"),
    )
    notes = []
    sound = np.concatenate(list(samples(film, 48_000, note=notes.append)), axis=1)
    assert not sound.any()
    assert notes == ["The sound can't be decoded; the video is silent."]


def test_a_film_of_the_list_is_opened(tmp_path):
    film = video_fixtures.ffmpeg(tmp_path / "a.mov", "testsrc=s=64x64:r=24:d=1", "-c:v", "prores")
    with open_film(film) as opened:
        assert opened.streams.video[0].codec_context.name == "prores"
