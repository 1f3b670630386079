"""Places: what surrounds the cast, from the sky to what passes near the camera."""
