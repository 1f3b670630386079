"""Defaults: what a prompt implies where it is silent; the seed picks where several things fit."""

from __future__ import annotations

from shadowplay.scene import Action, Mood, TimeOfDay

ANYWHERE = ("mountains", "lake", "sea", "meadow", "forest", "desert", "city", "village")

ACTION_PLACES: dict[str, tuple[str, ...]] = {
    "swim": ("underwater", "underwater", "lake", "sea"),
    "sail": ("lake", "sea", "river"),
    "fly": ("clouds", "mountains", "lake", "meadow"),
    "drive": ("road",),
}
"""Where something is done by somebody who lives nowhere in particular."""

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
    "lie": ("lie", "sit", "stand"),
    "kneel": ("kneel", "sit", "stand"),
    "wave": ("wave", "stand", "sit", "glow"),
    "hug": ("hug", "stand", "sit", "glow"),
    "fight": ("fight", "stand", "sit", "glow"),
    "stand": ("stand", "sit", "glow"),
    "glow": ("glow", "stand"),
}
"""What an actor does that can't do what was asked, the nearest thing first."""

CARRIERS = {"horse": "rider"}
"""What a person on something is drawn as, if not as what is `crewed`."""

STILL = frozenset({"stand", "sit", "perch", "lie", "kneel", "wave", "hug", "fight", "glow"})
"""Actions of those who stay where they are."""
