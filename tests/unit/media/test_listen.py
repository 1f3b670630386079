"""Sounds from outside, as WAV of 48 kHz stereo."""

import av
import numpy as np
import pytest

from vitascope.errors import JobError
from vitascope.media.listen import write_sound


def chirp(rate, seconds, channels):
    t = np.arange(int(rate * seconds)) / rate
    one = 0.5 * np.sin(2 * np.pi * (200 + 300 * t) * t)
    return np.stack([one * (0.8**k) for k in range(channels)]).astype(np.float32)


def encoded(path, codec, *, rate=44_100, seconds=1.5, layout="stereo", fmt="fltp"):
    """A sound file, and the samples that went in."""
    channels = 1 if layout == "mono" else 2
    samples = chirp(rate, seconds, channels)
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate, layout=layout)
        resampler = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(samples, "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return samples


def heard(path):
    with av.open(str(path)) as file:
        (stream,) = file.streams
        assert (stream.rate, stream.channels, stream.format.name) == (48_000, 2, "flt")
        parts = [frame.to_ndarray().reshape(-1, 2).T for frame in file.decode(stream)]
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("a.wav", "pcm_s16le", 48_000, "stereo"),
        ("a.wav", "pcm_s16le", 44_100, "mono"),
        ("a.mp3", "libmp3lame", 44_100, "stereo"),
        ("a.m4a", "aac", 48_000, "mono"),
        ("a.flac", "flac", 22_050, "stereo"),
        ("a.ogg", "libopus", 48_000, "stereo"),
    ],
)
def test_each_kind_keeps_its_time(tmp_path, name, codec, rate, layout):
    samples = encoded(tmp_path / name, codec, rate=rate, layout=layout)
    notes = []
    write_sound(tmp_path / name, tmp_path / "out.wav", note=notes.append)
    found = heard(tmp_path / "out.wav")
    assert abs(found.shape[1] - 72_000) <= 2_400
    t = np.arange(60_000) / 48_000
    given = 0.5 * np.sin(2 * np.pi * (200 + 300 * t) * t)
    channel = found[0, : t.size]
    part = slice(2000, -2000)
    fit = {k: np.dot(np.roll(channel, -k)[part], given[part]) for k in range(-60, 61)}
    assert abs(max(fit, key=fit.get)) <= 1, "priming is heard, or sound is missing"
    assert samples.shape[0] in (1, 2)
    assert notes == []


def test_exact_samples_stay_exact(tmp_path):
    encoded(tmp_path / "a.wav", "pcm_f32le", rate=48_000)
    write_sound(tmp_path / "a.wav", tmp_path / "out.wav", note=print)
    assert np.array_equal(heard(tmp_path / "out.wav"), chirp(48_000, 1.5, 2))


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF\x24\0\0\0WAVEjunk")
    with pytest.raises(JobError) as caught:
        write_sound(tmp_path / "a.wav", tmp_path / "out.wav", note=print)
    assert caught.value.code == "invalid_audio"


def test_sound_that_breaks_off_is_used_so_far(tmp_path):
    encoded(tmp_path / "a.flac", "flac", rate=48_000)
    data = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(data[: len(data) // 2] + bytes(400))
    write_sound(tmp_path / "a.flac", tmp_path / "out.wav", note=print)
    assert 20_000 < heard(tmp_path / "out.wav").shape[1] < 72_000
