"""Pictures in other colours than sRGB, and the profiles that say so."""

import struct
import zlib

_ENDS = {  # X, Y and Z of red, green and blue on D50, from the profiles in use
    "Display P3": (
        (0.51512, 0.24120, -0.00105),
        (0.29198, 0.69225, 0.04189),
        (0.15710, 0.06657, 0.78407),
    ),
    "Adobe RGB": (
        (0.60974, 0.31111, 0.01947),
        (0.20528, 0.62567, 0.06087),
        (0.14919, 0.06322, 0.74457),
    ),
}


def _fixed(number):
    return struct.pack(">i", round(number * 65536))


def icc(name):
    """An ICC profile (version 4) of a display: its primaries, and a curve."""
    if name == "grey 1.8":
        space, curve, ends = b"GRAY", b"para\0\0\0\0\0\0\0\0" + _fixed(1.8), ()
        tags = [(b"kTRC", curve)]
    else:
        space, ends = b"RGB ", _ENDS[name]
        curve = (
            b"para\0\0\0\0\0\3\0\0"
            + b"".join(map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
            if name == "Display P3"
            else b"para\0\0\0\0\0\0\0\0" + _fixed(563 / 256)
        )
        tags = [(letter + b"TRC", curve) for letter in (b"r", b"g", b"b")]
        tags += [
            (letter + b"XYZ", b"XYZ \0\0\0\0" + b"".join(map(_fixed, end)))
            for letter, end in zip((b"r", b"g", b"b"), ends, strict=True)
        ]
    white = b"".join(map(_fixed, (0.9642, 1, 0.8249)))
    tags.append((b"wtpt", b"XYZ \0\0\0\0" + white))
    text = "a test".encode("utf-16-be")
    words = b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text
    tags += [(b"desc", words), (b"cprt", words)]
    table, body, place = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags:
        data += b"\0" * (-len(data) % 4)
        table += tag + struct.pack(">II", place, len(data))
        body += data
        place += len(data)
    head = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIQI12s", place, b"none", 0x04200000, b"mntr", space, b"XYZ ",
        bytes(12), b"acsp", b"APPL", 0, 0, 0, 0, 0, white,
    )  # fmt: skip
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


def png(kind, depth, size, rows, **chunks):
    """A PNG by its parts, for what Pillow doesn't write."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)
    parts = [(b"IHDR", head), *((name.encode(), data) for name, data in chunks.items())]
    parts += [(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)
