"""Uploads keep their frame rate: a bar shows the number of every frame, before and after."""

import shutil
from fractions import Fraction

import av
import msgspec
import numpy as np
import pytest
from job_fixtures import a_spec, decoded
from sweeps import sampled
from video_fixtures import packets

from vitascope.engines.shadowplay import Shadowplay
from vitascope.jobs.make import make
from vitascope.jobs.order import FILES, Order, input_name
from vitascope.spec import Asset, FrameRate, Input, Size, samples_in

COUNT, STEP, HEIGHT = 30, 8, 64
WIDTH = COUNT * STEP + 16
RATES = [Fraction(24_000, 1001), Fraction(25), Fraction(30_000, 1001), Fraction(30), Fraction(60)]


class Log:
    def __init__(self):
        self.notes = []

    def phase(self, name, done, total):
        pass

    def note(self, message):
        self.notes.append(message)

    def preview(self, jpeg):
        pass


def marked(path, rate):
    """A film in which a white bar stands at `STEP` pixels for each frame before."""
    with av.open(path, "w") as film:
        stream = film.add_stream("libx264", rate=rate, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(COUNT):
            planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            planes[:HEIGHT] = 16
            planes[:HEIGHT, number * STEP : number * STEP + 16] = 235
            film.mux(stream.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        film.mux(stream.encode(None))


def rendered(folder, task, rate, prompt):
    folder.mkdir()
    marked(folder / "film.mp4", rate)
    (folder / "film.mp4").rename(folder / input_name(0, "uploaded_video"))
    stored = Input("uploaded_video", Asset("", 0, "", ""))
    log = Log()
    spec = a_spec(task=task, prompt=prompt, seconds=1, inputs=(stored,), history=None)
    return make(decoded(spec, folder, log), Shadowplay(), log), log.notes


def carried_on(folder, before, rate):
    """Extend a film that this server rendered, at whatever rate it has, by four seconds."""
    folder.mkdir()
    roles = {"source_video": "video", "source_thumbnail": "thumbnail"}
    roles["source_spritesheet"] = "spritesheet"
    for number, (role, variant) in enumerate(roles.items()):
        shutil.copy(before / FILES[variant], folder / input_name(number, role))
    inputs = tuple(Input(role, Asset("", 0, "", "")) for role in roles)
    fps = FrameRate.of(rate)
    with av.open(before / FILES["video"]) as film:
        start = film.streams.video[0].frames
    spec = a_spec(task="extend", prompt="it snows", inputs=inputs, history=None, fps=fps)
    spec = msgspec.structs.replace(spec, start=start, frames=start + fps.frames_in(4))
    return make(Order(spec, str(folder)), Shadowplay(), Log())


def looked_at(film):
    """The number that the bar shows in each frame, their times, and the samples of the sound."""
    with av.open(film) as opened:
        frames = list(opened.decode(video=0))
        sound = opened.streams.audio[0]
        samples = sound.duration * sound.time_base * 48_000
    lights = [frame.to_ndarray()[:HEIGHT].astype(float) for frame in frames]
    columns = [np.flatnonzero(light.mean(axis=0) > 125) for light in lights]
    bars = [(float(each.mean()) - 7.5) / STEP if each.size else -1.0 for each in columns]
    return bars, [frame.pts * frame.time_base for frame in frames], samples


@pytest.mark.thorough
@pytest.mark.parametrize("rate", sampled(RATES, every=3), ids=str)
def test_an_edit_shows_every_frame_once_at_the_uploads_rate(tmp_path, rate):
    done, notes = rendered(tmp_path / "edit", "edit", rate, "make it black and white")
    bars, times, samples = looked_at(tmp_path / "edit" / "video.mp4")

    assert (done.fps, done.frames) == (FrameRate.of(rate), COUNT)
    assert bars == pytest.approx(range(COUNT), abs=0.3)
    assert times == [number / rate for number in range(COUNT)]
    assert samples == samples_in(COUNT, rate)
    assert not any("frames a second" in note for note in notes)


@pytest.mark.thorough
@pytest.mark.parametrize("rate", sampled(RATES, every=3), ids=str)
def test_an_extension_goes_on_at_the_uploads_rate(tmp_path, rate):
    done, _ = rendered(tmp_path / "more", "extend", rate, "a fox in the snow")
    bars, times, samples = looked_at(tmp_path / "more" / "video.mp4")
    total = COUNT + round(rate)

    assert (done.fps, done.frames) == (FrameRate.of(rate), total)
    assert bars[:COUNT] == pytest.approx(range(COUNT), abs=0.3)
    assert times == [number / rate for number in range(total)]
    assert samples == samples_in(total, rate)


@pytest.mark.thorough
@pytest.mark.parametrize("rate", [Fraction(16), Fraction(30_000, 1001)], ids=str)
def test_a_later_extension_keeps_the_rate_and_copies_the_packets(tmp_path, rate):
    """16 frames a second is a model's own rate, which no upload has."""
    first = tmp_path / "first"
    first.mkdir()
    spec = a_spec(size=Size(96, 64), fps=FrameRate.of(rate), seconds=1)
    made = make(Order(spec, str(first)), Shadowplay(), Log())
    done = carried_on(tmp_path / "second", first, rate)
    total = made.frames + round(4 * rate)

    assert (done.fps, done.frames) == (FrameRate.of(rate), total)
    _, times, samples = looked_at(tmp_path / "second" / "video.mp4")
    assert times == [number / rate for number in range(total)]
    assert samples == samples_in(total, rate)
    old = packets((first / "video.mp4").read_bytes())
    new = packets((tmp_path / "second" / "video.mp4").read_bytes())
    assert new[: len(old)] == old
