"""What a file is, told from its first bytes; clients' declarations are too often wrong."""

from __future__ import annotations

import codecs
from enum import StrEnum
from typing import Literal


class MediaType(StrEnum):
    """The kinds of picture and film that are recognised, by their media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"
    AVIF = "image/avif"
    HEIC = "image/heic"
    BMP = "image/bmp"
    TIFF = "image/tiff"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    WEBM = "video/webm"
    MATROSKA = "video/x-matroska"
    AVI = "video/x-msvideo"
    MPEG_TS = "video/mp2t"
    FLV = "video/x-flv"

    @property
    def kind(self) -> Literal["image", "video"]:
        """Whether it is a picture or a film."""
        return "image" if self.value.startswith("image/") else "video"


PICTURES = (
    MediaType.JPEG, MediaType.PNG, MediaType.WEBP,  # what the documented API takes
    MediaType.AVIF, MediaType.HEIC, MediaType.GIF, MediaType.BMP, MediaType.TIFF,
)  # fmt: skip
"""The kinds of picture that are taken."""

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
    b"GIF87a": MediaType.GIF,
    b"GIF89a": MediaType.GIF,
    b"II*\0": MediaType.TIFF,
    b"MM\0*": MediaType.TIFF,
    b"II+\0": MediaType.TIFF,
    b"MM\0+": MediaType.TIFF,
    b"FLV\x01": MediaType.FLV,
}
_RIFF = {b"WEBP": MediaType.WEBP, b"AVI ": MediaType.AVI}
_STILL_BRANDS = {
    b"avif": MediaType.AVIF,
    b"avis": MediaType.AVIF,
    b"heic": MediaType.HEIC,
    b"heix": MediaType.HEIC,
    b"heim": MediaType.HEIC,
    b"heis": MediaType.HEIC,
    b"hevc": MediaType.HEIC,
    b"mif1": MediaType.HEIC,
    b"msf1": MediaType.HEIC,
}
_ANY_STILL = frozenset({b"mif1", b"msf1"})
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_OLD_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"pnot"})
_TS_PACKET = 188


def sniff(head: bytes) -> MediaType | None:
    """Tell a file's type from its first bytes (64 are enough for all but Matroska and TS).

    ISO 14496-12 `ftyp` brands, RIFF form types, the EBML DocType of Matroska, and fixed magic
    numbers for the rest. `None` for anything else, sound included.
    """
    for magic, media in _MAGIC.items():
        if head.startswith(magic):
            return media
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return MediaType.WEBM if b"webm" in head[:128] else MediaType.MATROSKA
    if head[:1] == b"G" and head[_TS_PACKET : _TS_PACKET + 1] == b"G":
        return MediaType.MPEG_TS
    # Two letters are too few to go by: texts begin with them as well.
    if (
        head.startswith(b"BM")
        and head[14:18]
        and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    ):
        return MediaType.BMP
    return _sniff_boxes(head)


def described(head: bytes) -> str:
    """The media type of a file by its first bytes, for sentences; a broad one if need be."""
    known = sniff(head)
    if known is not None:
        return known.value
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        # The last character may be cut off.
        text, _ = codecs.utf_8_decode(head, "strict", False)
    except UnicodeDecodeError:
        text = ""
    if not text or any(letter < " " and letter not in "\t\n\f\r" for letter in text):
        return "application/octet-stream"
    return "image/svg+xml" if "<svg" in text else "text/plain"


def _sniff_boxes(head: bytes) -> MediaType | None:
    atom, brand = head[4:8], head[8:12]
    if atom in _OLD_QUICKTIME_ATOMS:
        return MediaType.QUICKTIME
    if atom != b"ftyp" or brand in _SOUND_BRANDS:
        return None
    if brand == b"qt  ":
        return MediaType.QUICKTIME
    still = _STILL_BRANDS.get(brand)
    if brand in _ANY_STILL:  # one that AVIF and HEIC share; what else it is compatible with tells
        size = int.from_bytes(head[:4], "big")
        others = (head[place : place + 4] for place in range(16, min(size, len(head)), 4))
        told = (
            _STILL_BRANDS[other] for other in others if other in _STILL_BRANDS.keys() - _ANY_STILL
        )
        return next(told, still)
    return still or MediaType.MP4
