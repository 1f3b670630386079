import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from sweeps import sampled

from shadowplay.art import puppets
from shadowplay.engine import draw
from shadowplay.errors import ShadowplayError
from shadowplay.names import words_of
from shadowplay.picture.layers import Picture
from shadowplay.play import Play
from shadowplay.shot import FPS, Character, Shot, Size, Step
from shadowplay.words.reading import read

TALL, WIDE = Size(180, 320), Size(320, 180)
RED, GREEN = (230, 30, 40), (40, 210, 60)


def cutout(path, colour, size=(120, 200)):
    """A figure of one loud colour: a round head on a body, its nose to the right."""
    image = Image.new("RGBA", size)
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.ellipse([width * 0.2, 0, width * 0.8, height * 0.4], fill=colour)
    draw.polygon(
        [(width * 0.75, height * 0.15), (width - 1, height * 0.2), (width * 0.75, height * 0.25)],
        fill=colour,
    )
    draw.rectangle([width * 0.1, height * 0.35, width * 0.85, height - 1], fill=colour)
    image.save(path)
    return path


@pytest.fixture(scope="module")
def cast(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cast")
    return (
        Character("Mossy", cutout(folder / "mossy.png", GREEN)),
        Character("Anna", cutout(folder / "anna.png", RED)),
    )


def shot(prompt, characters, size=TALL, **changes):
    given = {"frame_count": changes.pop("seconds", 4) * FPS, "seed": 7} | changes
    return Shot(prompt=prompt, size=size, characters=tuple(characters), **given)


def frame(play, t, size=TALL):
    picture = Picture.blank(*size)
    play.draw(picture, t)
    return picture


def where(picture, colour):
    """Pixels of chroma that have about the hue of a colour: rows and columns."""
    pixel = np.asarray(colour, np.float32)
    light = pixel @ [0.2126, 0.7152, 0.0722]
    want = np.asarray([(pixel[2] - light) / 1.8556, (pixel[0] - light) / 1.5748])
    got = np.stack([picture.u, picture.v], -1).astype(np.float32) - 128
    strength = np.linalg.norm(got, axis=-1)
    like = (got @ want) / (np.linalg.norm(want) * np.maximum(strength, 1))
    return np.argwhere((like > 0.93) & (strength > 22))


def middle(picture, colour):
    spots = where(picture, colour)
    assert len(spots) > 100
    return np.median(spots, axis=0) * 2


@pytest.mark.parametrize("size", sampled([TALL, WIDE], every=2))
@pytest.mark.parametrize(
    "prompt",
    [
        "Mossy walks along a beach at dawn",
        "Mossy runs through a city at night",
        "Mossy flies over the mountains",
        "Mossy swims in a lake",
        "Mossy swims underwater",
        "Mossy sits in a garden at dusk",
        "Mossy sails on the sea in a storm",
        "Mossy drives down the road",
        "Mossy in space",
    ],
)
def test_is_seen_large_and_in_its_own_colours(cast, prompt, size):
    play = Play(shot(prompt, cast[:1], size))
    for t in (0.0, 1.3, 3.7):
        rows, columns = middle(frame(play, t, size), GREEN)
        assert 0.08 * size.width < columns < 0.92 * size.width
        assert 0.1 * size.height < rows < 0.9 * size.height
    (figure,) = play._parts[0][1].blocking.figures
    assert figure.scale >= 0.25 * size.height


@pytest.mark.parametrize("size", [TALL, WIDE])
def test_is_half_the_frame_in_a_close_up(cast, size):
    play = Play(shot("close-up of Mossy in a garden", cast[:1], size))
    assert play._parts[0][1].blocking.figures[0].scale >= 0.5 * size.height


@pytest.mark.parametrize("size", [TALL, WIDE])
@pytest.mark.parametrize("action", sampled(["dance", "walk", "jump", "sit", "fly"], every=2))
def test_two_are_both_seen_side_by_side(cast, action, size):
    play = Play(shot(f"Mossy and Anna {action} in a meadow by day", cast, size))
    for t in (0.0, 2.1):
        picture = frame(play, t, size)
        apart = middle(picture, GREEN) - middle(picture, RED)
        assert abs(apart[1]) > 0.12 * size.width


@pytest.mark.parametrize("action", puppets.Puppet.actions)
def test_moves_without_a_jolt(cast, action):
    puppet = puppets.troupe_of(cast)["character-1"]
    times = np.arange(0, 6, 1 / 96)
    poses = np.stack([np.concatenate([s.points for s in puppet.pose(action, t)]) for t in times])
    steps = np.abs(np.diff(poses, axis=0)).max(axis=(1, 2))
    assert 0 < steps.max() < 0.09
    assert poses[..., 1].min() > (-0.7 if action in ("fly", "swim", "sail") else -0.06)
    assert np.array_equal(puppet.pose(action, 1.7)[0].points, puppet.pose(action, 1.7)[0].points)


@pytest.mark.parametrize("action", ["walk", "run", "jump"])
def test_rests_on_the_ground_while_it_touches_it(cast, action):
    puppet = puppets.troupe_of(cast)["character-0"]
    foot = np.asarray([puppet.foot, 0.0])
    ways, highs = [], []
    for t in np.arange(0, 4, 1 / 96):
        held = puppet.stance(action, t)
        across, up = held.turn @ foot + held.shift
        ways.append(across + puppet.speed(action) * t)
        highs.append(up)
    low = np.asarray(highs)[:-1] < 0.02
    assert 0.1 < low.mean() < 0.8
    moved = np.abs(np.diff(ways))[low]
    assert np.median(moved) < 0.1 * puppet.speed(action) / 96


def test_a_walk_takes_it_through_the_world(cast):
    play = Play(shot("Mossy walks along a beach, static camera", cast[:1]))
    film = play._parts[0][1]
    first, last = (middle(frame(play, t), GREEN) for t in (0.0, 1.04))
    figure = film.blocking.figures[0]
    pace = figure.actor.speed("walk") * figure.scale
    assert last[1] - first[1] == pytest.approx(1.04 * pace, rel=0.25)


def test_looks_to_the_left_when_it_goes_there(cast):
    def nose(prompt):
        spots = where(frame(Play(shot(prompt, cast[:1])), 0.0), GREEN) * 2
        columns = spots[:, 1]
        return (columns.max() + columns.min()) / 2 - np.median(columns)

    assert nose("Mossy walks to the right by day") * nose("Mossy walks to the left by day") < 0


def test_is_darker_at_night_but_still_itself(cast):
    levels = []
    for hour in ("day", "night"):
        picture = frame(Play(shot(f"Mossy stands in a meadow, {hour}", cast[:1])), 0.5)
        rows, columns = (middle(picture, GREEN)).astype(int)
        levels.append(int(picture.y[rows, columns]))
    assert levels[1] < 0.8 * levels[0]


def test_two_parts_equal_the_whole_film(cast):
    def film(**changes):
        wanted = shot("Mossy and Anna dance under the moon", cast, **changes)
        frames = draw(wanted).frames
        return [one.to_ndarray(format="yuv420p") for one in frames]

    whole = film(seconds=4)
    # Half of an own film, as an extension's second half would have it.
    assert all(map(np.array_equal, film(seconds=2) + film(seconds=2, start=2.0), whole))
    assert all(map(np.array_equal, film(seconds=4), whole))


def test_an_edit_of_the_hour_keeps_the_character(cast):
    script = (Step("create", "Mossy walks in a meadow by day"),)
    play = Play(shot("make it night", cast[:1], script=script, task="edit"))
    assert play.scene.time == "night"
    assert [role.actor for role in play.scene.cast] == ["character-0"]
    middle(frame(play, 1.0), GREEN)


def test_one_can_join_and_one_can_take_a_place(cast):
    script = (Step("create", "Mossy walks in a meadow"),)
    joined = Play(shot("Anna joins Mossy", cast, script=script, task="edit"))
    assert {role.actor for role in joined.scene.cast} == {"character-0", "character-1"}
    script = (Step("create", "A horse runs in a meadow"),)
    replaced = Play(shot("change the horse to Anna", cast[1:], script=script, task="edit"))
    assert [role.actor for role in replaced.scene.cast] == ["character-0"]


def test_comes_in_before_a_reference(cast, tmp_path):
    path = tmp_path / "still.png"
    Image.new("RGB", (180, 320), (120, 120, 120)).save(path)
    play = Play(shot("Mossy dances", cast[:1], reference=path))
    assert len(where(frame(play, 0.0), GREEN)) == 0
    middle(frame(play, 3.0), GREEN)


def test_is_mirrored_in_the_water(cast):
    picture = frame(Play(shot("Mossy swims in a lake by day", cast[:1])), 0.4)
    figure = Play(shot("Mossy swims in a lake by day", cast[:1]))._parts[0][1].blocking.figures[0]
    below = where(picture, GREEN)[:, 0] * 2 > figure.row + 4
    assert below.sum() > 60


@pytest.mark.parametrize(
    ("prompt", "names", "found"),
    [
        ("Mossy walks", ["Mossy"], ["character-0"]),
        ("the adventures of MOSSY", ["mossy"], ["character-0"]),
        ("Mossy's garden", ["Mossy"], ["character-0"]),
        ("Mr Fox and Fox", ["Fox", "Mr Fox"], ["character-1", "character-0"]),
        ("Blue  Jay in the sky", ["Blue Jay"], ["character-0"]),
        ("Mossyland", ["Mossy"], []),
        ("R2-D2 dances", ["R2-D2"], ["character-0"]),
        ("小红在海边", ["小红"], ["character-0"]),
        ("a man (what a man)", ["(what"], ["character-0"]),
        ("nobody", ["  "], []),
    ],
)
def test_names_are_found(prompt, names, found):
    assert [word.actor for word in words_of(prompt, names) if word.actor] == found


def test_a_name_is_a_subject_like_any_other():
    reading = read("Blue Jay and Dawn dance under the moon in a forest", ["Blue Jay", "Dawn"])
    assert [(role.actor, role.action) for role in reading.roles] == [
        ("character-0", "dance"),
        ("character-1", "dance"),
    ]
    assert reading.said["setting"] == "forest"
    assert reading.said["time"] == "night"
    assert reading.unknown == []


def test_an_invalid_cutout_is_refused(cast, tmp_path):
    broken, empty = tmp_path / "broken.png", tmp_path / "empty.png"
    broken.write_bytes(cast[0].cutout.read_bytes()[:200])
    Image.new("RGBA", (40, 40)).save(empty)
    for path in (broken, empty, tmp_path / "absent.png"):
        with pytest.raises(ShadowplayError) as raised:
            Play(shot("Mossy walks", [Character("Mossy", path)]))
        assert raised.value.code == "invalid_image"
        assert "Mossy" in raised.value.message


def test_a_large_cut_out_is_cropped_and_scaled_down(tmp_path):
    path = tmp_path / "large.png"
    image = Image.new("RGBA", (1500, 1200))
    image.paste((255, 0, 0, 255), (200, 100, 1400, 1000))
    image.save(path)
    loaded = puppets.troupe_of([Character("Big", path)])["character-0"].image
    assert loaded.shape == (576, 768, 4)
    assert cv2.mean(loaded)[3] == 255


def test_what_could_not_be_cut_out_is_a_framed_picture_that_stands(tmp_path):
    path = tmp_path / "whole.png"
    Image.new("RGB", (160, 120), GREEN).save(path)
    given = [Character("Mossy", path)]
    play = Play(shot("Mossy runs to the left through a meadow at dusk, static camera", given, WIDE))
    (figure,) = play._parts[0][1].blocking.figures
    assert (figure.role.action, figure.facing) == ("stand", 1)  # not mirrored
    high, wide = figure.actor.image.shape[:2]
    middle_of_it = figure.actor.image[: high * 2 // 3, wide // 2]
    assert (np.abs(middle_of_it[:, :3].astype(int) - GREEN).max(axis=1) < 3).sum() > 0.4 * high
    # The easel's legs are beside a gap, and wood is above, beside and below the picture.
    assert figure.actor.image[-3, :, 3].min() == 0
    places = [middle(frame(play, t, WIDE), GREEN) for t in (0.0, 0.7, 2.9)]
    assert np.abs(np.asarray(places) - places[0]).max() <= 2
    rows, columns = where(frame(play, 0.0, WIDE), GREEN).T
    full = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    assert len(rows) > 0.85 * full, "a rectangle"
