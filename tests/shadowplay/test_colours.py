"""Colours: those that the prompt names are seen, each on its own thing, in every light."""

import math
from contextlib import nullcontext
from dataclasses import replace
from itertools import product
from unittest.mock import patch

import numpy as np
import pytest
from staged import stage
from sweeps import sampled

from shadowplay import colour
from shadowplay.acting.giving import with_arms
from shadowplay.acting.stage import Troupe
from shadowplay.art.cast import CAST, dressed
from shadowplay.performance import Performance
from shadowplay.picture.flats import View
from shadowplay.picture.layers import Picture
from shadowplay.picture.light import key_light, slopes
from shadowplay.picture.palette import LitScene, resolve
from shadowplay.shot import Size
from shadowplay.sprites.dyes import Dyes
from shadowplay.sprites.outlines import runs

SIZE = Size(640, 360)


def drawn(prompt: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The luma, U and V of what the cast covers, without the light on the ground."""
    scene = stage(prompt, 5, SIZE)
    film = Performance(scene, dressed(CAST, scene.cast, scene.seed))
    picture = Picture.blank(*SIZE)
    picture.y[:] = 235
    with patch("shadowplay.sprites.bodies.glow"):
        for troupe in (one for one in film.elements if isinstance(one, Troupe)):
            troupe.draw(picture, 0.5, View(), SIZE.height)
    luma = picture.y[::2, ::2]
    covered = (np.abs(picture.u.astype(int) - 128) + np.abs(picture.v.astype(int) - 128)) > 6
    return luma[covered], picture.u[covered].astype(int) - 128, picture.v[covered].astype(int) - 128


def share_of(prompt: str, code: str) -> float:
    """How much of what has a colour at all has that hue, within 25 degrees."""
    own = colour.yuv(colour.rgb(code))
    wanted = math.atan2(own.v - 128, own.u - 128)
    _, u, v = drawn(prompt)
    away = np.abs((np.arctan2(v, u) - wanted + math.pi) % math.tau - math.pi)
    strong = np.hypot(u, v) > 0.3 * math.hypot(own.u - 128, own.v - 128)
    return float(((away < math.radians(25)) & strong).mean())


HOURS = ["at noon", "at dusk", "at night", "at golden hour", "in fog"]
COLOURED = [
    ("a red car", "#c8281e"),
    ("a blue bird", "#2f62c0"),
    ("a green dragon", "#3f8f4a"),
    ("a purple umbrella", "#7a3fa8"),
]
LIT = [pytest.param(*each) for each in product(COLOURED, HOURS)]


# Each hour and each thing at least once.
@pytest.mark.parametrize(("thing", "hour"), sampled(LIT, every=3))
def test_a_named_colour_is_seen_in_every_light(thing, hour):
    name, code = thing
    assert share_of(f"{name} in a meadow {hour}", code) > 0.5


def test_flames_of_engines_burn_by_day():
    assert share_of("a rocket flies over the desert at noon", "#ff9a2e") > 0.1


def test_a_white_dragon_is_lighter_than_a_black_one():
    white, black = (np.median(drawn(f"a {c} dragon at night")[0]) for c in ("white", "black"))
    assert white > black + 60


def test_each_garment_has_its_own_colour():
    prompt = "a woman in a blue dress and green trousers stands in a meadow at noon"
    blue, green = share_of(prompt, "#2f62c0"), share_of(prompt, "#3f8f4a")
    assert blue > 0.15
    assert green > 0.05
    assert share_of(prompt.replace(" and green trousers", ""), "#3f8f4a") < 0.02


@pytest.mark.parametrize("who", ["woman", "girl"])
def test_skin_has_not_the_colour_of_the_sleeves(who):
    assert share_of(f"a {who} in a blue dress stands in a meadow at noon", "#2f62c0") < 0.6


def test_a_scarf_is_worn_when_it_is_named():
    prompt = "a man {} stands in a meadow at noon"
    assert share_of(prompt.format("with a purple scarf"), "#7a3fa8") > 0.02
    assert share_of(prompt.format("in a meadow"), "#7a3fa8") < 0.02


def test_a_form_that_reaches_the_edges_of_its_plane_is_modelled_without_a_seam():
    mask = np.full((160, 240), 255, np.uint8)
    slope = slopes(mask, (1.0, 0.0), 1.0, 48.0).astype(int)
    assert slope[80, 4] < 110
    assert slope[80, -5] > 146
    assert abs(np.diff(slope, axis=1)).max() < 12


def test_feet_are_told_apart():
    assert runs(np.array([40.0, 2, 44, 0, 90]), 10) == [(0, 2), (40, 44), (90, 90)]
    assert runs(np.array([]), 10) == []


def test_water_has_its_own_colour_by_day_and_that_of_the_sky_when_the_sun_is_low():
    parts = []
    for hour in ("by day", "at golden hour", "at dusk"):
        site = Performance(stage(f"a beach {hour}", 3, SIZE), CAST)._site
        own, sky = site.tone("sky 1, 45% #22a8b4"), site.tone("sky 1")
        teal = site.daylight(colour.rgb("#22a8b4"))
        ways = [sum(abs(a - b) for a, b in zip(one, sky, strict=True)) for one in (own, teal)]
        parts.append(ways[0] / ways[1])
    assert parts[0] > 0.3
    assert parts[1] < 0.25
    assert parts[2] < 0.1


def test_a_lamp_lights_the_ground_below_it():
    scene = stage("a campfire in a meadow at night", 5, SIZE)
    film = Performance(scene, CAST)
    pictures = []
    for with_light in (True, False):
        picture = Picture.blank(*SIZE)
        with patch("shadowplay.sprites.bodies.glow") if not with_light else nullcontext():
            film.draw(picture, 0.5)
        pictures.append(picture)
    fire = film.blocking.figures[0]
    below = slice(int(fire.row) + 4, int(fire.row) + 16)
    lit, dark = (picture.y[below].astype(int) for picture in pictures)
    gain = (lit - dark).mean(axis=0)
    away = abs(np.arange(SIZE.width) - fire.x)
    assert gain[away < 40].mean() > 8
    assert abs(gain[away > 260].mean()) < 1


def test_a_rainbow_comes_out():
    scene = stage("a rainbow over a meadow at noon", 5, SIZE)
    films = [Performance(one, CAST) for one in (scene, replace(scene, wonder=""))]
    changed = []
    for t in (0.0, 1.2, 3.0):
        pictures = [Picture.blank(*SIZE) for _ in films]
        for film, picture in zip(films, pictures, strict=True):
            film.draw(picture, t)
        changed.append(int(np.abs(pictures[0].u.astype(int) - pictures[1].u).sum()))
    assert changed[0] == 0
    assert changed[0] < changed[1] < changed[2]


@pytest.mark.parametrize(
    "place",
    ["meadow", "forest", "desert", "city", "village", "savanna", "park", "harbour", "lake", "sea"],
)
def test_a_morning_is_cool_bright_and_misty_and_a_sunset_deep_orange(place):
    morning, evening, noon = (
        stage(f"a bird in the {place} {when}", 5, SIZE)
        for when in ("in the morning", "at sunset", "at noon")
    )
    cool, deep, bright = (resolve(scene) for scene in (morning, evening, noon))
    assert colour.luma(cool.sky[1]) > 0.55 > 0.4 > colour.luma(deep.sky[1])
    assert cool.sky[1][2] > cool.sky[1][0] and deep.sky[3][0] > deep.sky[3][2] + 60
    assert bright.sky[2][2] > 0.9 * bright.sky[2][0] or place == "desert"
    assert morning.fog > evening.fog or place in ("forest", "lake")
    suns = [key_light(scene, 200.0, leftward=False) for scene in (morning, evening, noon)]
    assert suns[1].radius > 1.5 * suns[0].radius and suns[2].y < min(suns[0].y, suns[1].y)


def test_by_day_the_sun_is_above_every_other_frame_unless_the_prompt_names_it():
    def seen(prompt):
        scenes = [stage(prompt, seed, SIZE) for seed in range(40)]
        return sum(key_light(scene, 200.0, leftward=False).y > 0 for scene in scenes)

    assert 8 <= seen("a horse in a meadow by day") <= 26
    assert seen("a horse in a meadow under the sun") == 40
    assert seen("a horse in a meadow at sunset") == seen("a horse in a meadow at night") == 40


def test_no_two_of_a_flock_are_equally_light():
    def lightness(prompt):
        film = Performance(stage(prompt, 5, SIZE), CAST)
        troupe = next(one for one in film.elements if isinstance(one, Troupe))
        poses = [f.actor.pose(f.role.action, 0.0, 0)[0] for f in troupe._figures]
        return [troupe._dyes.tone(k, shape).y for k, shape in enumerate(poses)]

    flock = lightness("seven geese fly over a lake by day")
    assert len(flock) == 7 and len(set(flock)) >= 4
    (alone,) = lightness("a goose flies over a lake by day")
    assert min(flock) <= alone <= max(flock)


@pytest.mark.parametrize("who", ["woman", "boy", "farmer"])
def test_a_face_is_lit_as_its_clothes_are_and_can_be_read(who):
    def lightness(when):
        """How light face and clothes are, 0 to 1."""
        film = Performance(stage(f"a {who} stands in the village {when}", 5, SIZE), CAST)
        troupe = next(one for one in film.elements if isinstance(one, Troupe))
        shapes = troupe._figures[0].actor.pose("stand", 0.0)
        face, shirt = (
            next(s for s in shapes if s.coat and s.coat.name == of and not s.coat.shade)
            for of in ("head", "tint")
        )
        return [colour.luma(troupe._dyes.own(0, shape)) for shape in (face, shirt)]

    face, shirt = lightness("at noon")
    dark_face, dark_shirt = lightness("at night")
    assert 0.95 < (dark_face / dark_shirt) / (face / shirt) < 1.07
    assert dark_face > 0.8 * face


def test_an_arm_that_is_drawn_once_more_has_the_colours_of_its_figure():
    scene = stage("a man carries a big box along a street while two girls watch", 5, SIZE)
    film = Performance(scene, dressed(CAST, scene.cast, scene.seed))
    figures = with_arms(film.blocking.figures, scene.deeds)
    key = key_light(scene, 200.0, leftward=False)
    dyes = Dyes(LitScene(scene, resolve(scene), key), figures)
    (arm,) = (k for k, one in enumerate(figures) if one.actor.guise.part)
    whole = next(k for k, one in enumerate(figures) if one.role is figures[arm].role)
    pose = figures[arm].actor.pose("walk", 0.5, figures[arm].variant)
    assert [dyes.own(arm, one) for one in pose] == [dyes.own(whole, one) for one in pose]


@pytest.mark.parametrize("who", ["doctor", "chef", "nurse"])
def test_white_is_not_the_colour_of_the_night(who):
    scene = stage(f"a {who} walks in a street at night", 3, SIZE)
    film = Performance(scene, CAST)
    troupe = next(one for one in film.elements if isinstance(one, Troupe))
    shapes = troupe._figures[0].actor.pose("walk", 0.0)
    white = [s for s in shapes if s.tint and s.coat and min(s.coat.colours[0]) > 225]
    seen = [troupe._dyes.own(0, shape) for shape in white if shape.paint is None]
    assert seen
    assert all(max(one) - min(one) < 0.2 * max(one) for one in seen)
