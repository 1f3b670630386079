"""Reads image files from outside and converts them: upright, opaque, sRGB, 8 bits."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pi_heif.as_plugin import register_heif_opener
from PIL import Image, ImageCms, ImageFilter, ImageOps, UnidentifiedImageError

from vitascope.errors import JobError
from vitascope.media.colour import BT709, SIDE, SRGB, Colours, Primaries, colours, spans, table

MAX_PIXELS = 50_000_000
"""Larger images are refused by their header, before they are decoded."""

BACKGROUND = (255, 255, 255)
"""The colour behind transparent parts."""

_KINDS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "HEIF", "BMP", "TIFF")
"""The allowed readers of Pillow; some of the others run external programs."""

_HEAD = 1 << 20
"""How many bytes of a file are searched for its colour space, which precedes the pixels."""

_PNG_GAMMA = 1 / 2.2
"""The value of PNG's gAMA chunk for sRGB."""

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION

register_heif_opener()


def read_image(path: Path, *, transparent: bool = False) -> Image.Image:
    """An image in sRGB, upright and opaque; the first one of several.

    The colour space comes from ICC profiles, CICP (in PNG, AVIF and HEIC), and PNG's gamma and
    primaries; without these it is sRGB. Transparent parts are blended with `BACKGROUND`, or with
    `transparent` kept in an alpha channel.

    Raises:
        JobError: `invalid_image`; the file can't be read, or has more than `MAX_PIXELS`.
    """
    data = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about sizes, which are checked, and invalid metadata
        image = _decoded(data)
        opacity = _opacity(image)
        rgb = _in_srgb(image, data[:_HEAD])
    if opacity is None:
        return rgb
    if transparent:
        rgb.putalpha(opacity)
        return rgb
    return Image.composite(rgb, Image.new("RGB", rgb.size, BACKGROUND), opacity)


def _decoded(data: bytes) -> Image.Image:
    """The first image, upright, with its own mode and colours."""
    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large()
            if min(image.size) < 1:
                raise _invalid("it has no pixels")
            image.load()
            shown = ImageOps.exif_transpose(image)
            shown.format = image.format
            return shown
    except JobError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except UnidentifiedImageError as error:
        raise _invalid("it is not an image of a supported format") from error
    except Exception as error:
        raise _invalid("its data is damaged or incomplete") from error


def _invalid(reason: str) -> JobError:
    return JobError("invalid_image", f"The input reference can't be used: {reason}.")


def _too_large() -> JobError:
    return _invalid(f"it has more than {MAX_PIXELS // 1_000_000} million pixels")


def _opacity(image: Image.Image) -> Image.Image | None:
    """The alpha channel in mode L; None if no pixel can be transparent."""
    if not image.has_transparency_data:
        return None
    key = image.info.get("transparency")
    if image.mode.startswith("I"):
        return Image.fromarray(np.where(np.asarray(image) == key, 0, 255).astype(np.uint8))
    if isinstance(key, tuple) and max(key) > 255:  # 16 bits; Pillow reduces the pixels to 8
        image.info["transparency"] = tuple(level >> 8 for level in key)
    return image.convert("RGBA").getchannel("A")


def _in_srgb(image: Image.Image, head: bytes) -> Image.Image:
    """The image in sRGB, without transparency."""
    plain = _plain(image)
    source = _cicp_of(head)
    if source is None:
        converted = _by_profile(plain, image.info.get("icc_profile"))
        if converted is not None:
            return converted
        source = _nclx_of(head) or _png_colours(image)
    rgb = plain.convert("RGB")
    if source == SRGB:
        return rgb
    return rgb.filter(ImageFilter.Color3DLUT(SIDE, table(source).astype(np.float32).ravel()))


def _plain(image: Image.Image) -> Image.Image:
    """The image in mode L, RGB, CMYK or LAB."""
    match image.mode:
        case "L" | "RGB" | "CMYK" | "LAB":
            return image
        case "1" | "LA":
            return image.convert("L")
        case "La":
            return image.convert("LA").convert("L")
        case "RGBa":
            return image.convert("RGBA").convert("RGB")
        case "F":
            return _scaled(np.asarray(image, np.float64), 1.0)
        case mode if mode.startswith("I"):
            return _scaled(np.asarray(image, np.float64), 65535.0)
        case _:
            return image.convert("RGB")


def _scaled(levels: NDArray[np.float64], white: float) -> Image.Image:
    """Levels from 0 to `white`, or to their maximum if that is higher, scaled to mode L."""
    levels = np.nan_to_num(levels, posinf=white, neginf=0.0)
    top = max(white, float(levels.max()))
    return Image.fromarray(np.rint(np.clip(levels / top, 0, 1) * 255).astype(np.uint8))


def _by_profile(plain: Image.Image, profile: bytes | None) -> Image.Image | None:
    """The image converted by its ICC profile; None without a usable profile."""
    if not profile and plain.mode != "LAB":
        return None
    srgb = ImageCms.createProfile("sRGB")
    candidates = [plain]
    if plain.mode == "L":  # grey images often have an RGB profile
        candidates.append(plain.convert("RGB"))
    for image in candidates:
        try:
            source = io.BytesIO(profile) if profile else ImageCms.createProfile("LAB")
            done = ImageCms.profileToProfile(
                image, source, srgb, renderingIntent=_INTENT, outputMode="RGB", flags=_FLAGS
            )
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            continue  # a damaged profile, or one for another mode, is ignored
        return done
    return None


def _cicp_of(head: bytes) -> Colours | None:
    """The colour space in PNG's cICP chunk, which overrides all others."""
    place = head.find(b"cICP", 0, head.find(b"IDAT"))
    if not head.startswith(b"\x89PNG") or place < 0:
        return None
    return colours(head[place + 4], head[place + 5])


def _nclx_of(head: bytes) -> Colours | None:
    """The colour space in AVIF's and HEIC's colr box, with the same numbers as cICP."""
    place = head.find(b"colrnclx")
    if head[4:8] != b"ftyp" or not 0 < place <= len(head) - 12:
        return None
    return colours(*struct.unpack_from(">HH", head, place + 8))


def _png_colours(image: Image.Image) -> Colours:
    """The colour space in PNG's gAMA and cHRM chunks, unless there is an sRGB chunk."""
    if image.format != "PNG" or "srgb" in image.info:
        return SRGB
    gamma = image.info.get("gamma") or _PNG_GAMMA
    curve = None if abs(gamma - _PNG_GAMMA) < 0.01 else 1 / gamma
    points = image.info.get("chromaticity")
    if points is None:
        return Colours(curve=curve)
    white, red, green, blue = zip(points[::2], points[1::2], strict=True)
    primaries = Primaries(red, green, blue, white)
    if np.allclose(primaries, BT709, atol=0.002) or not spans(primaries):
        primaries = BT709
    return Colours(primaries, curve)
