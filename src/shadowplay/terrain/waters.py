"""Water as a layer, from the horizon to the camera."""

from __future__ import annotations

from shadowplay.terrain.site import Site
from shadowplay.water import Water


def flood(site: Site, *, rough: float = 0.5) -> None:
    """Water from the horizon to the frame's bottom: 0 is a mirror, 1 a sea in a fresh wind."""
    waves = site.scene.waves
    rough = min(1.3 * max(1.0, waves), rough * waves * (0.6 + 0.8 * abs(site.scene.wind)))
    site.elements.append(Water(site.scene, site.palette, site.key, site.horizon, rough=rough))
    site.water = (site.horizon, float(site.height))
