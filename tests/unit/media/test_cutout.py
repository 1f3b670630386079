"""Cutting subjects out of clips whose subject is known to the pixel."""

import cv2
import numpy as np
import pytest
from cutoutfilms import figure, texture, write

from vitascope.errors import JobError
from vitascope.media.cutout import EDGE, cut_out
from vitascope.media.matte import mattes_of
from vitascope.media.normalise import Limits
from vitascope.media.stills import Still
from vitascope.spec import FilmPoint

WIDE, TALL = (320, 192), (192, 320)


def moving(size=WIDE, frames=36):
    """Somebody crosses before a wall; the camera stands still. How to draw it."""
    wall = texture(*size)

    def draw(number):
        image = wall.copy()
        figure(image, size[0] * (0.2 + 0.6 * number / frames), size[1] * 0.55, size[1] * 0.6)
        return image

    return draw


def standing(size=WIDE):
    """Somebody stands in the middle, before a plain wall with a little noise."""

    def draw(number):
        image = np.full((size[1], size[0], 3), (205, 200, 188), np.float32)
        image += np.random.default_rng(number).normal(0, 2, image.shape)
        image = image.clip(0, 255).astype(np.uint8)
        figure(image, size[0] / 2, size[1] * 0.55, size[1] * 0.7)
        return image

    return draw


def rgba(path):
    picture = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
    assert picture.shape[2] == 4
    return picture


def likeness(path, tall):
    """How well a cut-out's alpha fits the figure's own mask, both cropped: their IoU."""
    alpha = rgba(path)[..., 3] > 127
    canvas = np.zeros((int(tall * 2), int(tall * 2), 3), np.uint8)
    mask = figure(canvas, tall, tall, tall)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    best = 0.0
    # The crop may be off by a pixel or a few on each side.
    for down in range(-6, 7):
        for across in range(-6, 7):
            size = max(mask.shape[0], alpha.shape[0]) + 14, max(mask.shape[1], alpha.shape[1]) + 14
            one, other = np.zeros(size, bool), np.zeros(size, bool)
            one[7 : 7 + mask.shape[0], 7 : 7 + mask.shape[1]] = mask
            top, left = 7 + down, 7 + across
            other[top : top + alpha.shape[0], left : left + alpha.shape[1]] = alpha
            best = max(best, float((one & other).sum() / (one | other).sum()))
    return best


@pytest.fixture(scope="module")
def walker(tmp_path_factory):
    """The film of somebody who moves, and what was cut out of it."""
    folder = tmp_path_factory.mktemp("walker")
    film = write(folder / "a.mp4", moving(frames=24), 24)
    return film, cut_out(film, folder / "out")


@pytest.fixture(scope="module")
def guard(tmp_path_factory):
    """What was cut out of the film of somebody who stands still."""
    folder = tmp_path_factory.mktemp("guard")
    return cut_out(write(folder / "a.mp4", standing(), 12), folder / "out")


def test_somebody_who_moves_before_a_wall(walker):
    _, done = walker
    assert done.confident
    assert [file.name for file in done.files] == ["subject.png", "subject-1.png", "subject-2.png"]
    for file in done.files:
        assert likeness(file, WIDE[1] * 0.6) >= 0.8


def test_somebody_who_stands_still_before_a_plain_wall(guard):
    assert guard.confident
    assert likeness(guard.files[0], WIDE[1] * 0.7) >= 0.8


def evening(number):
    """Somebody in the dark walks on a beach, and the sun is low."""
    down = np.linspace(70, 190, 192)[:, None, None] * np.ones((1, 320, 3))
    image = (down * (0.9, 0.75, 0.6)).astype(np.uint8)
    cv2.circle(image, (70, 90), 24, (255, 236, 170), -1, cv2.LINE_AA)
    image[150:] = (52, 44, 40)
    across = 170 + number
    cv2.ellipse(image, (across, 120), (11, 26), 0, 0, 360, (18, 20, 30), -1, cv2.LINE_AA)
    cv2.circle(image, (across, 86), 10, (18, 20, 30), -1, cv2.LINE_AA)
    return image


def test_a_point_on_plain_ground_gives_what_is_there():
    across = np.linspace(0, 255, 320).astype(np.uint8)
    plain = np.full((180, 320, 3), 120, np.uint8)
    for rgb in (plain, np.broadcast_to(across[None, :, None], plain.shape).copy()):
        for x, y in ((0.5, 0.5), (0.1, 0.1), (0.99, 0.99)):
            (matte,) = mattes_of([Still(rgb, 0.0)], 1, FilmPoint(x, y, 0.0))
            assert matte.alpha.max() == 255


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("point", "light"),
    [(None, False), (FilmPoint(70 / 320, 0.5, 0.5), True), (FilmPoint(0.57, 0.6), False)],
)
def test_a_figure_is_preferred_to_the_sun_unless_a_point_says_otherwise(tmp_path, point, light):
    film = write(tmp_path / "a.mp4", evening, 12)
    done = cut_out(film, tmp_path / "out", point=point)
    assert done.confident
    picture = rgba(done.files[0])
    inside = picture[picture[..., 3] > 200][:, :3].mean()
    assert bool(inside > 150) is light, inside


@pytest.mark.thorough
def test_a_camera_that_pans_along(tmp_path):
    wall = texture(520, 192, seed=4)

    def draw(number):
        image = wall[:, number * 4 : number * 4 + 320].copy()
        figure(image, 110 + number * 2.6, 105, 120)
        return image

    done = cut_out(write(tmp_path / "a.mp4", draw, 24), tmp_path / "out")
    assert done.confident
    assert likeness(done.files[0], 120) >= 0.75


@pytest.mark.thorough
def test_portrait(tmp_path):
    done = cut_out(write(tmp_path / "a.mp4", moving(TALL, 24), 24), tmp_path / "out")
    assert done.confident
    assert done.size.height > done.size.width


@pytest.mark.thorough
def test_pictures_lying_on_their_side_are_set_upright(tmp_path):
    """The camera was held upright and wrote its pictures lying."""
    upright = standing(TALL)

    def draw(number):
        return np.ascontiguousarray(np.rot90(upright(number)))

    film = write(tmp_path / "a.mp4", draw, 12, rotation=90)
    done = cut_out(film, tmp_path / "out")
    assert done.confident
    assert done.size.height > 1.3 * done.size.width
    picture = rgba(done.files[0])
    hat = picture[: done.size.height // 6][picture[: done.size.height // 6, :, 3] > 200]
    assert hat[:, 0].mean() > hat[:, 2].mean() + 60  # yellow, at the top


def slope(number):
    """A sky and nothing in it."""
    down = np.linspace(90, 200, 192)[:, None, None]
    return np.broadcast_to(down, (192, 320, 3)).astype(np.uint8)


def snow_on_screen(number):
    return np.random.default_rng(number).integers(0, 255, (192, 320, 3)).astype(np.uint8)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "draw",
    [
        slope,
        lambda number: texture(320, 192),
        pytest.param(snow_on_screen, marks=pytest.mark.nightly),
    ],
)
def test_no_subject_gives_the_whole_picture(tmp_path, draw):
    done = cut_out(write(tmp_path / "a.mp4", draw, 12), tmp_path / "out")
    assert not done.confident
    assert len(done.files) == 1
    alpha = rgba(done.files[0])[..., 3]
    assert (alpha == 255).all()
    assert done.size == (320, 192)
    assert 3 <= len(done.palette) <= 5


def test_the_palette_is_the_subjects(guard):
    colours = [tuple(int(code[k : k + 2], 16) for k in (1, 3, 5)) for code in guard.palette]
    assert 3 <= len(colours) <= 5
    for own in ((30, 60, 190), (70, 30, 60)):
        assert min(np.linalg.norm(np.subtract(own, colour)) for colour in colours) < 40
    assert min(np.linalg.norm(np.subtract((205, 200, 188), colour)) for colour in colours) > 40


def test_edges_are_smooth_and_the_crop_is_tight(guard):
    alpha = rgba(guard.files[0])[..., 3]
    between = ((alpha > 20) & (alpha < 235)).mean()
    assert 0.01 < between < 0.3
    for side in (alpha[:2], alpha[-2:], alpha[:, :2], alpha[:, -2:]):
        assert side.max() > 8


@pytest.mark.thorough
def test_large_pictures_are_made_smaller(tmp_path):
    film = write(tmp_path / "a.mp4", standing((1280, 1440)), 3)
    done = cut_out(film, tmp_path / "out")
    assert max(done.size) <= EDGE
    assert rgba(done.files[0]).shape[:2] == (done.size.height, done.size.width)


@pytest.mark.thorough
def test_the_same_clip_gives_the_same_pictures(walker, tmp_path):
    film, one = walker
    two = cut_out(film, tmp_path / "two")
    assert one.palette == two.palette
    assert [f.read_bytes() for f in one.files] == [f.read_bytes() for f in two.files]


@pytest.mark.thorough
@pytest.mark.parametrize(("frames", "fps"), [(1, 24), (2, 24), (5, 1)])
def test_very_short_and_very_slow_clips(tmp_path, frames, fps):
    film = write(tmp_path / "a.mp4", standing(), frames, fps=fps)
    assert cut_out(film, tmp_path / "out").confident


@pytest.mark.thorough
def test_other_kinds_of_files(tmp_path):
    film = write(tmp_path / "a.mkv", standing(), 6, codec="mpeg4")
    assert cut_out(film, tmp_path / "out").confident


def test_no_film(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_text("It was a dark and stormy night.")
    with pytest.raises(JobError) as raised:
        cut_out(path, tmp_path / "out")
    assert raised.value.code == "invalid_video"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "limits", [Limits(pixels=320 * 191), Limits(seconds=0), Limits(smallest=200)]
)
def test_limits(tmp_path, limits):
    film = write(tmp_path / "a.mp4", standing(), 6)
    with pytest.raises(JobError) as raised:
        cut_out(film, tmp_path / "out", limits=limits)
    assert raised.value.code == "invalid_video"


@pytest.mark.thorough
def test_a_trunk_that_passes_by_is_no_subject(tmp_path):
    wall = texture(*WIDE)

    def draw(number, width):
        image = wall.copy()
        left = 40 + number * 6
        image[16:180, left : left + width] = (60, 40, 30)
        return image

    trunk = write(tmp_path / "trunk.mp4", lambda number: draw(number, 14), 36)
    block = write(tmp_path / "block.mp4", lambda number: draw(number, 80), 36)
    assert not cut_out(trunk, tmp_path / "trunk").confident
    assert cut_out(block, tmp_path / "block").confident
