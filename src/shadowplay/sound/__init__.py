"""The soundtrack of a scene, synthesised with numpy: ambience, events in time, a theme."""
