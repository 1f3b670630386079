"""Defaults: what a prompt implies where it is silent; the seed picks where several things fit."""

from __future__ import annotations

from shadowplay.scene import Action, Mood, TimeOfDay

HABITATS: dict[str, tuple[str, ...]] = {
    "person": ("meadow", "street", "mountains", "lake"),
    "child": ("meadow", "garden", "beach"),
    "couple": ("beach", "garden", "street"),
    "dancer": ("rooftops", "garden", "beach"),
    "knight": ("mountains", "meadow", "forest"),
    "wizard": ("mountains", "forest"),
    "astronaut": ("moon",),
    "robot": ("city",),
    "umbrella_walker": ("street", "city"),
}
"""Where a subject lives when the prompt names no place."""

ANYWHERE = ("mountains", "lake", "sea", "meadow", "forest", "desert", "city", "village")

ACTION_PLACES: dict[str, tuple[str, ...]] = {
    "swim": ("underwater", "underwater", "lake", "sea"),
    "sail": ("lake", "sea", "river"),
    "fly": ("clouds", "mountains", "lake", "meadow"),
    "drive": ("road",),
}
"""Where something is done by somebody who lives nowhere in particular."""

HOURS: dict[str, tuple[TimeOfDay, ...]] = {
    "wizard": ("dusk", "night"),
}

MOOD_HOURS: dict[Mood, tuple[TimeOfDay, ...]] = {
    "joyful": ("day", "golden"),
    "melancholy": ("dusk", "dawn"),
    "tense": ("night", "dusk"),
    "wondrous": ("night", "dawn", "dusk"),
}

FALLING_HOURS: dict[str, tuple[TimeOfDay, ...]] = {
    "snow": ("day", "dusk", "dawn", "night"),
    "petals": ("day", "golden", "dawn"),
    "leaves": ("golden", "day", "dusk"),
}

ANY_HOUR: tuple[TimeOfDay, ...] = ("golden", "dusk", "dawn", "golden", "dusk", "night", "day")

STAND_INS: dict[str, tuple[str, ...]] = {
    "child": ("person",),
    "couple": ("person",),
    "dancer": ("person",),
    "knight": ("rider", "person"),
    "wizard": ("person",),
    "astronaut": ("person",),
    "robot": ("person",),
    "umbrella_walker": ("person",),
    "rider": ("horse",),
    "kite": ("bird",),
    "bus": ("truck", "car"),
    "truck": ("car",),
    "rowboat": ("sailboat",),
    "ship": ("sailboat",),
    "helicopter": ("plane",),
    "tower": ("castle", "house"),
    "fox": ("dog",),
    "wolf": ("dog",),
    "lion": ("cat",),
}
"""Near synonyms for a figure that is not in the box."""

INSTEAD: dict[Action, tuple[Action, ...]] = {
    "walk": ("walk", "run", "drive", "sail", "swim", "fly", "dance"),
    "run": ("run", "walk", "drive", "jump", "sail", "swim", "fly"),
    "fly": ("fly", "glow", "swim", "sail", "run"),
    "swim": ("swim", "sail", "walk"),
    "sail": ("sail", "swim", "drive", "fly"),
    "drive": ("drive", "sail", "fly", "run", "walk"),
    "sit": ("sit", "stand"),
    "perch": ("perch", "sit", "stand"),
    "dance": ("dance", "jump", "walk"),
    "jump": ("jump", "run", "swim", "dance"),
    "stand": ("stand", "sit", "glow"),
    "glow": ("glow", "stand"),
}
"""What an actor does that can't do what was asked, the nearest thing first."""

PEOPLE = frozenset(
    {"person", "child", "couple", "dancer", "knight", "wizard", "astronaut", "robot"}
)

CARRIERS = {"horse": "rider"}
"""What a person on something is drawn as, if not as what is `crewed`."""
