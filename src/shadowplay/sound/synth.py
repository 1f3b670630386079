"""The synthesiser: makes a wave from a recipe, with tables and integers alone.

A recipe is a table of `art/sounds/*.toml`; `docs/shadowplay.md` says what its keys mean.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.art import library
from shadowplay.errors import ShadowplayError
from shadowplay.shot import SAMPLE_RATE

REACH = 6  # no wave is longer than this many seconds: all that sounds now began at most so long ago
_STEP = 16  # samples between two knots of an envelope or of a changing pitch

_TURN = 13  # the table of one cycle has two to the power of this many steps
_GONE = 7.0  # after so many decays a blow is a thousandth of what it was

Wave = NDArray[np.float32]  # a mono sound, shape (n,)
_Pair = tuple[float, float]
_Several = Annotated[tuple[float, ...], msgspec.Meta(min_length=1)]


class SoundEvent(NamedTuple):
    """Something audible that happens in the picture, or a note of the music."""

    at: float  # the moment on the scene's clock, in seconds
    kind: str  # the name of a recipe
    strength: float  # 0 (not heard) to 1 (near and strong); of a note, the RMS over a second
    pan: float  # -1 (left edge of the frame) to 1 (right edge); the power stays the same between
    pitch: float = 0.0  # of a note, its frequency in Hz
    length: float = 0.0  # of a note, for how many seconds it is held


class Voice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One voice of a sound: a noise, a tone or another sound, in an envelope, a few times."""

    noise: _Pair | None = None
    tone: float = 0.0
    like: str = ""
    level: float = 1.0
    harmonics: _Several = (1.0,)
    long: float = 0.0
    blow: _Pair | None = None
    fade: _Pair | None = None
    arch: float = 0.0
    bend: _Several = (1.0,)
    vibrato: _Pair | None = None
    gate: _Pair | None = None
    vary: float = 0.0
    at: _Several = (0.0,)
    levels: _Several = (1.0,)
    many: tuple[int, int] | None = None
    within: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what has no source or no end."""
        if [bool(self.noise), self.tone > 0, bool(self.like)].count(True) != 1:
            raise ValueError("A part is one noise, one tone, or like one other sound")
        if not (self.like or self.blow or self.long > 0):
            raise ValueError("A part has a blow, or says how long it is")


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one sound is made; `level` is its peak when near, `pitch` one factor for all tones."""

    parts: Annotated[tuple[Voice, ...], msgspec.Meta(min_length=1)]
    level: float = 0.2
    pitch: _Several = (1.0,)
    held: bool = False


def recipes() -> dict[str, Recipe]:
    """Every sound by name; those of a folder that `library.use` added go before the package's.

    Raises:
        ShadowplayError: `invalid_art`; a file is no TOML, or a recipe says what nothing reads.
    """
    return _read(library.folders())


@lru_cache(maxsize=2)
def _read(folders: tuple[Traversable, ...]) -> dict[str, Recipe]:
    found: dict[str, Recipe] = {}
    for folder in (place.joinpath("sounds") for place in folders):
        for file in sorted(folder.iterdir(), key=lambda one: one.name) if folder.is_dir() else ():
            try:
                found |= msgspec.toml.decode(file.read_bytes(), type=dict[str, Recipe])
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                message = f"sounds/{file.name} can't be used: {error}."
                raise ShadowplayError("invalid_art", message) from error
    for name, recipe in found.items():
        if strange := {part.like for part in recipe.parts} - {"", *(found.keys() - {name})}:
            message = f"The sound '{name}' is like '{strange.pop()}', which is no other sound."
            raise ShadowplayError("invalid_art", message)
    return found


def make(name: str, rng: np.random.Generator, pitch: float = 0.0, length: float = 0.0) -> Wave:
    """The wave of a sound with a peak of 1, shape (n,).

    `pitch` is a factor on its tones in place of the recipe's own, and `length` the seconds that it
    is held, if it is one that is held.

    Raises:
        ShadowplayError: `invalid_art`; there is no such sound.
    """
    recipe = recipes().get(name)
    if recipe is None:
        message = f"There is no sound '{name}'; there are {', '.join(recipes())}."
        raise ShadowplayError("invalid_art", message)
    pitch = pitch or float(rng.choice(recipe.pitch))
    held = length if recipe.held else 0.0
    pieces = [piece for part in recipe.parts for piece in _pieces(part, rng, pitch, held)]
    wave = np.zeros(max(first + piece.size for first, piece in pieces), np.float32)
    for first, piece in pieces:
        wave[first : first + piece.size] += piece
    wave = wave[: REACH * SAMPLE_RATE]
    ramp = np.linspace(0, 1, SAMPLE_RATE // 1000, dtype=np.float32)
    wave[: ramp.size] *= ramp  # neither end clicks
    wave[-ramp.size :] *= ramp[::-1]
    wave *= np.float32(1 / max(wave.max(), -wave.min()))
    return wave


def _pieces(
    part: Voice, rng: np.random.Generator, pitch: float, held: float
) -> Iterator[tuple[int, Wave]]:
    """Every repetition of a part, with its first sample."""
    times, levels = list(part.at), part.levels
    if part.many:
        count = int(rng.integers(part.many[0], part.many[1] + 1))
        times = rng.uniform(0, part.within, count).tolist()
        levels = tuple(rng.uniform(0.3, 1, count).tolist())
    envelope = np.ones(1, np.float32) if part.like else _envelope(part, held)
    loop = noise(rng, 1, envelope.size, part.noise)[0] if part.noise else envelope
    peak = np.float32(max(loop.max(), -loop.min()))
    for number, at in enumerate(times):
        change = 1 + part.vary * float(rng.uniform(-1, 1)) if part.vary else 1.0
        if part.like:
            wave = make(part.like, rng)
        elif part.noise:
            begin = int(rng.integers(loop.size - envelope.size + 1))
            wave = loop[begin : begin + envelope.size] * (envelope / peak)
        else:
            wave = _tone(part, part.tone * pitch * change, envelope.size) * envelope
        level = part.level * levels[number % len(levels)]
        yield round(at * SAMPLE_RATE), wave * np.float32(level)


def _envelope(part: Voice, held: float) -> Wave:
    """How loud a part is over its time, shape (n,)."""
    attack, decay = part.blow or (0.0, math.inf)
    seconds = min(part.long + held if part.long else attack + _GONE * decay, REACH)
    t = np.arange(math.ceil(seconds * SAMPLE_RATE / _STEP) + 1) * (_STEP / SAMPLE_RATE)
    curve = np.ones(t.size)
    if part.blow:
        curve = np.minimum(t / max(attack, 1e-3), 1) * exact.exp(-np.maximum(t - attack, 0) / decay)
    if part.fade:
        curve *= np.minimum(t / part.fade[0], 1) * np.minimum((t[-1] - t) / part.fade[1], 1)
    if part.arch:
        curve *= exact.power(exact.sin(math.pi * t / t[-1]).clip(0), part.arch)
    if part.gate:
        hertz, power = part.gate
        curve *= exact.power(0.5 - 0.5 * exact.cos(math.tau * hertz * t), power)
    return straight(curve.astype(np.float32), _STEP)


def _tone(part: Voice, hertz: float, size: int) -> Wave:
    """So many samples of a tone; a turn of its phase is 2 to the power of 32."""
    speed = hertz / SAMPLE_RATE * math.ldexp(1, 32)
    if len(part.bend) > 1 or part.vibrato:
        t = np.arange(size // _STEP) * (_STEP / SAMPLE_RATE)
        factor = np.interp(t, np.linspace(0, t[-1], len(part.bend)), part.bend)
        if part.vibrato:
            rate, depth = part.vibrato
            factor += depth * np.minimum(t / 0.4, 1) * exact.sin(math.tau * rate * t)
        phase = np.cumsum(np.repeat((factor * speed).astype(np.int64), _STEP))
    else:
        phase = np.arange(size) * int(speed)
    phase >>= 32 - _TURN
    phase &= (1 << _TURN) - 1
    # What passes half the sample rate would come back as another tone.
    heard = part.harmonics[: max(1, int(SAMPLE_RATE / 2.4 / hertz))]
    return _cycle(heard).take(phase, mode="clip")  # which is faster than a check


@lru_cache(maxsize=128)
def _cycle(harmonics: tuple[float, ...]) -> Wave:
    """One cycle of a tone with these levels of whole multiples of its frequency."""
    turn = np.arange(1 << _TURN) * (math.tau / (1 << _TURN))
    table: NDArray[np.float64] = np.zeros(turn.size)
    for number, level in enumerate(harmonics, 1):
        table += level * exact.sin(turn * number)
    return table.astype(np.float32)


def noise(
    rng: np.random.Generator, count: int, size: int, band: tuple[float, float], tilt: float = 0.0
) -> NDArray[np.float32]:
    """Loops of noise of at least `size` samples, shape (count, n).

    Each is as loud as an RMS of 1 at 200 Hz. Beyond the corners of the `band`, in Hz, its slopes
    have 12 dB an octave, and `tilt` between them; below 0 is darker.
    """
    low, high = band
    n = 1 << max(12, (size - 1).bit_length())
    hertz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE).astype(np.float32)[1:-1]
    shape = 1 / np.sqrt((1 + np.square(low / hertz) ** 2) * (1 + np.square(hertz / high) ** 2))
    if tilt:
        shape *= exact.power(hertz * np.float32(1 / np.sqrt(low * high)), tilt / 6.02)
    bins = np.zeros((count, n // 2 + 1, 2), np.float32)
    bins[:, 1:-1] = (rng.random((count, hertz.size, 2), dtype=np.float32) - 0.5) * shape[:, None]
    loops = np.fft.irfft(bins.view(np.complex64)[..., 0], n).astype(np.float32, copy=False)
    # Power counts about as in ITU-R BS.1770: lows less, highs more.
    deep, keen = np.square(hertz / 38) ** 2, (hertz / 1500) ** 2
    heard = deep / (1 + deep) * (1 + 2.51 * keen) / (1 + keen)
    # Both parts of a bin are uniform in [-0.5, 0.5): it has a sixth of its shape squared.
    loops *= np.float32(n / np.sqrt(np.sum(shape**2 * heard) / 3))
    return loops


def straight(knots: NDArray[np.float32], step: int) -> Wave:
    """Straight lines between knots that are so many samples apart, shape (..., n)."""
    way = np.arange(step, dtype=np.float32) * np.float32(1 / step)
    lines: Wave = knots[..., :-1, None] + np.diff(knots)[..., None] * way
    return lines.reshape(*knots.shape[:-1], -1)
