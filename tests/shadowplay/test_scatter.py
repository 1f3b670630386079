"""What stands in a place: drawings of the art along a line, in the light and the season."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from staged import stage

from shadowplay import colour
from shadowplay.art.svg import read
from shadowplay.picture import palette
from shadowplay.picture.layers import Picture
from shadowplay.picture.light import key_light
from shadowplay.place import land, layers, scatter
from shadowplay.place.site import Site
from shadowplay.shot import Size

SIZE = Size(640, 360)


def site(prompt="a place by day, clear sky", **changes):
    scene = replace(stage(prompt, 3, SIZE), setting="village", **changes)
    key = key_light(scene, 200.0, False)
    return Site(scene, palette.resolve(scene), key, 200.0, 300.0)


def sheet(place, depth=0.9, base=0.0):
    return land.land(place, name="row", on="stage", depth=depth, base=base)


def stood(place, kind, at=None, **keys):
    """The colours of a sheet on which something stands, where it stands."""
    one = at or sheet(place)
    scatter.scatter(place, one, kind=kind, **keys)
    cel = one.cel
    half = cel.alpha[::2, ::2] == 255
    return Picture(cel.y[::2, ::2][half], cel.u[half], cel.v[half])


def bright(place, *, lights):
    own = colour.yuv(place.window_light)
    y, u, v = stood(place, "townhouse", large=0.4, gap=0.05, lights=lights)
    near = np.abs(np.stack([y, u, v]).astype(int) - np.asarray([own.y, own.u, own.v])[:, None])
    return float((near.max(axis=0) < 40).mean())


def test_windows_are_lit_in_the_dark_as_many_as_the_place_says():
    dark = site("a place at night, clear sky")
    none, some, all_of_them = (bright(dark, lights=share) for share in (0.0, 0.4, 1.0))
    assert none < 0.001 < some < 0.75 * all_of_them
    assert bright(site(), lights=1.0) == bright(site(), lights=0.0)


def test_roofs_are_white_where_snow_lies():
    snowy, bare = (
        stood(place, "cottage", large=0.3, count=5).y.astype(int)
        for place in (site(falling="snow", lies=True), site())
    )
    assert np.percentile(snowy, 80) > np.percentile(bare, 80) + 20


def test_leaves_turn_with_the_season_and_needles_do_not():
    green, orange = (
        stood(place, "broadleaf", large=0.4, count=4) for place in (site(), site(falling="leaves"))
    )
    assert np.median(orange.v) > np.median(green.v) + 8
    firs = [stood(place, "pine", large=0.4, count=4) for place in (site(), site(falling="leaves"))]
    assert (firs[0].v == firs[1].v).all()


def test_houses_side_by_side_leave_no_gap_and_no_two_neighbours_are_the_same(monkeypatch):
    place = site()
    one, spots = sheet(place), []
    monkeypatch.setattr(scatter, "_set", lambda *given: spots.append(given[2]))
    scatter.scatter(place, one, kind="townhouse", large=0.3, small=0.2, gap=0.0)
    spots.sort(key=lambda spot: spot.x)
    ends = []
    for spot in spots:
        wide = [x * spot.across for x in scatter.variants("townhouse")[spot.variant].ends]
        ends.append((spot.x + min(wide), spot.x + max(wide)))
    for (_, right), (left, _) in pairwise(ends):
        assert left == pytest.approx(right, abs=0.01)
    kinds = [spot.variant for spot in spots]
    assert len(kinds) > 6 and all(a != b for a, b in pairwise(kinds))


def test_a_tile_goes_on_around_the_sheet():
    place = site()
    one = sheet(place)
    stood(place, "railing", one, large=0.1, tile=True)
    rail = one.cel.alpha.any(axis=0)
    assert rail.all()
    columns = one.cel.alpha.astype(int)
    steps = np.abs(np.diff(columns, axis=1)).sum(axis=0)
    assert np.abs(columns[:, 0] - columns[:, -1]).sum() <= steps.max()


@pytest.mark.parametrize("leftward", [False, True])
def test_posts_leave_room_for_the_lead(monkeypatch, leftward):
    place = site()
    place.leftward = leftward

    def columns(depth):
        one, spots = sheet(place, depth), []
        monkeypatch.setattr(scatter, "_set", lambda *given: spots.append(given[2]))
        scatter.scatter(place, one, kind="arc_lamp", large=0.2, count=12)
        return np.asarray([spot.x for spot in spots]) / SIZE.width

    first, last = (0.44, 0.8) if leftward else (0.2, 0.56)
    near, far = ((x > first + 0.01) & (x < last - 0.01) for x in (columns(0.9), columns(0.5)))
    assert far.any() and not near.any()


def test_what_spreads_over_the_ground_is_smaller_far_away(monkeypatch):
    place = site()
    one, spots = sheet(place), []
    monkeypatch.setattr(scatter, "_set", lambda *given: spots.append(given[2]))
    scatter.scatter(place, one, kind="rock", large=0.05, small=0.05, count=30, deep=0.2)
    rows, sizes = (np.asarray([getattr(spot, key) for spot in spots]) for key in ("row", "high"))
    assert (np.diff(rows) >= 0).all()
    assert np.corrcoef(rows, sizes)[0, 1] > 0.9 and sizes.max() > 1.8 * sizes.min()


def test_lamps_shine_in_the_dark_and_light_the_ground():
    for prompt, shining in (("a place at night", True), ("a place by day", False)):
        place = site(prompt)
        one = sheet(place)
        scatter.scatter(place, one, kind="street_lamp", large=0.3, count=3)
        layers.finish(place, one)
        assert bool(one.lamps) is shining
        assert (len(place.elements) > 1) is shining


def test_the_lit_side_of_a_house_is_turned_to_the_lamp(monkeypatch):
    place, sides = site(), []
    monkeypatch.setattr(scatter, "_set", lambda *given: sides.append(np.sign(given[2].across)))
    for x in (0.1, 0.9):
        place.key = place.key._replace(x=x * SIZE.width)
        scatter.scatter(place, sheet(place), kind="cottage", large=0.3, count=4)
    assert sides == [1] * 4 + [-1] * 4


@pytest.mark.parametrize("kind", sorted(scatter.kinds()))
def test_every_drawing_of_a_place_can_be_used(kind):
    text = scatter._FOLDER.joinpath(f"{kind}.svg").read_text(encoding="utf-8")
    known = {"", "pane", "light", "lamp", "roof", "pool", "leaf", "needle", "wood"}
    assert {part.kind for part in read(text).parts} <= known
    for drawing in scatter.variants(kind):
        assert len(drawing.points) == drawing.pieces[-1].last
        high = np.ptp(drawing.points[:, 1])
        assert 0.05 < high < 4


@pytest.mark.parametrize(("leftward", "share"), [(False, 0.38), (True, 0.62)])
def test_a_hill_has_its_top_below_the_leading_figure(leftward, share):
    place = site()
    place.leftward = leftward
    land.ground(place, crest=0.2, rise=0.001)
    ground = place.ground[: SIZE.width]
    assert abs(int(ground.argmin()) / SIZE.width - share) < 0.05
    assert ground[[0, -1]].min() - ground.min() > 0.03 * place.unit
    assert abs(float(place.ground[0] - place.ground[-1])) < 2
