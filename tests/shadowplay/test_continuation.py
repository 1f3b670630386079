"""An extension of a film from outside: what moved goes on moving, what stood still stands still."""

import itertools

import av
import cv2
import numpy as np
import pytest
from retouchfilms import silent

from shadowplay import colour, write
from shadowplay.engine import draw
from shadowplay.files import frames, last_frames
from shadowplay.picture.canvas import picture_of
from shadowplay.shot import SAMPLE_RATE, Clip, Shot, Size

SIZE = Size(320, 180)
COUNT = 40
AFTER = 36
"""Frames of the given film and of what comes after it."""


def texture():
    rng = np.random.default_rng(1)
    layers = [
        cv2.resize(rng.standard_normal((rows, rows * 2, 3)).astype(np.float32), (560, 280),
                   interpolation=cv2.INTER_CUBIC) * strength
        for rows, strength in ((6, 30), (24, 20), (80, 10))
    ]  # fmt: skip
    return np.clip(sum(layers) + 115, 30, 200).astype(np.float32)


TEXTURE = texture()


def marker(k):
    """A white disc that goes two pixels to the right with each frame, before a still texture."""
    image = TEXTURE[60:240, 40:360].copy()
    cv2.circle(image, (round((60 + 2 * k) * 16), 100 * 16), 15 * 16, (255,) * 3, -1, cv2.LINE_AA, 4)
    return image


def waves(k):
    """Water below a still texture; its waves come back after some 24 frames, or nearly so."""
    image = TEXTURE[60:240, 40:360].copy()
    y, x = np.mgrid[0:90, 0:320].astype(np.float32)
    t = k / 24 * 2 * np.pi
    high = np.sin(x * 0.09 + y * 0.2 + t) + 0.6 * np.sin(x * -0.05 + y * 0.31 + 1.1 * t)
    image[90:] = np.float32([60, 100, 130]) + 26 * high[..., None]
    return image


def pan(k):
    """A camera that goes to the right."""
    way = np.asarray([[1, 0, -60 - 1.5 * k], [0, 1, -60]], np.float32)
    return cv2.warpAffine(TEXTURE, way, SIZE)


def still(k):
    return TEXTURE[60:240, 40:360]


def film(path, image):
    def pictures():
        for k in range(COUNT):
            frame = av.VideoFrame(*SIZE, "yuv420p")
            y, u, v = colour.planes(image(k))
            for target, plane in zip(picture_of(frame), (y, u[::2, ::2], v[::2, ::2]), strict=True):
                target[:] = np.rint(plane)
            yield frame

    sound = np.zeros((2, COUNT * SAMPLE_RATE // 24), np.float32)
    write(Clip(pictures(), iter([sound]), COUNT), path)
    return path


@pytest.fixture(scope="module")
def lumas(tmp_path_factory):
    """The luma of a made film and of its extension, by the film's name: (n, h, w)."""
    folder = tmp_path_factory.mktemp("continued")
    found = {}
    for image in (marker, waves, pan, still):
        path = film(folder / f"{image.__name__}.mp4", image)
        shot = Shot(prompt="", size=SIZE, frame_count=AFTER, seed=1, task="extend", source=path)
        given = [picture_of(frame).y.copy() for frame in frames(path)]
        after = [picture_of(frame).y.copy() for frame in draw(shot, silent).frames]
        found[image.__name__] = np.stack([*given, *after]).astype(np.int16)
    return found


def steps(luma):
    """How much each frame differs from the one before it."""
    return np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))


def test_a_thing_goes_on_at_its_speed_over_the_join(lumas):
    places = [np.argwhere(frame > 220).mean(axis=0) for frame in lumas["marker"]]
    wanted = np.asarray([(100, 60 + 2 * k) for k in range(COUNT + AFTER)])
    assert np.abs(np.asarray(places) - wanted).max() < 1.5
    across = np.diff(np.asarray(places)[:, 1])
    assert np.abs(across - 2).max() < 0.75


def test_a_thing_leaves_no_ghost_and_what_stands_still_stands_still(lumas):
    last, after = lumas["marker"][COUNT - 1], lumas["marker"][COUNT:]
    away = np.s_[130:, :]
    assert np.abs(after[:, *away] - last[away]).max() <= 3
    # Where the disc was at the end of the given film, the texture is seen again.
    seen = after[-1][86:115, 124:153] - lumas["still"][COUNT - 1][86:115, 124:153]
    assert np.abs(seen).mean() < 4


def test_water_goes_on_moving(lumas):
    water = steps(lumas["waves"][:, 96:])
    given, after = water[COUNT - 16 : COUNT - 1], water[COUNT - 1 :]
    assert 0.3 * given.mean() < after.min()
    assert after.max() < 1.8 * given.mean()
    shore = lumas["waves"][:, :80]
    assert np.abs(shore[COUNT:] - shore[COUNT - 1]).max() <= 3


def test_a_camera_goes_on_and_comes_to_rest(lumas):
    seen = lumas["pan"].astype(np.float32)
    middle = np.s_[40:140, 60:260]
    ways = [
        cv2.phaseCorrelate(one[middle].copy(), other[middle].copy())[0][0]
        for one, other in itertools.pairwise(seen)
    ]
    own = np.mean(ways[: COUNT - 1])
    assert own < -1
    assert 0.7 < np.mean(ways[COUNT - 1 : COUNT + 2]) / own < 1.2
    assert 0 < np.mean(ways[-3:]) / own < 0.5


def test_a_still_film_stays_as_it_is(lumas):
    assert np.abs(lumas["still"][COUNT:] - lumas["still"][COUNT - 1]).max() == 0


def test_the_end_of_a_film_is_found(tmp_path):
    path = film(tmp_path / "marker.mp4", marker)
    own = [picture_of(frame).y.copy() for frame in frames(path)]
    last = [picture_of(frame).y.copy() for frame in last_frames(path, 9)]
    assert len(last) == 9
    assert all(map(np.array_equal, last, own[-9:]))
    assert len(last_frames(path, 1)) == 1
    assert len(last_frames(path, 900)) == COUNT
