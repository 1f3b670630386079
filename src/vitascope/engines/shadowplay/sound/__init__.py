"""The soundtrack of a scene, synthesised with numpy: ambience, events in time, a theme."""

from vitascope.engines.shadowplay.sound.events import SoundEvent
from vitascope.engines.shadowplay.sound.recipes import KINDS
from vitascope.engines.shadowplay.sound.track import soundtrack

__all__ = ["KINDS", "SoundEvent", "soundtrack"]
