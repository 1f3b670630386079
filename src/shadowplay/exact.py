"""Functions of arrays whose bits are the same on every processor.

numpy picks other code for sin, cos, exp, log, powers and complex products on AVX-512, AVX2 and
older processors, and `@` goes to a BLAS that does the same. The last bits differ, and so do
pixels. Here are tables, sums, products and square roots: IEEE 754 fixes the bits of those.

Angles are in radians. float32 gives float32, other types give float64. The tables have 65,536
steps: errors stay below 5e-5 (sin, cos, relative ones of power) or 1e-5 (exp, log).
"""

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=np.floating)

_STEPS = 1 << 16
_LAST = _STEPS - 1
_PER_RADIAN = _STEPS / math.tau
_FARTHEST = 120 * _STEPS  # 2 to the power of 120, near the largest float32


def _table(values: list[float]) -> NDArray[np.float64]:
    """The values on a grid of float32, coarser than what two C libraries may differ by."""
    return np.asarray(values, np.float32).astype(np.float64)


_SINES = _table(list(map(math.sin, (np.arange(_STEPS) / _PER_RADIAN).tolist())))
_POWERS = _table(list(map(math.exp2, (np.arange(_STEPS) / _STEPS).tolist())))
_LOGS = _table(list(map(math.log2, (1 + np.arange(_STEPS) / _STEPS).tolist())))
_SINES_32, _POWERS_32 = _SINES.astype(np.float32), _POWERS.astype(np.float32)


def sin(angle: NDArray[F]) -> NDArray[F]:
    """The sines of angles."""
    return _turned(angle, 0)


def cos(angle: NDArray[F]) -> NDArray[F]:
    """The cosines of angles."""
    return _turned(angle, _STEPS // 4)


def _turned(angle: NDArray[F], by: int) -> NDArray[F]:
    table: NDArray[Any] = _SINES_32 if angle.dtype == np.float32 else _SINES
    step = (np.rint(angle * _PER_RADIAN).astype(np.int64) + by) & _LAST
    # "clip" changes nothing here; it spares numpy the search for an index outside the table.
    found: NDArray[F] = table.take(step, mode="clip")
    return found


def _exp2(steps: NDArray[F]) -> NDArray[F]:
    """2 to the power of `steps` / 65,536."""
    whole = np.rint(np.clip(steps, -_FARTHEST, _FARTHEST)).astype(np.int64)
    table: NDArray[Any] = _POWERS_32 if steps.dtype == np.float32 else _POWERS
    part = table.take(whole & _LAST, mode="clip")
    found: NDArray[F] = np.ldexp(part, (whole >> 16).astype(np.int32))
    return found


def exp(x: NDArray[F]) -> NDArray[F]:
    """E to the power of each number."""
    return _exp2(np.multiply(x, _STEPS * math.log2(math.e), dtype=x.dtype))


def _log2(x: NDArray[F]) -> NDArray[F]:
    """The logarithm to base 2 of numbers from 0 on; that of 0 is -127."""
    bits = (np.maximum(x, 0).astype(np.float32).view(np.int32) + 64) >> 7
    part = _LOGS.take(bits & _LAST, mode="clip")
    found: NDArray[F] = (part + ((bits >> 16) - 127)).astype(x.dtype)
    return found


def log(x: NDArray[F]) -> NDArray[F]:
    """The natural logarithm of positive numbers."""
    return _log2(x) * x.dtype.type(math.log(2))


def power(x: NDArray[F], exponent: float) -> NDArray[F]:
    """Numbers from 0 on to the power of a number other than 0."""
    return _exp2(_log2(x) * x.dtype.type(exponent * _STEPS))


def tanh(x: NDArray[F]) -> NDArray[F]:
    """The hyperbolic tangents."""
    one = x.dtype.type(1)
    bent: NDArray[F] = one - 2 * one / (exp(2 * one * x) + one)
    return bent


def hypot(x: NDArray[F], y: NDArray[F]) -> NDArray[F]:
    """The lengths of vectors, given by their two parts."""
    length: NDArray[F] = np.sqrt(x * x + y * y)
    return length


def lengths(vectors: NDArray[F]) -> NDArray[F]:
    """The lengths of vectors of shape (..., n), of shape (...)."""
    length: NDArray[F] = np.sqrt((vectors * vectors).sum(-1))
    return length


def arctan2(y: NDArray[F], x: NDArray[F]) -> NDArray[F]:
    """The angles of vectors, from -pi to pi, right to 1e-5.

    Source: Abramowitz, Stegun: Handbook of Mathematical Functions, 4.4.49.
    """
    tall, wide = np.abs(y), np.abs(x)
    ratio = np.minimum(tall, wide) / np.maximum(np.maximum(tall, wide), 1e-30)
    square = ratio * ratio
    angle = ratio * (
        0.9998660
        + square * (-0.3302995 + square * (0.1801410 + square * (-0.0851330 + square * 0.0208351)))
    )
    angle = np.where(tall > wide, math.pi / 2 - angle, angle)
    angle = np.where(x < 0, math.pi - angle, angle)
    found: NDArray[F] = np.where(y < 0, -angle, angle).astype(y.dtype)
    return found


def product(a: NDArray[F], b: NDArray[F]) -> NDArray[F]:
    """The matrix product of `a`, of shape (..., k), and `b`, of shape (k,) or (k, n); small k."""
    if b.ndim == 1:
        return product(a, b[:, None])[..., 0]
    total: NDArray[F] = a[..., 0:1] * b[0]
    for k in range(1, len(b)):
        total += a[..., k : k + 1] * b[k]
    return total


def times(
    a: NDArray[np.complexfloating], b: NDArray[np.complexfloating]
) -> NDArray[np.complexfloating]:
    """The products of complex numbers."""
    total = np.empty(np.broadcast_shapes(a.shape, b.shape), np.result_type(a, b))
    total.real = a.real * b.real - a.imag * b.imag
    total.imag = a.real * b.imag + a.imag * b.real
    return total


def running_mean(line: NDArray[F], span: int) -> NDArray[F]:
    """The mean of the odd number of samples around each one; nothing lies beyond the ends."""
    wide = np.pad(line, span // 2)
    total = wide[: line.size].copy()
    for k in range(1, span):
        total += wide[k : k + line.size]
    mean: NDArray[F] = total * line.dtype.type(1 / span)
    return mean
