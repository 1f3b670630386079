"""Scenes of prompts, staged as those of a shot are."""

from shadowplay.scene import Scene
from shadowplay.shot import Size, Step
from shadowplay.words.staging import unfold


def stage(prompt: str, seed: int, size: Size, without: str = "") -> Scene:
    """The scene of a prompt and a negative prompt."""
    return unfold([Step("create", prompt)], seed, size, without)[0][1]


def turn(prompt: str, seed: int, size: Size) -> tuple[Scene, Scene]:
    """The scenes before and after what a prompt says that turns."""
    (_, before), (_, after) = unfold([Step("create", prompt)], seed, size)
    return before, after


def carry(source: str, change: str, seed: int, size: Size) -> Scene:
    """The scene of `source` after an edit."""
    ((_, scene),) = unfold([Step("create", source), Step("edit", change)], seed, size)
    return scene
