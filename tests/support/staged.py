"""Scenes of prompts, staged as those of a shot are."""

from shadowplay.scene import Scene
from shadowplay.shot import Size, Step
from shadowplay.words.staging import unfold


def stage(prompt: str, seed: int, size: Size, without: str = "") -> Scene:
    """The scene of a prompt and a negative prompt."""
    ((_, scene),) = unfold([Step("create", prompt)], seed, size, without)
    return scene


def carry(source: str, change: str, seed: int, size: Size) -> Scene:
    """The scene of `source` after an edit."""
    ((_, scene),) = unfold([Step("create", source), Step("edit", change)], seed, size)
    return scene
