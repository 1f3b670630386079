import hashlib
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image
from sweeps import sampled

from shadowplay import engine
from shadowplay.errors import ShadowplayError
from shadowplay.play import Play
from shadowplay.shot import FPS, SAMPLE_RATE, Shot, Size, Step

SMALL = Size(160, 96)


def shot(prompt="a fox walks through the forest at dusk", **changes):
    frames = changes.pop("seconds", 2) * FPS
    return Shot(**{"prompt": prompt, "size": SMALL, "frame_count": frames, "seed": 7, **changes})


def draw(*args, **changes):
    return engine.draw(shot(*args, **changes))


def planes(frame):
    return [
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    ]


def digest(frame):
    return hashlib.sha256(b"".join(plane.tobytes() for plane in planes(frame))).hexdigest()


def hashes(*args, **changes):
    return [digest(frame) for frame in draw(*args, **changes).frames]


def test_frames_have_the_requested_number_and_size():
    frames = list(draw(size=Size(96, 160)).frames)
    assert len(frames) == 2 * FPS
    for frame in frames:
        assert isinstance(frame, av.VideoFrame)
        assert (frame.width, frame.height, frame.format.name) == (96, 160, "yuv420p")
    assert len({digest(frame) for frame in frames}) > FPS


@pytest.mark.thorough
def test_the_clock_runs_in_seconds_at_any_rate():
    step = [Step("create", "a fox walks through the forest at dusk")]
    slow = hashes(frame_count=12, start=1.5, task="extend", script=tuple(step))
    fast = hashes(
        frame_count=24, start=1.5, task="extend", script=tuple(step), fps=Fraction(2 * FPS)
    )
    assert fast[::2] == slow
    assert len(set(fast)) > 12
    clip = draw(frame_count=30, fps=Fraction(30_000, 1001))
    assert clip.fps == Fraction(30_000, 1001)
    assert sum(block.shape[1] for block in clip.sound) == 48_048


def test_sound_is_as_long_as_the_picture():
    blocks = list(draw("a horse gallops in a storm").sound)
    assert {block.dtype for block in blocks} == {np.dtype(np.float32)}
    sound = np.concatenate(blocks, axis=1)
    assert sound.shape == (2, 2 * SAMPLE_RATE)
    assert 0.01 < np.abs(sound).max() <= 1


def test_frames_are_drawn_when_they_are_asked_for(monkeypatch):
    moments = []
    drawn = Play.draw
    monkeypatch.setattr(
        Play, "draw", lambda play, picture, t: (moments.append(t), drawn(play, picture, t))
    )
    clip = draw(seconds=20)
    next(clip.frames)
    assert moments == [0.0]


def test_same_shot_same_film():
    assert hashes(seconds=1) == hashes(seconds=1)
    assert hashes(seconds=1) != hashes(seconds=1, seed=8)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "prompt",
    sampled(
        [
            "two dogs run through a snowy meadow",
            "a sailboat on a lake in the rain, camera pushes in",
            "jellyfish underwater, handheld",
            "a storm over a city at night, autumn leaves, a bus drives by",
        ],
        every=2,
    ),
)
def test_parts_join_to_the_whole(prompt):
    whole = hashes(prompt, seconds=4)
    first = hashes(prompt, seconds=2)
    second = hashes(prompt, seconds=2, start=2.0, task="extend", script=(Step("create", prompt),))
    assert whole == first + second


@pytest.mark.thorough
def test_an_extension_eases_into_what_it_changes():
    source = "a horse runs through a meadow at dawn"
    before = draw(source, seconds=3)
    frames = [planes(frame)[0].astype(int) for frame in before.frames]
    after = draw(
        "it begins to snow at night",
        seconds=2,
        start=2.0,
        task="extend",
        script=(Step("create", source),),
    )
    carried = [planes(frame)[0].astype(int) for frame in after.frames]
    assert np.array_equal(carried[0], frames[48])
    steps = [np.abs(b - a).mean() for a, b in pairwise(carried)]
    assert max(steps[:36]) < 12
    assert np.abs(carried[-1] - frames[-1]).mean() > 8


def test_unknown_words_are_noted():
    clip = draw("a fox and a zorblax")
    assert clip.notes == ["Nothing was made of these words: zorblax."]


def test_odd_sizes_are_refused():
    with pytest.raises(ShadowplayError, match="even size"):
        draw(size=Size(161, 96))


def test_an_edit_keeps_the_scene():
    edited = Play(
        shot("make it night", task="edit", script=(Step("create", "a horse in a meadow at dawn"),))
    ).scene
    assert (edited.setting, edited.time, edited.cast[0].actor) == ("meadow", "night", "horse")


@pytest.fixture
def picture(tmp_path):
    x, y = np.meshgrid(np.linspace(0, 255, 400), np.linspace(0, 255, 400))
    path = tmp_path / "given.png"
    Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8)).save(path)
    return path


def test_the_reference_is_the_first_frame_and_then_comes_alive(picture):
    clip = draw("a dog runs by at night in the rain", reference=picture, seconds=3)
    frames = [planes(frame)[0].astype(float) for frame in clip.frames]
    given = np.asarray(
        Image.open(picture).convert("RGB").crop((0, 80, 400, 320)).resize(SMALL), float
    )
    luma = 16 + given @ [0.2126, 0.7152, 0.0722] * 219 / 255
    assert np.abs(frames[0] - luma).mean() < 2
    assert np.abs(frames[1] - frames[0]).mean() < 3
    assert np.abs(frames[-1] - frames[0]).mean() > 6


def test_the_reference_is_turned_upright(tmp_path):
    image = np.zeros((120, 200, 3), np.uint8)
    image[:, :100] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    Image.fromarray(image).save(path, exif=exif)
    clip = draw("clouds", reference=path, size=Size(96, 160))
    luma = planes(next(clip.frames))[0]
    assert luma[:60].mean() > 200 > 60 > luma[-60:].mean()


def test_a_reference_that_is_no_picture_is_refused(tmp_path):
    path = tmp_path / "given.png"
    path.write_bytes(b"not a picture")
    with pytest.raises(ShadowplayError) as caught:
        draw(reference=path)
    assert caught.value.code == "invalid_image"


def test_a_huge_reference_is_refused_by_its_header(tmp_path):
    path = tmp_path / "huge.png"
    Image.new("1", (9000, 6000)).save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ShadowplayError, match="million pixels"):
        draw(reference=path)
