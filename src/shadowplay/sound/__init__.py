"""The soundtrack of a scene, synthesised with numpy: ambience, events in time, a theme."""

from shadowplay.sound.events import SoundEvent
from shadowplay.sound.track import soundtrack

__all__ = ["SoundEvent", "soundtrack"]
