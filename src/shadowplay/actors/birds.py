"""Bird (a dove), crane, eagle and owl."""

from __future__ import annotations

from shadowplay.actors.base import Shape
from shadowplay.actors.curves import (
    Skin,
    Tube,
    frame,
    moved,
    outline,
    stations,
)
from shadowplay.actors.figure import Rhythm
from shadowplay.actors.rig import keyed, knee, pulse, wave
from shadowplay.actors.wings import Flap, Flyer, Part, Wing


def whole(*drawings: str) -> Part:
    """A body that keeps its shape."""
    shapes = [Shape(outline(drawing)) for drawing in drawings]
    return lambda phase: list(shapes)


def perched(drawing: str, neck: tuple[float, float], look: float, legs: str) -> Part:
    """A sitting bird: the head turns in small quick steps, the breast breathes."""
    skin = Skin(outline(drawing), [(neck, (0.3, 1.0), 0.05)])
    feet = Shape(outline(legs))

    def part(phase: float) -> list[Shape]:
        turn = look * keyed(
            phase,
            (
                (0.0, 0.0),
                (0.2, 0.0),
                (0.23, 1.0),
                (0.42, 0.8),
                (0.45, -0.6),
                (0.7, -0.6),
                (0.73, 0.0),
                (1.0, 0.0),
            ),
        )
        frames = skin.frames((turn,), frame(0.0, 0.0, 0.004 * wave(phase, 4)))
        return [feet, Shape(skin.outline(frames))]

    return part


_BIRD_FLAP = Flap(up=1.15, down=-0.65, droop=0.7, sweep=0.55, bob=0.045)
bird = Flyer(
    "bird",
    0.34,
    {"fly": Rhythm(0.36, 3.0, _BIRD_FLAP.beats()), "sit": Rhythm(7.0)},
    wings=(
        Wing(
            "0,15 12,21 26,22.6 40,19 54,10 66,-2 78,-18! 67,-12 66,-19! 57,-11 54,-21!"
            " 46,-13 42,-23! 34,-15 28,-24! 20,-17 0,-18",
            26,
            (0.06, 0.045),
        ),
    ),
    flap=_BIRD_FLAP,
    body=whole(
        "50,4! 45.4,7 42,10.4 36,12 30,10.6 22,10 8,9.6 -10,6.4 -26,4.4 -40,6 -52,8.4!"
        " -50,4.6! -54,3.4! -51,0.4! -53,-2.4! -42,-2.6 -28,-2 -14,-6 2,-10 16,-10.6"
        " 27,-7 35,-1.4 41,2 45,2.6"
    ),
    rest=perched(
        "24.4,54! 19,56.4 16.4,59.6 11,61.4 5,59.6 2,55 -0.6,49 -6,41.6 -14,31 -22,20"
        " -33,6.4! -31,3.4! -24,7.6 -15,13 -6,14 3,16.6 10,23 14.6,32 15.4,41 15,48"
        " 17.6,52.4",
        (0.05, 0.45),
        0.4,
        "0.6,18! 1.4,2 5,0! -3,0! -0.6,2 -1.2,18!",
    ),
)

_EAGLE_FLAP = Flap(
    up=0.85, down=-0.5, droop=0.5, sweep=0.32, flaps=2, glide=0.52, held=0.14, bob=0.04
)
eagle = Flyer(
    "eagle",
    0.9,
    {"fly": Rhythm(3.6, 1.7, _EAGLE_FLAP.beats()), "sit": Rhythm(8.0)},
    wings=(
        Wing(
            "0,17 16,22 36,24 56,24 74,22 92,20! 78,16.6 96,12! 79,10 97,3.4! 78,3.6 95,-5!"
            " 74,-2.6 88,-13! 68,-8 78,-19! 58,-12.4 44,-17 28,-19 10,-20 0,-21",
            40,
            (0.05, 0.05),
            (-0.32, -0.34),
        ),
    ),
    flap=_EAGLE_FLAP,
    body=whole(
        "47.4,-0.6! 50,3 49.4,6 46,8.4 41,10.4 34,10 26,9.6 12,9.4 -6,6.6 -22,5 -36,7.6"
        " -51,10! -53,5! -52.6,0! -51,-4.4! -38,-3.6 -24,-4.6 -10,-8.6 6,-11 20,-9"
        " 30,-4 38,0.6 44,2.6"
    ),
    rest=perched(
        "26.6,82! 27.6,87 25,91 20,93.4 15,96 8,96.4 2,94 -1,89.6! -3.4,85! -2,82 -8,79"
        " -15,72 -20,62 -22.4,50 -24,38 -27,24! -25.4,21! -27,10! -31,-1! -25.6,-2!"
        " -22.4,0! -18,-1! -16,10 -13,20! -10,13 -6,10! -1,14 5,13.6! 9,10! 13,16 17,28"
        " 20,42 21,56 19,68 16,76 18,84.4 22,85.4",
        (0.06, 0.76),
        0.3,
        "2,16! 3,6 1,3 -1,0! 4,1.4 5,0! 7,1.6 10,0! 10,3 9.6,8 11,16!",
    ),
)

_CRANE_FLAP = Flap(up=0.85, down=-0.55, droop=0.62, sweep=0.35, bob=0.035)
_CRANE_SKIN = Skin(
    outline(
        "62,88.6! 52,92.6 47.4,95.6 43.4,96.6 39.6,94.6 38,90 38.6,84 38,77 34,70.6"
        " 27,66 16,66.6 4,66 -8,62 -18,56 -27,48 -34,38! -28,40 -32,33! -24,38 -25,32!"
        " -14,40 -4,45.4 8,47.6 18,50.6 26,56 34,62 40,69 43,77 43.4,84 45.6,88.6"
        " 50,89.6"
    ),
    [((0.3, 0.62), (0.8, 0.7), 0.1), ((0.42, 0.9), (1.0, 0.2), 0.05)],
)
_CRANE_LEG = Tube(3, stations("0:3/3 0.4:1.8/1.8 0.8:1.1 1:1.5 1.2:1 1.9:0.9"), 0.12)
_CRANE_TOES = outline("0.9,2.4 5,1 8,0! -3,0! -0.9,2.4")


def _standing_crane(phase: float) -> list[Shape]:
    """On one leg and the other in turn, the neck dipping to the water."""
    lifted = pulse(phase, 0.3, 0.22)
    dip = -0.75 * pulse(phase, 0.72, 0.18) + 0.05 * wave(phase, 2)
    frames = _CRANE_SKIN.frames((dip, 0.35 * dip), frame(0.0, 0.0, 0.004 * wave(phase, 4)))
    far_foot = 0.06 + 0.02 * lifted, 0.2 * lifted
    legs = []
    for hip, foot, tone in (((0.06, 0.5), far_foot, 0.18), ((0.0, 0.49), (0.0, 0.0), 0.0)):
        ankle = foot[0], foot[1] + 0.02
        legs.append(
            Shape(
                _CRANE_LEG.outline(
                    (hip, knee(hip, ankle, 0.245, 0.25, -1.0), ankle), moved(_CRANE_TOES, *foot)
                ),
                tone,
            )
        )
    return [*legs, Shape(_CRANE_SKIN.outline(frames))]


crane = Flyer(
    "crane",
    1.25,
    {"fly": Rhythm(0.95, 1.9, _CRANE_FLAP.beats()), "stand": Rhythm(9.0)},
    wings=(
        Wing(
            "0,9 14,13 28,15 42,13.6 56,9! 47,6.4 58,2! 48,0.6 57,-5! 46,-3.6 52,-11!"
            " 42,-6.4 44,-14! 34,-9 30,-15! 22,-10.4 16,-15! 0,-12",
            28,
            (0.03, 0.025),
            (-0.28, -0.26),
            size=1.22,
        ),
    ),
    flap=_CRANE_FLAP,
    body=whole(
        "50,1.6! 42,3.6 39.6,4.8 36.6,4.8 33,3 26,2.6 18,4.4 10,5.4 0,4.6 -10,2.6"
        " -18,0.6 -24,-1! -22,-1.6 -36,-2 -49,-1.6! -50,-3! -36,-3.6 -20,-4.4 -10,-5"
        " 0,-6 10,-5 18,-1.4 26,0.4 34,0.8 40,2"
    ),
    rest=_standing_crane,
)

_OWL_FLAP = Flap(up=0.95, down=-0.6, droop=0.45, sweep=0.25, bob=0.05)
_OWL = outline(
    "17,6! 19,12 22,24 24,38 24,52 22.6,62 24,70 25.4,80 25,89 26.6,99! 20,94.6"
    " 13,93.4 6,93.4 -1,94.8 -7,99.6! -6.4,90 -7.6,80 -7,71 -10,62 -15,50 -18,36"
    " -19.6,22 -20,10 -21,0! -16,-2! -11,0! -7,3 -2,4 4,3 10,4"
)
_OWL_EYES = (
    outline("4,81 6.6,84.8 10.6,84.8 12.6,81 10.4,77.2 6.4,77.2"),
    outline("16,81 17.6,84.8 21,84.8 22.6,81 21,77.2 17.8,77.2"),
)
_OWL_BEAK = outline("12.6,78! 15.8,78! 14.4,71.6!")
_OWL_FEET = outline("-1,4! 0,0.4 3,-1! 6,0.6 8,0.6 11,-1! 14,0.4 15,4!")


def _sitting_owl(phase: float) -> list[Shape]:
    """It only turns its eyes, and blinks."""
    shut = max(pulse(phase, 0.31, 0.03), pulse(phase, 0.37, 0.03), pulse(phase, 0.8, 0.03))
    look = 0.014 * keyed(
        phase, ((0.0, 0.0), (0.45, 0.0), (0.5, 1.0), (0.85, 1.0), (0.9, 0.0), (1.0, 0.0))
    )
    eyes = []
    for eye in _OWL_EYES:
        points = eye.copy()
        points[:, 1] = 0.81 + (points[:, 1] - 0.81) * (1 - 0.9 * shut)
        points[:, 0] += look
        eyes.append(Shape(points, 0.5, light=0.75))
    breath = _OWL.copy()
    breath[:, 0] *= 1 + 0.008 * wave(phase, 3)
    return [Shape(breath), Shape(_OWL_FEET), *eyes, Shape(moved(_OWL_BEAK, look, 0.0), 0.3)]


owl = Flyer(
    "owl",
    0.5,
    {"sit": Rhythm(9.0), "fly": Rhythm(0.62, 2.4)},
    wings=(
        Wing(
            "0,20 16,27 34,29 54,26 70,16 80,2! 70,1 76,-10! 64,-6 66,-18! 54,-12 52,-23!"
            " 42,-16 38,-26! 28,-19 22,-27! 0,-24",
            34,
            (0.06, 0.06),
            (-0.28, -0.34),
        ),
    ),
    flap=_OWL_FLAP,
    body=whole(
        "41,2 43,8 42,14 40.4,21! 36,18.6 30,18.4 22,16 8,14 -10,10 -26,6 -44,5! -47,0!"
        " -44,-5! -28,-5 -12,-10 6,-14 20,-14.4 32,-11.6 39,-6"
    ),
    rest=_sitting_owl,
    home="ground",
)
