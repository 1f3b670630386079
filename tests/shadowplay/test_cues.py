import numpy as np
import pytest
from sweeps import for_all

from shadowplay import cues
from shadowplay.picture.layers import Picture
from shadowplay.place.incidents import Incident
from shadowplay.play import Play
from shadowplay.shot import FPS, Shot, Size
from shadowplay.sound.synth import SoundEvent
from shadowplay.sound.theme import theme


def play_of(prompt):
    return Play(Shot(prompt=prompt, size=Size(90, 160), frame_count=8 * FPS, seed=7))


@for_all(
    ("prompt", "kind", "gap"),
    [
        ("a car drives through a city", "engine", 1.0),
        ("a plane in the clouds", "jet", 1.0),
        ("a helicopter over a city", "rotor", 1.0),
        ("a rocket in space", "rocket", 1.0),
        ("a balloon over the mountains", "burner", 5.0),
        ("a bicycle on a road", "wheel", 0.5),
        ("a whale swims in the sea", "swash", 3.6),
        ("a horse runs in a meadow", "gallop", 0.58),
        ("a whale leaps from the sea", "splash", 2.75),
    ],
)
def test_what_moves_is_heard_evenly(prompt, kind, gap):
    film = play_of(prompt)._parts[0][1]
    moments = [event.at for event in cues.events(film, 0.0, 8.0) if event.kind == kind]
    assert len(moments) >= 2
    assert np.diff(moments) == pytest.approx(gap)
    later = [event.at for event in cues.events(film, 4.0, 4.0) if event.kind == kind]
    assert later[-1] == pytest.approx(moments[-1])


@for_all(
    ("prompt", "kind", "gap"),
    [
        ("a woman reads a book in a room", "page", 3.2),
        ("a man plays a drum in a street", "drum", 0.5),
        ("a fountain in a garden", "trickle", 1.0),
        ("a grandfather clock in a room", "tick", 1.0),
        ("a chef cooks in a kitchen", "sizzle", 1.0),
        ("two knights fight on a meadow", "clang", 1.5),
    ],
)
def test_things_are_heard_while_they_are_used(prompt, kind, gap):
    film = play_of(prompt)._parts[0][1]
    moments = [event.at for event in cues.events(film, 0.0, 8.0) if event.kind == kind]
    assert len(moments) >= 2
    assert np.diff(moments) == pytest.approx(gap)
    # A stretch of the film has the same moments, with those that may still ring on.
    later = [event.at for event in cues.events(film, 7.0, 1.0) if event.kind == kind]
    assert later == [at for at in moments if at >= 1.0]


@for_all(
    ("prompt", "kind"),
    [
        ("a dog on a meadow", "bark"),
        ("a cat on a roof", "meow"),
        ("an elephant on the savanna", "trumpeting"),
        ("a bell in a village", "bell"),
        ("an ambulance drives through a city", "siren"),
        ("a boy kisses a girl", "kiss"),
        ("a vase breaks in a room", "shatter"),
        ("a dog barks at a cat", "bark"),
        ("a woman shouts in a street", "shout"),
        ("a bird sings on a branch", "bird"),
        ("a woman sings on a stage", "song"),
        ("a boy cries in a park", "sob"),
    ],
)
def test_things_have_voices(prompt, kind):
    film = play_of(prompt)._parts[0][1]
    assert kind in {event.kind for event in cues.events(film, 0.0, 8.0)}


@for_all(
    ("prompt", "kind"),
    [
        ("a meteor over mountains at night", "whoosh"),
        ("the surface of the moon", "sparkle"),
    ],
)
def test_little_things_are_heard_as_they_begin_to_be_seen(prompt, kind):
    film = play_of(prompt)._parts[0][1]
    elements = [one for one in film.elements if isinstance(one, Incident)]
    heard = {sound: (one, at) for one in elements for at, sound in one.heard(0.0, 7.0)}
    element, at = heard[kind]
    assert SoundEvent(at, kind, 0.3, 0.3) in cues.events(film, 0.0, 7.0)

    def seen(t):
        picture = Picture.blank(*film.scene.size)
        blank = picture.y.copy()
        element.draw(picture, t, film.camera.at(t), 0)
        return bool((picture.y != blank).any())

    assert not seen(at - 0.01)
    assert any(seen(at + late) for late in (0.3, 0.5, 3.0, 5.0))


def test_who_is_heard_doing_something_says_nothing_else():
    kinds = {e.kind for e in cues.events(play_of("a boy cries in a park")._parts[0][1], 0.0, 8.0)}
    assert "laugh" not in kinds
    kinds = {e.kind for e in cues.events(play_of("a boy in a park")._parts[0][1], 0.0, 8.0)}
    assert "laugh" in kinds


def test_a_thing_that_nobody_uses_is_not_heard():
    film = play_of("a book on a table in a room")._parts[0][1]
    assert "page" not in {event.kind for event in cues.events(film, 0.0, 8.0)}


def test_the_instrument_that_somebody_plays_plays_the_melody():
    for thing in ("piano", "guitar", "violin", "trumpet", "flute", "harp"):
        film = play_of(f"a woman plays a {thing} in a room")._parts[0][1]
        assert cues.instrument(film.scene) == thing
    film = play_of("a woman stands beside a piano in a room")._parts[0][1]
    assert cues.instrument(film.scene) == ""
    notes = [theme(film.scene, lead)(3, 1.0) for lead in ("", "trumpet")]
    own, trumpet = ({event.kind for event in of} for of in notes)
    assert "trumpet" in trumpet - own


def test_steps_end_when_one_stops():
    film = play_of("a dog runs on a beach, then it stops")._parts[0][1]
    (figure,) = (one for one in film.blocking.figures if one.role.actor == "dog")
    stops = next(at for at, action, _ in figure.acts if action == "stand")
    steps = [event.at for event in cues.events(film, 0.0, 8.0) if event.kind == "paw"]
    assert len(steps) >= 2 and max(steps) < stops < 8.0


def test_what_stands_is_not_heard():
    film = play_of("a car stands in a city")._parts[0][1]
    assert film.scene.cast[0].action == "stand"
    assert "engine" not in {event.kind for event in cues.events(film, 0.0, 8.0)}
