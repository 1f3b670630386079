import itertools
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
from staged import stage
from sweeps import sampled

from shadowplay.acting.clouds import Clouds
from shadowplay.acting.stage import Troupe
from shadowplay.art import library
from shadowplay.art.cast import ACTORS, CAST
from shadowplay.performance import Performance
from shadowplay.picture import palette
from shadowplay.picture.flats import Stack, Steady, View
from shadowplay.picture.layers import Layer, Picture
from shadowplay.picture.noise import field, outline
from shadowplay.picture.tiles import cut
from shadowplay.place.weather import streaks
from shadowplay.scene import Role, Scene
from shadowplay.shot import Size
from shadowplay.sprites.drawn import Drawn
from shadowplay.sprites.marks import placed_at

SMALL = Size(128, 72)
TIMES = ("dawn", "day", "golden", "dusk", "night")


def scene(setting, time="dusk", size=SMALL, cast=(), **changes):
    return Scene(
        prompt=setting, seed=11, size=size, setting=setting, time=time,
        palette=palette.pick(11, time), cast=cast, **changes,
    )  # fmt: skip


def frame(film, t=0.0):
    picture = Picture.blank(*film.scene.size)
    film.draw(picture, t)
    return picture


@pytest.mark.parametrize("hours", sampled([("day", "night"), TIMES], every=2), ids=len)
@pytest.mark.parametrize("setting", sampled(library.settings(), every=6))
def test_every_setting_at_every_hour(setting, hours):
    looks = []
    for time, size in zip(hours, [Size(128, 72), Size(72, 128)] * 3, strict=False):
        film = Performance(scene(setting, time, size, (Role(actor="horse", action="run"),)), ACTORS)
        for t in (0.0, 3.21):
            picture = frame(film, t)
            assert 10 <= picture.y.min() < picture.y.max() <= 255
            assert picture.y.std() > 4
        looks.append((picture.y.mean(), picture.u.mean(), picture.v.mean()))
    assert len({tuple(np.round(look)) for look in looks}) > 1


@pytest.mark.parametrize("kind", ["rain", "snow", "hail", "sand"])
def test_the_harder_it_falls_the_more_is_seen(kind):
    there = scene("meadow", "day", Size(320, 180), falling=kind, wind=0.1)
    shown = []
    for amount in (0.45, 1.0, 2.0):
        film = Performance(replace(there, amount=amount), ACTORS)
        moments = [frame(film, t).y[:60].astype(int) for t in (1.0, 1.5)]
        shown.append((np.abs(moments[0] - moments[1]) > 8).mean())
    assert 0.001 < shown[0] < 0.8 * shown[1] < 0.64 * shown[2]


def test_wet_ground_is_darker_with_puddles_that_show_the_sky_and_a_flood_covers_it():
    def ground(wet):
        film = Performance(scene("road", "day", Size(320, 180), wet=wet), ACTORS)
        return frame(film).y[156:172].astype(int)

    dry, damp, flood = (ground(wet) for wet in (0.0, 0.6, 1.0))
    assert (damp < dry - 4).mean() > 0.2
    assert (damp > dry + 8).mean() > 0.05
    assert flood.std() < dry.std() or flood.mean() > dry.mean() + 10


@pytest.mark.parametrize("falling", ["rain", "snow", "leaves", "petals", "hail", "sand"])
def test_what_falls_changes_the_picture(falling):
    films = (Performance(scene("meadow", falling=f), ACTORS) for f in ("none", falling))
    dry, wet = (frame(film, 2.0) for film in films)
    assert not np.array_equal(dry.y, wet.y)


@pytest.mark.parametrize("wonder", ["rainbow", "aurora", "meteor"])
def test_what_the_prompt_names_of_the_sky_shows_there(wonder):
    films = (Performance(scene("lake", "night", wonder=w), ACTORS) for w in ("", wonder))
    frames = [[frame(film, k / 4) for k in range(12)] for film in films]
    changed = [np.abs(a.y.astype(int) - b.y)[:36] > 6 for a, b in zip(*frames, strict=True)]
    assert max(part.mean() for part in changed) > (0.003 if wonder == "meteor" else 0.03)


def test_a_painted_film_is_painted_moment_by_moment():
    plain, painted = (Performance(scene("lake", paint=paint), ACTORS) for paint in ("", "oil"))
    first = [frame(painted, t) for t in (0.0, 1.0, 2.0)]
    assert np.abs(first[2].y.astype(int) - frame(plain, 2.0).y).mean() > 2
    again = frame(Performance(scene("lake", paint="oil"), ACTORS), 2.0)
    assert all(np.array_equal(one, other) for one, other in zip(first[2], again, strict=True))


def test_a_camera_that_pans_gets_ahead_of_who_walks_the_same_way():
    walker = (Role(actor="fox", action="walk"),)
    for pan, behind in (("right", True), ("left", False)):
        film = Performance(scene("meadow", move="pan", pan=pan, cast=walker), ACTORS)
        (figure,) = film.blocking.figures
        begin, end = (figure.across(t, film.camera.at(t)) for t in (0.0, 3.0))
        assert (end < begin) == behind


HERDS = [
    pytest.param(*each)
    for each in itertools.product(
        ("horse", "person", "bird", "sailboat", "elephant"),
        (Size(426, 240), Size(240, 426)),
        (3, 12, 5, 7, 9, 1, 2, 4),
    )
]


@pytest.mark.parametrize(("actor", "size", "count"), sampled(HERDS, every=5))
def test_as_many_as_were_asked_for_are_in_the_frame(actor, size, count):
    setting = "lake" if actor == "sailboat" else "meadow"
    action = ACTORS[actor].actions[0]
    cast = (Role(actor=actor, count=count, action=action),)
    film = Performance(scene(setting, size=size, cast=cast), ACTORS)
    figures = film.blocking.figures
    assert len(figures) == count
    view = film.camera.at(0.0)
    assert all(0 <= figure.across(0.0, view) <= size.width for figure in figures)
    for k, one in enumerate(figures):
        for other in figures[k + 1 :]:
            apart = abs(one.across(0.0, view) - other.across(0.0, view)) / one.box.width
            height = abs(one.row - other.row) / one.box.height
            assert max(apart, height) > 0.45 * min(one.scale, other.scale)


@pytest.mark.parametrize("size", [Size(426, 240), Size(240, 426)])
@pytest.mark.parametrize("actor", sampled(["fox", "person", "owl", "giraffe", "castle"], every=2))
def test_the_subject_is_large_enough_to_read(actor, size):
    for close, least in ((False, 0.24), (True, 0.45)):
        cast = (Role(actor=actor, action=ACTORS[actor].actions[0]),)
        film = Performance(scene("meadow", size=size, cast=cast, close=close), ACTORS)
        figure = film.blocking.figures[0]
        tall = figure.scale * figure.box.height
        wide = figure.scale * figure.box.width
        assert tall >= least * size.height or wide >= 0.5 * size.width


@pytest.mark.parametrize("move", sampled(["track", "static", "pan", "push"], every=2))
@pytest.mark.parametrize("leftward", [False, True])
def test_feet_do_not_skate(move, leftward):
    cast = (Role(actor="horse", action="run", leftward=leftward),)
    film = Performance(scene("meadow", size=Size(640, 360), cast=cast, move=move), ACTORS)
    figure = film.blocking.figures[0]
    pace = ACTORS["horse"].speed("run") * figure.scale * (-1 if leftward else 1)
    for t in (0.3, 1.0, 2.2):
        # Where the body is over the ground: its place in the frame plus the camera's way.
        over = [
            figure.across(at, film.camera.at(at)) + film.camera.at(at).x for at in (t, t + 1 / 24)
        ]
        moved = over[1] - over[0]
        if abs(moved) < figure.span / 2 or not figure.span:
            assert moved * 24 == pytest.approx(pace, rel=1e-6)


@pytest.mark.parametrize(
    "prompt", ["a dragon over mountains in a storm", "a duck swims fast on a lake, camera tracking"]
)
@pytest.mark.parametrize("t", [5.5, 133 / 24])
def test_a_frame_depends_on_its_time_alone(prompt, t):
    film = Performance(stage(prompt, 3, Size(160, 96)), ACTORS)
    first = frame(film, t)
    for other in (0.0, 9.0, 1.0, 133 / 24 - 1 / 24):
        frame(film, other)
    again = frame(film, t)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_water_mirrors_what_is_above_it():
    film = Performance(scene("lake", size=Size(320, 180)), ACTORS)
    picture = frame(film)
    horizon = int(0.5 * 180)
    above = picture.y[horizon - 30 : horizon - 6].mean(axis=0)
    below = picture.y[horizon + 6 : horizon + 30].mean(axis=0)
    assert np.corrcoef(above, below)[0, 1] > 0.5


def test_a_layer_moves_by_parts_of_a_pixel():
    luma = np.zeros((16, 64), np.uint8)
    luma[:, 20:40] = 200
    alpha = np.full((16, 64), 255, np.uint8)
    chroma = np.full((8, 32), 128, np.uint8)
    layer = Layer(luma, alpha, (chroma, chroma), wraps=True)
    weights = []
    for k in range(9):
        picture = Picture.blank(64, 16)
        layer.draw(picture, k / 4, 0)
        row = picture.y[8].astype(float)
        weights.append((row * np.arange(64)).sum() / row.sum())
    assert np.allclose(np.diff(weights), 0.25, atol=0.03)


def test_a_layer_wraps_around():
    luma = np.tile(np.arange(64, dtype=np.uint8) * 3, (16, 1))
    alpha = np.full((16, 64), 255, np.uint8)
    chroma = np.full((8, 32), 128, np.uint8)
    layer = Layer(luma, alpha, (chroma, chroma), wraps=True)
    near, far = Picture.blank(48, 16), Picture.blank(48, 16)
    layer.draw(near, -10, 0)
    layer.draw(far, -10 - 64 * 7, 0)
    assert np.array_equal(near.y, far.y)


def test_a_layer_of_tiles_looks_like_the_whole():
    pick = np.random.default_rng(3)
    alpha = np.zeros((480, 960), np.uint8)
    alpha[270:] = 255  # opaque below, a ridge above it, a post apart from it
    alpha[210:270] = pick.integers(0, 256, (60, 960))
    alpha[8:156, 600:624] = 200
    luma = pick.integers(16, 235, alpha.shape, np.uint8)
    u, v = (pick.integers(16, 240, (240, 480), np.uint8) for _ in range(2))
    assert 2 < len(list(cut(255 - np.pad(alpha, 2, "edge"), 2))) < 9
    small = alpha.reshape(240, 2, 480, 2).mean(axis=(1, 3))
    for wraps, x, y in ((False, 40, 10), (False, -60, -20), (True, -900, 4), (True, 1500, -6)):
        picture = Picture.blank(720, 400)
        Layer(luma, alpha, (u, v), wraps=wraps).draw(picture, x, y, 380)
        for plane, ground, paint, cover, size in (
            (picture.y, 16, luma, alpha, 1), (picture.u, 128, u, small, 2),
            (picture.v, 128, v, small, 2),
        ):  # fmt: skip
            rows = np.arange(plane.shape[0]) - y // size
            columns = np.arange(plane.shape[1]) - x // size
            columns = columns % paint.shape[1] if wraps else columns
            there = (rows >= 0) & (rows < paint.shape[0]) & (np.arange(len(rows)) < 380 // size)
            across = (columns >= 0) & (columns < paint.shape[1])
            share = cover[rows.clip(0, len(paint) - 1)][:, columns.clip(0, paint.shape[1] - 1)]
            share = share * (there[:, None] & across) / 255
            own = paint.astype(int)[rows.clip(0, len(paint) - 1)][
                :, columns.clip(0, paint.shape[1] - 1)
            ]
            assert np.abs(plane - (ground + (own - ground) * share)).max() <= 2


@pytest.mark.parametrize("move", ["static", "drift"])
def test_what_does_not_change_is_kept_and_looks_the_same(move):
    film = Performance(scene("mountains", move=move, size=Size(160, 96)), ACTORS)
    drawn = Counter()

    class Counted(Steady):
        def __init__(self, number, element):
            self.cover, self.number, self.element = element.cover, number, element
            if isinstance(element, Steady):
                self.rows, self.pace = element.rows, element.pace

        def state(self, t, view):
            return self.element.state(t, view) if isinstance(self.element, Steady) else None

        def draw(self, picture, t, view, floor, top=0):
            drawn[self.number] += 1
            rows = (top,) if isinstance(self.element, Steady) else ()
            self.element.draw(picture, t, view, floor, *rows)

    stack = Stack([Counted(k, element) for k, element in enumerate(film.elements)], film.camera.at)
    for k in range(48):
        picture = Picture.blank(160, 96)
        stack.draw(picture, 2 + k / 24)
        alone = Picture.blank(160, 96)
        Stack(film.elements, film.camera.at).draw(alone, 2 + k / 24)
        assert all(np.array_equal(a, b) for a, b in zip(picture, alone, strict=True)), k
    assert drawn[0] < 30 and drawn[len(film.elements) - 1] == 48


def test_a_gait_is_drawn_once_a_cycle_and_laid_as_it_would_be_drawn(monkeypatch):
    cast = (Role(actor="fox", action="run"),)
    given = scene("meadow", size=Size(320, 180), cast=cast, move="track")
    drawn, draw = Counter(), Drawn._fill
    monkeypatch.setattr(Drawn, "_fill", lambda *given: (drawn.update(["figure"]), draw(*given))[1])
    film = Performance(given, ACTORS)
    for k in range(72):
        frame(film, k / 24)
    steps = round(ACTORS["fox"].cycle("run") * 24)
    assert drawn["figure"] == steps
    (figure,) = film.blocking.figures
    at = 7 * ACTORS["fox"].cycle("run") / steps / figure.rate
    kept = frame(film, at)
    monkeypatch.setattr(Drawn, "_layer", lambda *_: None)
    plain = frame(Performance(given, ACTORS), at)
    empty = frame(Performance(replace(given, cast=()), ACTORS), at)
    for one, other in zip(kept, plain, strict=True):
        apart = np.abs(one.astype(int) - other)
        assert apart.mean() < 0.5 and (apart > 30).mean() < 0.005
    assert np.abs(plain.y.astype(int) - empty.y).mean() > 2


def test_noise_is_periodic():
    line = outline(np.random.default_rng(1), 400, 0.5)
    assert abs(line[0] - line[-1]) < 3 * np.abs(np.diff(line)).max()
    cloud = field(np.random.default_rng(1), 64, 128)
    assert np.abs(cloud[:, 0] - cloud[:, -1]).mean() < 2 * np.abs(np.diff(cloud, axis=1)).mean()


def test_the_camera_starts_softly():
    for move in ("drift", "pan", "push", "pull", "track", "rise"):
        film = Performance(scene("meadow", move=move), ACTORS)
        views = [film.camera.at(t) for t in (0, 1 / 24, 1.0, 1 + 1 / 24)]
        ways = [
            abs(b.x - a.x) + abs(b.y - a.y) + 500 * abs(b.zoom - a.zoom)
            for a, b in (views[:2], views[2:])
        ]
        assert ways[0] < 0.2 * ways[1], move
    assert Performance(scene("meadow", move="static"), ACTORS).camera.at(3.0) == View()


@pytest.mark.parametrize("prompt", ["a boy swims in a lake", "a rowing boat on a lake"])
def test_a_body_in_the_water_has_a_waterline_that_ripples_and_fades_below_it(prompt):
    film = Performance(stage(prompt, 7, Size(640, 360)), CAST)
    troupe = next(one for one in film.elements if isinstance(one, Troupe))
    troupe._bodies[:] = troupe._bodies[:1]
    figure, lines = film.blocking.figures[0], []
    for t in (0.4, 1.3):
        picture = Picture.blank(640, 360)
        troupe.draw(picture, t, View(), 360)
        line = placed_at(figure, t, View(), None)[1] + figure.lifted(t)
        shown = picture.y > 17
        lowest = np.where(shown.any(0), 359 - shown[::-1].argmax(0), 0)
        wet = lowest[lowest > line]
        assert len(wet) > 10
        assert wet.max() < line + 0.04 * 360 + 2
        lines.append(lowest - round(line))
    assert np.ptp(wet) > 0
    assert (lines[0] != lines[1]).any()


def test_what_is_under_water_has_no_mirror_image():
    scene = stage("a whale leaps from the sea under the moon", 7, Size(180, 320))
    film = Performance(scene, ACTORS)
    (troupe,) = (element for element in film.elements if isinstance(element, Troupe))
    horizon = 200.0
    for t in (0.7, 1.4, 2.75):
        picture = Picture.blank(180, 320)
        picture.y[:] = 200
        troupe.mirror(picture, t, View(), horizon, 0.8)
        foot = horizon - 0.8 * (film.blocking.figures[0].down(t, View()) - horizon)
        assert (picture.y[int(foot) + 3 :] == 200).all()
    assert (picture.y < 120).any()


@pytest.mark.parametrize("size", [Size(128, 72), Size(72, 128)])
@pytest.mark.parametrize("close", [False, True])
def test_a_campfire_stays_lower_than_trees(size, close):
    cast = (Role(actor="campfire"),)
    film = Performance(scene("forest", size=size, cast=cast, close=close), CAST)
    (fire,) = film.blocking.figures
    most = 0.6 if close else 0.45
    assert 0.1 < fire.box.height * fire.scale / film.scene.size.height < most


@pytest.mark.parametrize(
    ("words", "red", "blue"),
    [
        ("a meadow", (-40, -8), (-60, -20)),  # green
        ("a beach", (-4, 30), (-60, -12)),  # sand
        ("an arctic snowfield", (-12, 6), (-8, 16)),  # white
    ],
)
def test_the_ground_has_its_own_colour_by_day_and_none_in_a_film_noir(words, red, blue):
    """Between which levels the means of V and U are where the figures stand, off grey."""
    grey = ((-3, 3), (-3, 3))
    for style, wanted in (("by day", (red, blue)), ("by day, film noir", grey)):
        ground = frame(Performance(stage(f"{words} {style}, clear sky", 4, SMALL), CAST))
        rows = slice(int(0.42 * SMALL.height), int(0.47 * SMALL.height))
        found = [float(plane[rows].mean()) - 128 for plane in (ground.v, ground.u)]
        for part, (low, high) in zip(found, wanted, strict=True):
            assert low < part < high, (style, found)


def test_fireworks_are_in_the_sky_so_that_water_mirrors_them():
    film = Performance(stage("fireworks over a lake", 7, SMALL), CAST)
    kinds = [type(element).__name__ for element in film.elements]
    assert kinds.index("Clouds") < kinds.index("Water")
    assert film.scene.time == "night"


def test_a_rough_sea_has_waves_with_foam_and_a_calm_one_has_none():
    rough, calm = (
        frame(Performance(stage(f"a ship on the sea {words}by day", 7, Size(320, 180)), CAST))
        for words in ("with high waves ", "")
    )
    foam = [(picture.y[110:, 200:] > 215).mean() for picture in (rough, calm)]
    assert foam[0] > foam[1] + 0.004


@pytest.mark.parametrize(
    ("vehicle", "place", "shown"),
    [
        ("train", "meadow", "rails"),
        ("tram", "hill", "rails and a wire"),
        ("tram", "beach", "rails and a wire"),
        ("bus", "meadow", "nothing"),
    ],
)
def test_what_runs_on_rails_has_a_track_and_what_needs_one_a_wire(vehicle, place, shown):
    cast = (Role(actor=vehicle, action="stand"),)
    shown_whole = scene(place, "day", Size(1280, 720), cast, move="static", far=True)
    film = Performance(shown_whole, ACTORS)
    picture, lead = frame(film), film.blocking.figures[0]
    foot = library.place(place).stage[0] * picture.height + lead.sink + film.camera.at(0.0).y
    metre = lead.scale / lead.actor.height
    beside = np.concatenate([picture.y[:, :90], picture.y[:, -90:]], axis=1).astype(int)

    def crossed(row: float) -> bool:
        """Whether a line that is darker than what is above and below it goes past the vehicle."""
        line = beside[round(row) - 4 : round(row) + 5].min(axis=0)
        around = [beside[round(row + way * 0.22 * metre)] for way in (-1, 1)]
        return bool((line < np.minimum(*around) - 8).mean() > 0.6)

    found = ["rails"] if crossed(foot + 0.1 * metre) else []
    found += ["a wire"] if crossed(foot - lead.box.top * lead.scale) else []
    assert (" and ".join(found) or "nothing") == shown


@pytest.mark.parametrize(
    "prompt", ["a boy in the rain", "a ship in a storm", "a camel in a sandstorm"]
)
def test_streaks_are_soft_at_both_ends(prompt):
    scene = stage(prompt, 3, Size(320, 180))
    sheet = streaks(scene, palette.resolve(scene), 2)
    brightest = sheet.max()
    assert brightest > 0
    count, of = cv2.connectedComponents((sheet > 0).astype(np.uint8))
    assert count > 1
    for k in range(1, count):
        rows = np.flatnonzero((of == k).any(axis=1))
        if rows[0] > 0 and rows[-1] < len(sheet) - 1 and len(rows) > 5:
            near = len(rows) // 5
            for row in (rows[near], rows[-1 - near]):
                assert sheet[row][of[row] == k].max() < 0.8 * sheet[of == k].max()


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("a dog jumps into a lake", "rings"),
        ("a boy dives into a river", "rings"),
        ("a nun jumps into a lake", "crown_back"),
        ("a snowman melts in a meadow", "puddle"),
    ],
)
def test_rings_and_puddles_are_behind_who_is_in_them(prompt, kind):
    elements = Performance(stage(prompt, 3, Size(320, 180)), CAST).elements
    clouds = [(k, one) for k, one in enumerate(elements) if isinstance(one, Clouds)]
    rings = [k for k, one in clouds if any(e.cloud.kind == kind for e in one._emitters)]
    assert rings
    assert max(rings) < min(k for k, one in enumerate(elements) if isinstance(one, Troupe))


@pytest.mark.parametrize("prompt", ["a boy throws a stone into a pond", "a nun skims pebbles"])
def test_stones_that_skip_stay_on_the_water(prompt):
    figures = Performance(stage(prompt, 3, Size(320, 180)), CAST).blocking.figures
    (stone,) = (one for one in figures if one.role.actor == "pebble")
    thrower = next(one for one in figures if one is not stone)
    ground = thrower.lifted(0.0)
    heights = [stone.lifted(1.0 + t) - ground for t in (0.6, 1.0, 1.4, 1.8)]
    assert min(heights) > 0.1 * thrower.pixels_high
    assert max(heights) < 0.55 * thrower.pixels_high
