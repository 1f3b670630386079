"""Light and shade behind the lead: it stands out, whatever the place, the hour and its clothes."""

import pytest
from staged import stage

from shadowplay.acting.backing import APART, Backing, Seen, backing, seen
from shadowplay.acting.stage import Troupe
from shadowplay.art.cast import Cast
from shadowplay.performance import Performance
from shadowplay.picture.flats import View
from shadowplay.picture.layers import Picture
from shadowplay.picture.palette import PALETTES
from shadowplay.shot import Size
from shadowplay.sprites.marks import lead_of

SIZE = Size(480, 272)


def looked_at(prompt, *, plain):
    """What is seen of the lead at the beginning; `plain` leaves the backing out."""
    film = Performance(stage(prompt, 3, SIZE), Cast({}))
    role = lead_of([figure.role for figure in film.blocking.figures])
    lead = next(figure for figure in film.blocking.figures if figure.role == role)
    before, after = Picture.blank(*SIZE), Picture.blank(*SIZE)
    for element in film.elements:
        if isinstance(element, Troupe) and lead in element._figures:
            after.take(before, SIZE.height)
            element.draw(after, 0.0, View(), SIZE.height)
            break
        if not (plain and isinstance(element, Backing)):
            element.draw(before, 0.0, View(), SIZE.height)
    found = seen(lead, before, after, element._ground)
    return film, found.apart(PALETTES["noir"].ink, 0.0)


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox runs through a snowy forest at dusk",
        "a knight stands in front of a castle at sunset",
        "a wolf stands in a village at night",
        "a farmer stands in a field at dusk",
        "a rabbit sits in a garden at dusk",
    ],
)
def test_who_looks_like_what_is_behind_is_backed(prompt):
    film, backed = looked_at(prompt, plain=False)
    _, plain = looked_at(prompt, plain=True)
    assert any(isinstance(element, Backing) for element in film.elements)
    assert plain < APART
    assert backed > min(plain + 5, APART)


def test_who_stands_out_is_not_backed():
    film, apart = looked_at("a crow stands in the snow", plain=False)
    assert apart >= APART
    assert not any(isinstance(element, Backing) for element in film.elements)


@pytest.mark.parametrize(("luma", "behind"), [(60, 70), (70, 60), (150, 130), (90, 90)])
def test_as_little_as_is_enough_is_put_behind(luma, behind):
    film = Performance(stage("a woman stands in a meadow", 3, SIZE), Cast({}))
    group = film.blocking.figures[:1]
    plain = Seen(luma, 4.0, behind, 10.0)
    element = backing(group, plain, film.palette, None)
    assert isinstance(element, Backing)
    assert backing(group, plain._replace(luma=behind + 90), film.palette, None) is None


@pytest.mark.parametrize(
    ("prompt", "darkest"),
    [
        ("a gull flies over the sea", 170),
        ("a white owl flies over a forest", 170),
        ("a sailboat crosses a bay", 155),
        ("a white goat stands on a dune", 155),
    ],
)
def test_little_shade_is_put_behind_who_is_light_by_day_and_none_behind_who_flies(prompt, darkest):
    film = Performance(stage(f"{prompt} by day", 3, SIZE), Cast({}))
    element = backing(film.blocking.figures[:1], Seen(190, 4.0, 180, 10.0), film.palette, None)
    picture = Picture.blank(*SIZE)
    picture.y[:] = 180
    if element:
        element.draw(picture, 0.0, View(), SIZE.height)
    assert picture.y.min() > darkest
