import numpy as np
import pytest
from sweeps import for_all

from shadowplay import cues
from shadowplay.play import Play
from shadowplay.shot import FPS, Shot, Size


def play_of(prompt):
    return Play(Shot(prompt=prompt, size=Size(180, 320), frame_count=8 * FPS, seed=7))


@for_all(
    ("prompt", "kind", "gap"),
    [
        ("a car drives through a city", "engine", 1.0),
        ("a plane in the clouds", "jet", 1.0),
        ("a helicopter over a city", "propeller", 1.0),
        ("a rocket in space", "rocket", 1.0),
        ("a balloon over the mountains", "burner", 5.0),
        ("a bicycle on a road", "wheel", 0.5),
        ("a whale swims in the sea", "swash", 3.6),
        ("a horse runs in a meadow", "gallop", 0.58),
        ("a whale leaps from the sea", "splash", 2.75),
    ],
)
def test_what_moves_is_heard_evenly(prompt, kind, gap):
    film = play_of(prompt)._parts[0].film
    moments = [event.at for event in cues.events(film, 0.0, 8.0) if event.kind == kind]
    assert len(moments) >= 2
    assert np.diff(moments) == pytest.approx(gap)
    later = [event.at for event in cues.events(film, 4.0, 4.0) if event.kind == kind]
    assert later[-1] == pytest.approx(moments[-1])


def test_what_stands_is_not_heard():
    film = play_of("a car stands in a city")._parts[0].film
    assert film.scene.cast[0].action == "stand"
    assert "engine" not in {event.kind for event in cues.events(film, 0.0, 8.0)}
