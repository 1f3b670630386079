"""Framed pictures: characters that nobody could cut out stand on an easel as pictures."""

from __future__ import annotations

from PIL import Image, ImageDraw

_EDGE = 520
"""Longer edge of the picture in the frame, in pixels."""

_FINE = 2
"""Frame and easel are drawn so many times as large, for smooth edges."""

_MOULDING = ((0.085, "#5a3d1f"), (0.074, "#b98f4a"), (0.05, "#8a6430"), (0.042, "#efe6d2"))
"""The frame from outside to inside: how far each part reaches, as a share of the longer edge."""

_WOOD = "#6d4a2a"


def framed(picture: Image.Image) -> Image.Image:
    """A picture in a frame on an easel, in RGBA; all around it is transparent."""
    picture = picture.convert("RGBA")
    picture.thumbnail((_EDGE, _EDGE), Image.Resampling.LANCZOS)
    width, height = (edge * _FINE for edge in picture.size)
    longer = max(width, height)
    rim = round(_MOULDING[0][0] * longer)
    wide, high = width + 2 * rim, height + 2 * rim
    top, legs = round(0.1 * longer), round(0.5 * longer)
    splay = round(0.12 * longer)
    canvas = Image.new("RGBA", (wide + 2 * splay, top + high + legs))
    draw = ImageDraw.Draw(canvas)
    middle, thick, foot = canvas.width // 2, round(0.03 * longer), canvas.height - 1
    draw.line([(middle, 0), (middle, foot - legs // 4)], _WOOD, thick)
    for side in (-1, 1):
        draw.line([(middle + side * thick, 0), (middle + side * (wide // 2), foot)], _WOOD, thick)
    left = splay
    for reach, tone in _MOULDING:
        edge = round(reach * longer)
        box = (
            left + rim - edge, top + rim - edge,
            left + rim + width + edge - 1, top + rim + height + edge - 1,
        )  # fmt: skip
        draw.rectangle(box, fill=tone)
    shelf = top + high
    draw.rectangle((left, shelf, left + wide - 1, shelf + thick), fill="#7d5632")
    canvas = canvas.resize((canvas.width // _FINE, canvas.height // _FINE), Image.Resampling.BOX)
    canvas.paste(picture, ((left + rim) // _FINE, (top + rim) // _FINE))
    return canvas
