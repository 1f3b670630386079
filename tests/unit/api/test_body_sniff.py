"""Media types found by first bytes."""

from __future__ import annotations

from sweeps import for_all

from vitascope.api.parsing.body import MediaType, described, sniff


def ftyp(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\2\0isomiso2"


@for_all(
    ("head", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a\1\0", "image/gif"),
        (ftyp(b"avif"), "image/avif"),
        (ftyp(b"heic"), "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "image/heic"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif", "image/heic"),  # the last is of the next box
        (b"BM\x36\x30\0\0" + bytes(4) + b"\x36\0\0\0\x28\0\0\0\x40", "image/bmp"),
        (b"II*\0\x08", "image/tiff"),
        (b"MM\0+\0\x08", "image/tiff"),
        (ftyp(b"isom"), "video/mp4"),
        (ftyp(b"mp42"), "video/mp4"),
        (ftyp(b"qt  "), "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\1\0mdat", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
        (b"G" + b"\0" * 187 + b"G", "video/mp2t"),
        (b"FLV\x01\5", "video/x-flv"),
    ],
)
def test_known_types(head: bytes, expected: str) -> None:
    found = sniff(head)
    assert found == expected
    assert found is not None
    assert found.kind == expected.partition("/")[0]


@for_all(
    "head",
    [
        b"",
        b"Example data",
        b"\x89PNGDATA",
        b"<html>",
        b"RIFF\0\0\0\0CDXA",
        b"\xff\xff\xff\xff",
        b"data:image/png;base64,AAAA",
        b"GIF",
        b"BM",
        b"BMW drives along the coast",
        b"G",
        b"\0\0\0\x18ftyp"[:7],
    ],
)
def test_anything_else(head: bytes) -> None:
    assert sniff(head) is None


@for_all("media", MediaType)
def test_every_type_has_a_kind(media: MediaType) -> None:
    assert media.kind in ("image", "video", "audio")


@for_all(
    ("head", "media"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", MediaType.WAV),
        (ftyp(b"M4A "), MediaType.M4A),
        (b"ID3\x04\0\0", MediaType.MP3),
        (b"\xff\xfb\x90\x64", MediaType.MP3),
        (b"\xff\xf1\x50\x80", MediaType.AAC),
        (b"fLaC\0\0\0\x22", MediaType.FLAC),
        (b"OggS\0\x02", MediaType.OGG),
    ],
)
def test_sounds(head: bytes, media: MediaType) -> None:
    assert sniff(head) is media


@for_all(
    ("head", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"This is no picture.\n", "text/plain"),
        ("Ein Bär".encode()[:6], "text/plain"),  # cut within a letter
        (b'{"a": 1}', "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\0\1\2", "application/octet-stream"),
        (b"\xff\xfe\0", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_anything_gets_a_type(head: bytes, expected: str) -> None:
    assert described(head) == expected
