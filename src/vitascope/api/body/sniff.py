"""What a file is, told from its first bytes; clients' declarations are too often wrong."""

from __future__ import annotations

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


_MAGIC = {
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
    b"GIF87a": MediaType.GIF,
    b"GIF89a": MediaType.GIF,
    b"BM": MediaType.BMP,
    b"II*\0": MediaType.TIFF,
    b"MM\0*": MediaType.TIFF,
    b"FLV\x01": MediaType.FLV,
}
_RIFF = {b"WEBP": MediaType.WEBP, b"AVI ": MediaType.AVI}
_STILL_BRANDS = {
    b"avif": MediaType.AVIF,
    b"avis": MediaType.AVIF,
    b"heic": MediaType.HEIC,
    b"heix": MediaType.HEIC,
    b"mif1": MediaType.HEIC,
    b"msf1": MediaType.HEIC,
}
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
    return _sniff_boxes(head)


def _sniff_boxes(head: bytes) -> MediaType | None:
    atom, brand = head[4:8], head[8:12]
    if atom in _OLD_QUICKTIME_ATOMS:
        return MediaType.QUICKTIME
    if atom != b"ftyp" or brand in _SOUND_BRANDS:
        return None
    if brand == b"qt  ":
        return MediaType.QUICKTIME
    return _STILL_BRANDS.get(brand, MediaType.MP4)
