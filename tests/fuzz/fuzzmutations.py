"""Faults to put into files: random, accidental and deliberate."""

import random
import struct
import zlib

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def broken(whole: bytes, other: bytes, dice: random.Random) -> bytes:
    """A file with one to six faults; `other` is a file that parts may be taken from."""
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        dice.choice(_FAULTS)(data, other, dice)
    # Checksums are right most of the time: a wrong one ends the reading too early.
    if data[:4] == b"\x89PNG" and dice.random() < 0.8:
        _sum_up(data)
    return bytes(data)


def _place(data: bytearray, dice: random.Random) -> int:
    """A random position; mostly near the beginning, where headers are."""
    end = len(data) if dice.random() < 0.4 else min(len(data), 800)
    return dice.randrange(max(1, end))


def _flip(data, other, dice):
    place = _place(data, dice)
    data[place : place + 1] = bytes([dice.randrange(256)])


def _flip_bit(data, other, dice):
    place = _place(data, dice)
    if place < len(data):
        data[place] ^= 1 << dice.randrange(8)


def _set_number(data, other, dice):
    size = dice.choice((1, 2, 4))
    number = (dice.choice(_EXTREMES) & ((1 << 8 * size) - 1)).to_bytes(
        size, dice.choice(("big", "little"))
    )
    place = _place(data, dice)
    data[place : place + size] = number[: len(data) - place]


def _cut_off(data, other, dice):
    del data[dice.randrange(len(data) + 1) :]


def _cut_out(data, other, dice):
    place = _place(data, dice)
    del data[place : place + dice.randrange(1, 200)]


def _repeat(data, other, dice):
    place = _place(data, dice)
    data[place:place] = data[place : place + dice.randrange(1, 400)]


def _insert(data, other, dice):
    place = _place(data, dice)
    data[place:place] = dice.randbytes(dice.randrange(1, 64))


def _overwrite(data, other, dice):
    place, size = _place(data, dice), dice.randrange(1, 64)
    data[place : place + size] = dice.randbytes(min(size, max(0, len(data) - place)))


def _graft(data, other, dice):
    place, origin = _place(data, dice), dice.randrange(max(1, len(other)))
    part = other[origin : origin + dice.randrange(1, 400)]
    data[place : place + len(part)] = part


_FAULTS = (
    _flip, _flip_bit, _set_number, _set_number, _set_number, _cut_off, _cut_out, _repeat, _insert,
    _overwrite, _graft,
)  # fmt: skip


def _sum_up(data: bytearray) -> None:
    """Correct the checksums of a PNG's chunks."""
    place = 8
    while place + 12 <= len(data):
        size = struct.unpack_from(">I", data, place)[0]
        end = place + 8 + size
        if end + 4 > len(data):
            return
        struct.pack_into(">I", data, end, zlib.crc32(data[place + 4 : end]))
        place = end + 4
