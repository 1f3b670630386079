"""What shadowplay offers: every operation, without weights."""

from __future__ import annotations

from vitascope.model import OPERATIONS, Offer

OFFER = Offer(
    operations=frozenset(OPERATIONS),
    description="Draws the prompt as an animated shadow play; needs no weights and no GPU.",
    licence="none needed",
    sound="joint",
    native="any even size, any length",
)
