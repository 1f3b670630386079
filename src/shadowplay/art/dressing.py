"""Dressing: the drawings that a figure consists of, one over the other: body, head and clothes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import chain, groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from shadowplay.art import library
from shadowplay.art.actors import Coat
from shadowplay.art.garments import GARMENTS, SHADES, fitted
from shadowplay.art.library import Card
from shadowplay.art.paths import box, turned
from shadowplay.art.rig import Piece, Rig
from shadowplay.art.svg import Anchor, Drawing, Part, plain, read
from shadowplay.art.treads import unit_of
from shadowplay.art.upright import HIGH, NECK, carried_by, furs, head_of, own_head
from shadowplay.colour import mix, rgb
from shadowplay.scene import Rgb

_NECK, _CROWN = (0.8, -86.0), (1.2, -99.8)
"""Where the head's bone and the head's top are in the drawings of hats."""

_FELT = Rgb(148, 60, 66)  # a hat without a colour of its own, on an animal
_BLACK = 24  # paints this dark are the silhouette's own colour
_PALEST = 210  # paints as pale as this are as far behind as a part can be
_FAR = -0.3  # how much darker the limbs on the far side are
_FACE = frozenset({"head", "face", "teeth", "tongue"})
_HEAD = _FACE | {"hair", "hat"}  # the drawings and layers of a person's head
_DRIVER = 1.7  # how many times as high as a driver's face the head of an animal is


class Paint(NamedTuple):
    """How a piece is painted when nothing has changed."""

    tone: float
    light: float
    paint: Rgb | None
    coat: Coat | None
    pale: str  # what a pose calls that which is added to the tone,
    lit: str  # and to the light
    aside: np.ndarray[Any, np.dtype[np.float32]] | float = 0.0  # from the first of a crew, heights


class Outfit(NamedTuple):
    """One of the looks of a figure: its drawing, that on its bones, and the pieces' paints."""

    drawing: Drawing
    rig: Rig
    paints: list[tuple[Piece, Paint]]


@cache
def outfit(
    card: Card, look: int = 0, clad: frozenset[str] = frozenset(),
    hat: tuple[str, Rgb | None] | None = None, rider: str = "", crew: int | None = None,
) -> Outfit:  # fmt: skip
    """One of the looks of a figure, whose SVGs are one drawing.

    Args:
        card: what its TOML says.
        look: which of its looks it has. Who has a hat on keeps the usual hair.
        clad: those of its garments that it wears, as `hat` in `Guise`.
        hat: that of the art in place of its own, and its colour.
        rider: the one whose head it has in place of its own, or of its driver's.
        crew: how many are in it, or on it; None is one.
    """
    said, made, instead = card.said, Drawing(), card.looks[look]
    for worn in sorted(said.get("instead", {}).keys() & clad):
        instead = instead | said["instead"][worn]
    for drawing in chain.from_iterable(instead.get(x, [x]) for x in said.get("art", [card.name])):
        one = read(card.drawing(drawing))
        made.parts += one.parts
        made.pivots |= one.pivots
        made.anchors |= one.anchors
    made.carriers |= {k: v for k, v in said.get("swing", {}).items() if k in made.pivots}
    rider = rider or said.get("head_of", "")
    wraps = {k: v for k, v in said.get("wraps", {}).items() if k in clad}
    hatted = hat is not None or any(part.group == "hat" for part in made.parts)
    also = {k: v for k, v in said.get("also", {}).items() if not (rider and k in _HEAD)}
    for part, size in (also | wraps).items():
        for drawing in [part] if part == "hair" and hatted else instead.get(part, [part]):
            made.parts += _hung(read(card.drawing(drawing)), size, made)
    if jaws := said.get("jaws"):  # as long as its head
        way = complex(*made.anchors["mouth"].start) - complex(*made.pivots["head"].start)
        made.parts += _hung(read(card.drawing(jaws)), way / 100, made)
    if "garments" not in said:
        for garment in sorted(GARMENTS.keys() & clad):
            made.parts = fitted(garment, made, said)
    said = _built(made, card, clad, said)
    if rider:
        said = said | _behead(made, rider, said)
    _enlarge(made, said)
    made.parts = [part for part in made.parts if part.group not in said.get("without", ())]
    if hat is not None and "head" in made.pivots | said.get("anchors", {}):
        made.parts = [part for part in made.parts if part.group != "hat"]
        own = hat[1] or (None if "hat" in said.get("coat", {}) else _FELT)
        made.parts += _on_head(read(card.drawing(hat[0])), own, made, said)
    rig = Rig(made, said)
    return Outfit(made, rig, list(_crewed(_paints(rig, said), said, 1 if crew is None else crew)))


def _built(
    made: Drawing, card: Card, clad: Collection[str], said: dict[str, Any]
) -> dict[str, Any]:
    """Give a drawing what words say of somebody's body, and return what is said with its coats."""
    for build in [one for name, one in said.get("build", {}).items() if name in clad]:
        for drawing in build.get("over", ()):
            more = read(card.drawing(drawing)).parts
            made.parts += [part for part in more if "+".join(part.bones) in made.pivots]
        bare, coat = build.get("bare", ()), said.get("coat", {})
        made.parts = [part for part in made.parts if not any(word in part.name for word in bare)]
        if stuff := build.get("stuff"):
            for k, part in enumerate(made.parts):
                if part.kind and part.group not in _FACE:
                    made.parts[k] = part._replace(kind="", paint=Rgb(0, 0, 0))
            coat = dict.fromkeys((*coat, "all"), stuff[0])
            coat |= dict.fromkeys(("leg", "shoe"), stuff[1])
        said = said | {"coat": {**coat, **build.get("coat", {})}}
    return said


def _grown(
    part: Part, size: complex, start: ArrayLike, end: ArrayLike, joint: tuple[float, ...] = ()
) -> Part:
    """A part `size` times as large, whose point `start` is at `end`; less of it toward `joint`.

    A complex size turns it, too.
    """
    lines = [turned(line, size, start, end) for line in part.outlines]
    for k, line in enumerate(part.outlines if joint else ()):
        way = np.subtract(start, joint)
        along = ((line - joint) * way).sum(1, keepdims=True) / (way * way).sum()
        lines[k] = line + np.clip(along, 0, 1) * (lines[k] - line)
    return part._replace(outlines=lines)


def _on_head(
    hat: Drawing, colour: Rgb | None, made: Drawing, said: Mapping[str, Any]
) -> Iterator[Part]:
    """The parts of a hat, of a colour or its own: an animal's is as large as its crown is high.

    A badge that the hat's drawing has on the chest is left out of figures that have no chest.
    """
    crown = said.get("anchors", {}).get("head")
    for part in hat.parts:
        if not {*part.bones} <= {*made.pivots, "head"}:
            continue
        if crown is None:
            size = said.get("head", 1.0) * said.get("skull", 1.0)
            part = _grown(part, size, _NECK, made.pivots["head"].start)
        else:
            (x, y), (right, over) = made.pivots[crown["bone"]].start, crown["at"]
            size = math.hypot(right, over) / (_NECK[1] - _CROWN[1])
            name = part.name.replace("head", crown["bone"], 1)
            part = _grown(part, size, _CROWN, (x + right, y - over))._replace(name=name)
        if colour and part.kind != "own":
            shade = SHADES.get(part.label)
            part = part._replace(kind="own", paint=mix(colour, *shade) if shade else colour)
        yield part


def _hung(one: Drawing, size: complex, made: Drawing) -> Iterator[Part]:
    """The parts of a drawing of its own, each where the figure has its bone.

    Bones that the figure has not, such as those of a face, are carried by the first that it has.
    """
    bones = made.pivots
    carrier = next(bone for bone in one.pivots if bone in bones)
    middle, to = one.pivots[carrier].start, bones[carrier].start
    for bone in [bone for bone in one.pivots if bone not in bones]:
        x, y = turned(one.pivots[bone].start, size, middle, to).tolist()
        bones[bone] = Anchor((x, y), (x, y), abs(size))
        made.carriers[bone] = carrier
    for part in one.parts:
        bone = part.bones[0]
        yield _grown(part, size, one.pivots[bone].start, bones[bone].start)


def _behead(made: Drawing, beast: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Put an animal's head in place of a person's, on its bone or where a driver's face is.

    Returns:
        What is said anew: the coats of the figure and of that head, and where it has a hat.
    """
    card = library.figures()[beast]
    whole = outfit(card).drawing
    head = own_head(whole, card.said) if card.facts.person else head_of(whole, card.said)
    coats: dict[str, Any] = said.get("coat", {}) | furs(card.said)
    faces = [part for part in made.parts if part.name.rstrip("0123456789").endswith("~face")]
    if "head" in made.pivots:
        made.parts = [part for part in made.parts if part.group not in _HEAD]
        if "head_of" in said:  # the whole has no longer the colour of its clothes
            made.parts = [x._replace(kind="" if x.kind == "tint" else x.kind) for x in made.parts]
        made.parts += _hung(head, said.get("also", {}).get("head", 1.0), made)
    elif faces:
        coats |= _drive(made, max(faces, key=lambda part: box(part.outlines)[1][0]), head)
    if "head_of" not in said or "head" not in head.anchors:
        return {"coat": coats}
    crown = {"bone": "head", "at": np.subtract(head.anchors["head"].start, NECK) * (1, -1)}
    return {"coat": coats, "anchors": said.get("anchors", {}) | {"head": {"is": "hat"} | crown}}


def _drive(made: Drawing, face: Part, head: Drawing) -> dict[str, Any]:
    """Put a head where a face is behind glass, and return the coats of its own colours."""
    (left, top), (right, bottom) = box(face.outlines)
    size, below = _DRIVER * (bottom - top) / HIGH, ((left + right) / 2, bottom)
    coats = {}
    for k, part in enumerate(head.parts):
        name = part.label
        if name in SHADES:
            continue
        if part.kind == "own" and isinstance(part.paint, Rgb):
            name = f"own{k}"
            coats[name] = "#{:02x}{:02x}{:02x}".format(*part.paint)
        # As what is behind glass: drawn after the pane, which shines in the dark.
        name = f"{face.bones[0]}~{name or 'head'}"
        outlines = _grown(part, size, NECK, below).outlines
        made.parts.append(face._replace(name=name, outlines=outlines, holes=part.holes))
    gone = (face.name, face.name.replace("face", "hair"))
    made.parts = [part for part in made.parts if part.name not in gone]
    return coats


def _enlarge(made: Drawing, said: Mapping[str, Any]) -> None:
    """Make the head `skull` times as large and lift it by `neck`, with all that hangs on it."""
    size, up = said.get("skull", 1.0), np.asarray((0.0, said.get("neck", 0.0)))
    known, anchors = said["bones"] | made.carriers, said.get("anchors", {})
    for head in sorted({"head", "nape"} & made.pivots.keys()):
        carried, start = carried_by(head, known), np.asarray(made.pivots[head].start)
        for k, part in enumerate(made.parts):
            bones = part.bones
            if bones[0] in carried:
                made.parts[k] = _grown(part, size, start, start - up)
            elif head in bones:
                joint = made.pivots[bones[bones.index(head) - 1]].start
                made.parts[k] = _grown(part, size, start, start - up, joint)
        held = [name for name, about in anchors.items() if about.get("bone") in carried]
        for places, names in ((made.pivots, carried), (made.anchors, held)):
            for name in places.keys() & set(names):
                x, y = turned(places[name].start, size, start, start - up)
                places[name] = places[name]._replace(start=(x, y), end=(x, y))


def _paints(rig: Rig, said: Mapping[str, Any]) -> list[tuple[Piece, Paint]]:
    """The pieces of a rig, and how each is painted when nothing has changed."""
    found: list[tuple[Piece, Paint]] = []
    under: dict[str, Coat] = {}
    for piece in rig.pieces:
        part, colour = piece.part, plain(piece.part.paint)
        level = max(colour)
        gaudy = level - min(colour) > _BLACK  # a colour and no grey
        own = part.kind == "own" or (part.kind == "tint" and gaudy)
        coat = None if own else _coat(part, said)
        if coat and coat.shade and not part.kind:  # as what it lies on
            coat = under.get(part.group, coat)._replace(shade=coat.shade)
        under |= {part.group: coat} if coat and not coat.shade else {}
        tone = 0.0 if own or level <= _BLACK else min(1.0, level / _PALEST)
        if coat is not None and part.group.startswith("far"):
            tone = _FAR
        light = part.opacity if part.kind == "light" else 0.0
        names = f"{piece.bone}.pale", f"{piece.bone}.light"
        found.append((piece, Paint(tone, light, colour if own else None, coat, *names)))
    return found


def _crewed(
    paints: list[tuple[Piece, Paint]], said: Mapping[str, Any], crew: int
) -> Iterator[tuple[Piece, Paint]]:
    """The pieces of a vehicle, and those of who is in it for each further one, farther behind.

    With a crew of 0 nobody is in it.
    """
    mates, unit = said.get("mates", {}), unit_of(said) / said["height"]
    seats = [(0.0, 0.0), *mates.get("at", ())]
    for layer, run in groupby(paints, key=lambda one: one[0].part.group):
        own = list(run)
        taken = seats[:crew] if layer in mates.get("of", ()) else seats[:1]
        for k, way in reversed([*enumerate(taken)]):
            aside = np.asarray(way, np.float32) * np.float32(unit)
            for piece, paint in own:
                coat = paint.coat and paint.coat._replace(name=paint.coat.name + "+" * k)
                yield piece, paint._replace(coat=coat, aside=aside)


def _coat(part: Part, said: Mapping[str, Any]) -> Coat | None:
    """What a part is made of: the table `coat` says it of a path, a layer, a class or all."""
    label = part.label
    if label.startswith("worn."):  # by an animal
        cloth = label.removeprefix("worn.")
        return Coat(cloth, (cloth,), (rgb(GARMENTS[cloth]),))
    made: dict[str, Any] = said.get("coat", {})
    near = part.group.removeprefix("far").removeprefix("_")
    key = next((key for key in (label, near, part.kind, "all") if key in made), None)
    garments = said.get("garments", {})
    worn = tuple(garments.get(label) or garments.get(near, ()))
    colours = made.get(key or "", ())
    # A coat may be that of another part: an arm's is its sleeve's.
    while isinstance(colours, str) and colours in made:
        key, colours = colours, made[colours]
    shade = SHADES.get(label) if key != label else None
    if key is None:
        return Coat(near, worn, (), shade) if worn or shade else None
    codes = [colours] if isinstance(colours, str) else colours
    return Coat(key, worn, tuple(rgb(code) for code in codes), shade)
