"""Boned figures: every file of `art/figures` can be used, and skins stay whole when they bend."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from footholds import feet
from sweeps import sampled

import shadowplay
from shadowplay.art import library
from shadowplay.art.actors import Guise, Shape
from shadowplay.art.boned import BonedFigure
from shadowplay.art.cast import ACTORS, CAST
from shadowplay.art.dressing import outfit
from shadowplay.art.paths import area, box
from shadowplay.art.rig import Rig
from shadowplay.art.svg import read
from shadowplay.art.treads import build_of, rolled, unit_of
from shadowplay.colour import Yuv, rgb
from shadowplay.picture.layers import Picture
from shadowplay.sprites.outlines import Outlines

FOLDER = Path(shadowplay.__file__).parent / "art" / "figures"
NAMES = sorted(name for name, actor in ACTORS.items() if type(actor) is BonedFigure)
SVG = """<svg xmlns="http://www.w3.org/2000/svg">
<g id="bones"><circle id="trunk" cx="0" cy="-50" r="4"/><circle id="head" cx="0" cy="-90" r="4"/>
<circle id="thigh" cx="0" cy="-50" r="4"/><circle id="shank" cx="6" cy="-26" r="4"/>
<circle id="foot" cx="0" cy="-6" r="2"/><circle id="toe" cx="4" cy="0" r="1"/></g>
<g id="body"><path id="trunk+head" d="M-5 -50L5 -50L5 -110L-5 -110z"/>
<path id="thigh+shank+foot" d="M-3 -50L3 -50L9 -26L4 0L-4 0L3 -26z"/></g></svg>"""
SAID = {
    "bones": {"trunk": "", "head": "trunk", "thigh": "trunk", "shank": "thigh", "foot": "shank"},
    "legs": {"h": ["thigh", "shank", "foot", "toe"]},
}


def test_what_is_like_another_moves_as_its_size_asks():
    walk = {"cycle": 1.0, "speed": 1.0}
    base = {"height": 1.0, "unit": 0.01, "art": ["a"], "action": {"walk": walk}}
    made = library._like(base, {"height": 4.0, "action": {"walk": {"duty": 0.5}}})
    assert made["action"]["walk"] == {"cycle": 2.0, "speed": 2.0, "duty": 0.5}
    assert "unit" not in made
    assert "art" not in made


SLACK = {
    "rabbit": 0.08, "baby_rabbit": 0.08, "sheep": 0.14, "lamb": 0.18, "bear": 0.06,
    "bear_cub": 0.06, "mouse": 0.06, "crocodile": 0.1, "baby_crocodile": 0.1, "koala": 0.06,
    "capybara": 0.06, "panda": 0.06, "panda_cub": 0.06, "otter_pup": 0.06,
}  # fmt: skip
"""By how much more an edge may be longer: a rabbit's haunch, wool at a neck, a sole at its heel."""


@pytest.mark.thorough
@pytest.mark.parametrize("part", sampled(range(6), every=6))
def test_joints_hold(part):
    """No edge of an outline is torn: it stays about as long in all poses as it is at rest."""
    actors = [ACTORS[name] for name in NAMES[part::6]]
    for actor, action in ((one, name) for one in actors for name in one.actions):
        hidden = actor._hidden(action)
        rest = [shape.points for shape in actor._rig_shapes({}, hidden)]
        for phase in (0.0, 0.2, 0.45, 0.7, 0.9):
            shapes = actor.draw(action, phase, build_of(0))
            assert len(shapes) == len(rest)
            for shape, calm in zip(shapes, rest, strict=True):
                edges, before = (
                    np.sqrt((np.diff(p, axis=0) ** 2).sum(1)) for p in (shape.points, calm)
                )
                slack = SLACK.get(actor.name, 0.05)
                assert (edges < 3 * before + slack).all(), (actor.name, action, phase)


def outlines(rig, pose):
    """The outlines of a pose, back to front."""
    corners = rig.bent(pose)
    return [corners[piece.points] for piece in rig.pieces]


def test_a_leg_is_solved_backwards_from_its_foot():
    rig = Rig(read(SVG), SAID)
    rest = outlines(rig, {})
    moved = outlines(rig, {"h.x": 10, "y": -8, "head": 90})
    sole = rest[1][:, 1] < 0.5
    assert np.abs(moved[1][sole] - rest[1][sole] - [10, 0]).max() < 1e-9
    hip = np.abs(rest[1] - [-3, 50]).sum(1).argmin()
    assert moved[1][hip][1] < rest[1][hip][1] - 5
    # The top of the trunk is bent to the left, its foot stays.
    assert moved[0][:, 0].min() < -15
    assert np.abs(moved[0][:, 0]).min() <= 5


def test_parts_move_on_their_bones():
    said = {**SAID, "bones": {**SAID["bones"], "head": "trunk"}, "level": ["head"]}
    rest, moved = outlines(Rig(read(SVG), said), {}), outlines(Rig(read(SVG), said), {"trunk": 90})
    top = rest[0][:, 1] > 105  # of the head, which is carried along and stays upright
    shifts = moved[0][top] - rest[0][top]
    assert np.abs(shifts - [-40, -40]).max() < 1e-6
    wide = outlines(Rig(read(SVG), SAID), {"head.w": 1.0, "head.x": 3})
    assert np.ptp(wide[0][top][:, 0]) == pytest.approx(20, abs=0.1)
    assert wide[0][top][:, 0].mean() == pytest.approx(3, abs=0.1)
    held = outlines(Rig(read(SVG), {**SAID, "hold": {"h": "head"}}), {"head.x": 8})
    sole = rest[1][:, 1] < 0.5
    assert np.abs(held[1][sole] - rest[1][sole] - [8, 0]).max() < 1e-9


@pytest.mark.parametrize("name", ["girl", "woman", "princess"])
def test_a_skirt_hangs_together_whatever_the_legs_do(name):
    """Its lap is halfway to the thigh that is farther forward, so that no gap is between them."""
    rig = ACTORS[name]._rig
    for leg, other in ("nf", "fn"):
        turns, _ = rig._solved({f"{leg}.x": 30, f"{leg}.y": 34, f"{other}.x": -20})
        lap, thigh = (turns[rig._number[bone]] for bone in ("lap", f"thigh.{leg}"))
        assert np.degrees(np.angle(thigh)) > 50
        assert np.angle(lap) == pytest.approx(np.angle(thigh) / 2)
    assert any(piece.part.group == "hang" for piece in rig.pieces)


@pytest.mark.parametrize("name", [n for n in NAMES if "roll" in ACTORS[n]._said])
def test_wheels_turn_with_the_distance_travelled(name):
    """What touches the ground stays there: the rim's way is the way travelled, to half a spoke."""
    actor = ACTORS[name]
    how = actor._actions["drive"]
    for radius, arms in actor._said["roll"].values():
        turns = rolled(how, actor._said, radius, arms)
        way = actor.speed("drive") * actor.cycle("drive") * actor.height / unit_of(actor._said)
        assert turns > 0
        assert abs(turns * 2 * np.pi * radius - way) <= np.pi * radius / arms + 1e-9


def test_wings_are_drawn_upright_and_spread_in_depth():
    svg = """<svg xmlns="http://www.w3.org/2000/svg"><g id="bones">
    <circle id="body" cx="0" cy="0" r="4"/><circle id="arm.1" cx="0" cy="0" r="2"/>
    <circle id="hand.1" cx="0" cy="-20" r="2"/></g>
    <g id="wing"><path id="arm.1+hand.1" d="M-4 0L4 0L4 -40L-4 -40z"/></g></svg>"""
    said = {
        "bones": {"hand.1": "arm.1", "arm.1": "body", "body": ""},  # in any order
        "copy": {"far": {"of": "wing", "swap": [".1", ".2"], "shift": [0, 0], "paint": [9, 9, 9]}},
        "wing": {"near": ["arm.1", "hand.1"], "far": ["arm.2", "hand.2"], "view": [-0.5, -0.25]},
    }
    rig = Rig(read(svg), said)
    drawn = outlines(rig, {})[0]

    def spread(pose):
        return [line[drawn[:, 1] > 39] for line in outlines(rig, pose)]  # the tips

    for tip in spread({"wing.arm": 90.0}):
        assert np.abs(tip[:, 1] - 40).max() < 1e-9
    near, far = spread({"wing.arm": 0.0})
    assert np.abs(near[:, 1] + 10).max() < 1e-9  # nearer to the eye is farther down and back
    assert np.abs(far[:, 1] - 10).max() < 1e-9
    assert near[:, 0].mean() == pytest.approx(-20)
    assert far[:, 0].mean() == pytest.approx(20)
    swept, _ = spread({"wing.arm": 90.0, "wing.hand": -90.0, "wing.sweep": 0.5})
    assert swept[:, 1].mean() == pytest.approx(20 - 5)  # only the arm is upright
    assert swept[:, 0].mean() == pytest.approx(-10 - 10)


def test_what_hangs_on_no_bone_is_refused():
    with pytest.raises(shadowplay.ShadowplayError, match="hangs on no bone"):
        Rig(read(SVG.replace('id="trunk+head"', 'id="trunk+hat"')), SAID)
    with pytest.raises(shadowplay.ShadowplayError, match="No circle"):
        Rig(read(SVG), {**SAID, "bones": {**SAID["bones"], "tail": "trunk"}})


def test_feet_are_where_the_footholds_say():
    dog = ACTORS["dog"]
    for t in (0.0, 0.1, 0.3):
        low = min(shape.points[:, 1].min() for shape in dog.pose("walk", t))
        assert abs(low) < 0.03
        assert sum(foot.planted for foot in feet(dog, "walk", t)) >= 2


def test_the_far_leg_of_a_bird_has_the_colour_of_the_near_one_but_darker():
    for name in ("duck", "chicken", "stork"):
        rig = ACTORS[name]._rig
        parts = [piece.part for piece in rig.pieces if piece.part.kind == "own"]
        near, far = (next(p.paint for p in parts if p.group == one) for one in ("near", "far"))
        assert far == tuple(round(0.78 * part) for part in near), name


@pytest.mark.parametrize("name", ["horse", "bear", "gull", "penguin", "kangaroo", "fawn", "swan"])
def test_an_animal_at_rest_moves_in_every_second_and_blinks(name):
    actor = ACTORS[name]
    for action in {"stand", "sit"} & {*actor.actions}:
        times = np.arange(0, actor.cycle(action), 1 / 8)
        poses = [actor.pose(action, t) for t in times]
        places = np.stack([np.concatenate([shape.points for shape in pose]) for pose in poses])
        for k in range(0, len(places) - 8, 8):
            assert np.ptp(places[k : k + 8], axis=0).max() > 0.012, (action, k)
        groups = [piece.part.group for piece, _ in actor._outfit(0).paints]
        groups = [group for group in groups if group not in actor._hidden(action)]
        eye = groups.index("eye")
        high = [np.ptp(pose[eye].points[:, 1]) for pose in poses]
        assert min(high) < 0.5 * max(high), action


def own_share(name: str) -> float:
    """How much of what an animal is drawn of keeps its colour where the prompt gives it one."""
    shapes = ACTORS[name].pose("stand" if "stand" in ACTORS[name].actions else "swim", 0.0)
    clothed = any(shape.tint for shape in shapes)
    sizes = [(abs(area(shape.points)), shape) for shape in shapes]
    kept = [size for size, one in sizes if not one.tint and (clothed or one.paint)]
    return sum(kept) / sum(size for size, _ in sizes)


@pytest.mark.parametrize(
    "name", ["peacock", "lamb", "ram", "parrot", "duck", "goose", "gull", "jellyfish", "tortoise"]
)
def test_a_colour_that_the_prompt_names_is_that_of_the_whole_animal(name):
    assert own_share(name) < 0.2


def test_an_animal_that_is_curled_up_is_round_and_low_whatever_it_did_before():
    for name in ("fox", "kitten", "wolf_cub", "tiger", "raccoon"):
        for action in {"stand", "sit", "lie"} & {*ACTORS[name].actions}:
            one = ACTORS[name].guised(Guise(arms="curl", expression="asleep"))
            points = np.concatenate([shape.points for shape in one.pose(action, 0.0)])
            assert 0.3 < np.ptp(points[:, 1]) < 0.85, (name, action)
            assert points[:, 1].min() > -0.12, (name, action)


def test_small_animals_that_sit_upright_lie_down_to_sleep():
    for name in ("mouse", "hamster", "baby_rabbit"):
        high = {}
        for action in ("sit", "lie"):
            shapes = ACTORS[name].guised(Guise(expression="asleep")).pose(action, 0.0)
            high[action] = np.concatenate([shape.points for shape in shapes])[:, 1].max()
        assert high["lie"] < 0.9 * high["sit"], name


def test_a_belly_is_paler_than_the_coat_that_it_is_of():
    for name in ("cat", "fox", "duckling"):
        shapes = ACTORS[name].pose("stand", 0.0)
        coats = {shape.coat.shade: shape.coat for shape in shapes if shape.coat}
        assert {"all"} <= {coat.name for coat in coats.values()}, name
        assert any(shade and min(shade[0]) > 200 for shade in coats), name


def test_a_head_is_as_much_larger_as_its_figure_says_with_all_that_hangs_on_it():
    card = library.figures()["young_woman"]
    small = BonedFigure(replace(card, said=card.said | {"skull": 1.0}))
    carried = {bone for bone, by in small._drawing.carriers.items() if by == "head"}
    assert "eye" in carried
    for part, plain in zip(ACTORS["young_woman"]._drawing.parts, small._drawing.parts, strict=True):
        grown = np.ptp(part.outlines[0], axis=0) / np.ptp(plain.outlines[0], axis=0)
        on_head = part.name.split("~")[0] in ("head", "tail1+tail2+tail3", *carried)
        assert grown == pytest.approx([card.said["skull"] if on_head else 1.0] * 2), part.name


def test_the_head_of_a_young_animal_is_larger_and_its_neck_grows_toward_it():
    card = library.figures()["lion_cub"]
    small = BonedFigure(replace(card, said=card.said | {"skull": 1.0}))
    joint, head = (np.asarray(small._drawing.pivots[name].start) for name in ("neck", "head"))
    one, other = (
        next(p.outlines[0] for p in figure._drawing.parts if p.name == "hips+chest+neck+head")
        for figure in (small, ACTORS["lion_cub"])
    )
    along = (one - joint) @ (head - joint) / ((head - joint) @ (head - joint))
    assert np.array_equal(one[along < 0], other[along < 0])
    assert other[along > 1] - head == pytest.approx((one[along > 1] - head) * card.said["skull"])
    between = (along > 0.1) & (along < 0.9)
    assert (np.abs(other - one)[between].max(1) > 0).all()
    assert (along < 0).any() and (along > 1).any() and between.any()
    mouth, drawn = (
        np.asarray(figure._drawing.anchors["mouth"].start) - head
        for figure in (ACTORS["lion_cub"], small)
    )
    assert mouth == pytest.approx(drawn * card.said["skull"])


def test_the_hat_of_an_animal_is_on_its_head():
    for name in ("badger", "penguin", "elephant", "parrot", "frog"):
        action = "stand" if "stand" in ACTORS[name].actions else "sit"
        bare = ACTORS[name].pose(action, 0.0)
        hat = ACTORS[name].guised(Guise(hat=("top_hat", None))).pose(action, 0.0)[len(bare) :]
        top = max(shape.points[:, 1].max() for shape in bare)
        points = np.concatenate([shape.points for shape in hat])
        assert points[:, 1].min() < top < points[:, 1].max(), name


def test_an_animal_wears_a_garment_on_its_own_body():
    for name, garment, low, high in (
        ("dog", "shirt", 0.3, 0.8), ("penguin", "scarf", 0.5, 0.9), ("corgi", "sunglasses", 0.7, 1),
        ("bear", "outfit", 0.2, 0.95), ("cat", "glasses", 0.7, 1.05), ("fox", "cloak", 0.4, 0.8),
    ):  # fmt: skip
        bare = ACTORS[name].pose("walk", 0.3)
        clad = [
            shape
            for shape in ACTORS[name].guised(Guise(clad=frozenset({garment}))).pose("walk", 0.3)
            if shape.coat is not None and shape.coat.garments == (garment,)
        ]
        assert clad and not any(s.coat and s.coat.garments for s in bare), name
        points = np.concatenate([shape.points for shape in clad])
        body = np.concatenate([shape.points for shape in bare])
        assert low < np.median(points[:, 1]) < high, (name, garment)
        wide = body[:, 0].max() - body[:, 0].min()
        assert body[:, 0].min() - 0.1 * wide < points[:, 0].min(), (name, garment)
        assert points[:, 0].max() < body[:, 0].max() + 0.1 * wide, (name, garment)


def test_cloth_hides_the_marks_of_the_fur_below():
    def names(garments):
        card = library.figures()["tiger"]
        parts = outfit(card, clad=frozenset(garments)).drawing.parts
        return {part.name.split("~")[1]: 0 for part in parts if "~" in part.name}, sum(
            len(part.outlines) for part in parts if part.name.endswith("~stripes")
        )

    bare, stripes = names(())
    clad, left = names(("shirt",))
    assert clad.keys() - bare.keys() == {"worn.shirt"}
    assert 0 < left < stripes


def test_a_path_that_is_named_as_a_garment_keeps_its_own_coat():
    assert '~trousers"' in library.figures()["rider"].drawing()
    coats = [shape.coat for shape in ACTORS["rider"].pose("walk", 0.0) if shape.coat is not None]
    (trousers,) = {coat for coat in coats if coat.name == "trousers"}
    assert trousers.colours == (rgb("#4a4440"),)


def test_what_has_no_place_for_a_garment_does_without():
    for name in ("snake", "jellyfish"):
        action = ACTORS[name].actions[0]
        assert len(ACTORS[name].guised(Guise(clad=frozenset({"shirt"}))).pose(action, 0.0)) == len(
            ACTORS[name].pose(action, 0.0)
        )


def test_every_animal_on_four_legs_flies_on_wings_and_folds_them_on_the_ground():
    beasts = [name for name in NAMES if library.figure(library.WINGED + name)]
    assert len(beasts) > 40
    for name in beasts[::6]:
        winged, plain = CAST[library.WINGED + name], CAST[name]
        assert winged.actions[0] == "fly" and winged.home_for("fly") == "air", name
        more = len(winged.pose("stand", 0.0)) - len(plain.pose("stand", 0.0))
        assert more == 6, name  # two wings of three parts


def test_every_animal_on_two_legs_has_its_own_head_on_a_persons_body():
    animals = [name for name, card in library.figures().items() if card.said.get("upright")]
    assert len(animals) > 100
    for name in animals:
        upright = CAST[f"upright_{name}"]
        shapes = upright.pose("walk", 0.2)
        assert 0.85 < max(shape.points[:, 1].max() for shape in shapes) < 1.4, name
        assert sum(shape.points[:, 1].mean() > 0.8 for shape in shapes) > 2, name
        assert upright.anchor("grip", "stand", 0.0) is not None, name


def test_the_heads_of_animals_on_two_legs_are_alike_in_size_whatever_is_on_them():
    sizes = []
    for name in ("bear", "giraffe", "deer", "rabbit", "crocodile", "owl"):
        shapes = [shape.points for shape in CAST[f"upright_{name}"].pose("stand", 0.2)]
        sizes.append(max(abs(area(points)) for points in shapes if points[:, 1].mean() > 0.8))
    assert max(sizes) < 2.2 * min(sizes)


def test_hats_of_animals_on_two_legs_leave_their_eyes_free():
    for name in ("bear", "fox", "pig", "giraffe", "wolf"):
        card = library.figure(f"upright_{name}")
        parts = outfit(card, hat=("flat_cap", None)).drawing.parts
        low, high = box([x for part in parts if part.name.endswith("~eye") for x in part.outlines])
        hat = box([x for part in parts if part.group == "hat" for x in part.outlines])
        assert hat[1][1] < (low[1] + high[1]) / 2, name


def test_an_animal_at_the_wheel_has_its_head_in_the_window():
    for name in ("car", "truck", "helicopter", "bus"):
        action = ACTORS[name].actions[0]
        plain = {shape.points.tobytes() for shape in ACTORS[name].pose(action, 0.0)}
        driven = ACTORS[name].guised(Guise(rider="panda")).pose(action, 0.0)
        new = [shape for shape in driven if shape.points.tobytes() not in plain]
        assert len(new) > 4, name
        assert {shape.light for shape in new} != {0.0}, name  # drawn over the pane


def test_as_many_are_seen_in_a_vehicle_as_its_crew_is_and_it_has_room_for():
    for name in ("car", "rowboat", "canoe", "motorcycle", "sailboat"):
        vehicle = ACTORS[name]
        room = 1 + len(library.facts(name).mates["at"])
        shapes = [len(vehicle.guised(Guise(crew=many)).pose("stand", 0.0)) for many in range(1, 8)]
        steps = [after - before for before, after in pairwise(shapes)]
        if name in ("car", "motorcycle"):  # nobody is in them while they stand
            assert not any(steps)
            continue
        assert all(steps[: room - 1]) and not any(steps[room - 1 :]), name


def test_shade_on_a_body_has_a_soft_edge_and_what_is_beside_it_a_sharp_one():
    def square(left, low, right, high):
        corners = [(left, low), (right, low), (right, high), (left, high)]
        return Shape(np.asarray(corners, np.float32))

    shapes = [square(8, 8, 72, 72), square(24, 24, 48, 48), square(64, 24, 88, 48)]
    outlines = Outlines(shapes, SimpleNamespace(scale=1.0, facing=1.0), 0.0, 80.0)
    picture = Picture.blank(96, 80)
    outlines.fill(picture, 0, Yuv(200, 128, 128))
    for n in (1, 2):
        outlines.blend(picture, n, 0, Yuv(100, 128, 128), 3)
    row = picture.y[44].astype(int)
    assert row[36] == pytest.approx(100, abs=2)
    assert 110 < row[23] < 190  # between the body's tone and the shade's
    assert row[86] == pytest.approx(100, abs=2)  # a far ear, off the body
    assert row[92] == Picture.blank(2, 2).y[0, 0]
