"""Interpolators and upscalers: models of finished pictures, in ONNX files that onnxruntime runs.

Pictures go in and come out as RGB in [0, 1], shape (1, 3, h, w), float32 or float16.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitascope.engines.native import RgbFrame
from vitascope.errors import JobError

ADVICE = "pip install 'vitascope[diffusers]'"

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}

_ALIGN = 64
"""Pictures for an interpolator are padded to multiples of this. RIFE's versions need 32 or 64."""

_HALVINGS = 4
"""Runs of an interpolator that draws the middle only; the time is right to 1/32 of a frame."""

_TILE = 512
"""The longest edge of what an upscaler gets at once, which limits its memory."""

_OVERLAP = 16
"""Pixels beyond a tile's edges that an upscaler sees as context."""

_EVEN = 8
"""Tiles have edges that are multiples of this; upscalers by two halve their input first."""

_SAMPLE = 64
"""Edge of the picture by which an upscaler's factor is found."""


def is_installed() -> bool:
    """Whether onnxruntime is there; it is one of the extra's."""
    return find_spec("onnxruntime") is not None


class _PictureModel:
    """An ONNX file that is loaded."""

    def __init__(self, file: Path, device: str) -> None:
        """Load it.

        Args:
            file: the model.
            device: torch's name. A GPU of NVIDIA is used if onnxruntime is built for it.

        Raises:
            JobError: `model_damaged`; it can't be used.
        """
        import onnxruntime

        self._file = file
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(file), options, providers=_providers(device)
            )
        except Exception as error:  # onnxruntime's errors have no class in common
            raise self._unusable(f"onnxruntime can't load it ({_first_line(error)})") from error
        self._inputs: list[Any] = self._session.get_inputs()
        for each in self._inputs:
            if each.type not in _TYPES:
                raise self._unusable(f"its input {each.name} is a {each.type}, not float")

    def _pictures(self, count: int) -> list[Any]:
        """Its inputs for pictures.

        Raises:
            JobError: `model_damaged`; there are not `count` of them.
        """
        found = [each for each in self._inputs if _is_picture(each)]
        if len(found) != count:
            shapes = ", ".join(f"{each.name} {each.shape}" for each in self._inputs)
            wanted = "one picture" if count == 1 else "two pictures"
            raise self._unusable(f"it must take {wanted} of shape (1, 3, h, w), not {shapes}")
        return found

    def _run(self, given: dict[str, NDArray[np.floating[Any]]]) -> NDArray[np.float32]:
        """Its first result, shape (3, h, w).

        Raises:
            JobError: `out_of_memory` or `model_damaged`; it failed.
        """
        try:
            result = np.asarray(self._session.run(None, given)[0], np.float32)
        except Exception as error:  # onnxruntime's errors have no class in common
            if "allocate memory" in str(error):
                raise JobError(
                    "out_of_memory",
                    f"Memory ran out while {self._file} ran. Remove it from the model's table, or "
                    "choose a memory plan that leaves more.",
                ) from error
            raise self._unusable(f"onnxruntime can't run it ({_first_line(error)})") from error
        if result.ndim != 4 or result.shape[:2] != (1, 3):
            raise self._unusable(f"it must return shape (1, 3, h, w), not {result.shape}")
        return np.asarray(result[0])

    def _unusable(self, why: str) -> JobError:
        message = f"The file {self._file} can't be used: {why}. Correct the model's table."
        return JobError("model_damaged", message)


class Interpolator(_PictureModel):
    """Draws pictures between two others, as RIFE does.

    The file takes the two pictures in their order, and may take the time from 0 to 1 as a third
    input of any shape. Without it, it returns the middle.
    """

    def __init__(self, file: Path, device: str) -> None:
        """See the base class; files for pictures of one size only are refused as well."""
        super().__init__(file, device)
        self._first, self._second = self._pictures(2)
        others = [each for each in self._inputs if not _is_picture(each)]
        if len(others) > 1:
            names = ", ".join(each.name for each in others)
            raise self._unusable(f"besides two pictures it must take the time alone, not {names}")
        self._time = others[0] if others else None
        sizes = self._first.shape[2:]
        if any(isinstance(edge, int) for edge in sizes):
            raise self._unusable(f"it takes pictures of {sizes[1]}x{sizes[0]} only")

    def between(self, first: RgbFrame, second: RgbFrame, share: float) -> RgbFrame:
        """The picture at a time from 0, the first one, to 1, the second.

        Raises:
            JobError: see `_run`.
        """
        if self._time is not None:
            return self._drawn(first, second, share)
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            place, middle = (low + high) / 2, self._drawn(first, second, 0.5)
            if place == share:
                break
            if share > place:
                first, low = middle, place
            else:
                second, high = middle, place
        return middle

    def _drawn(self, first: RgbFrame, second: RgbFrame, share: float) -> RgbFrame:
        height, width = first.shape[:2]
        beyond = ((0, -height % _ALIGN), (0, -width % _ALIGN), (0, 0))
        given = {
            put.name: _levels(np.pad(picture, beyond, mode="edge"), put)
            for put, picture in ((self._first, first), (self._second, second))
        }
        if self._time is not None:
            edges = given[self._first.name].shape[2:]
            given[self._time.name] = np.full(
                _time_shape(self._time.shape, edges), share, _TYPES[self._time.type]
            )
        return _picture(self._run(given)[:, :height, :width])


class Upscaler(_PictureModel):
    """Draws a picture larger, in tiles, as Real-ESRGAN does.

    Attributes:
        factor: by which width and height grow.
    """

    def __init__(self, file: Path, device: str) -> None:
        """See the base class; finds the factor by a small picture."""
        super().__init__(file, device)
        (self._input,) = self._pictures(1)
        if len(self._inputs) != 1:
            raise self._unusable("it must take one picture and nothing else")
        self._fixed = [edge if isinstance(edge, int) else None for edge in self._input.shape[2:]]
        if any(edge is not None and edge <= 2 * _OVERLAP for edge in self._fixed):
            raise self._unusable("it takes pictures that are too small for tiles")
        height, width = (edge or _SAMPLE for edge in self._fixed)
        sample = np.zeros((height, width, 3), np.uint8)
        result = self._run({self._input.name: _levels(sample, self._input)})
        self.factor = result.shape[1] // height
        if self.factor < 1 or result.shape[1:] != (self.factor * height, self.factor * width):
            raise self._unusable(
                f"it makes {result.shape[2]}x{result.shape[1]} of {width}x{height}, which is no "
                "whole factor"
            )

    def enlarged(self, picture: RgbFrame) -> RgbFrame:
        """The picture, `factor` times as wide and high.

        Raises:
            JobError: see `_run`.
        """
        height, width = picture.shape[:2]
        tiles = [
            fixed or min(_TILE, -(-(edge + 2 * _OVERLAP) // _EVEN) * _EVEN)
            for fixed, edge in zip(self._fixed, (height, width), strict=True)
        ]
        steps = [tile - 2 * _OVERLAP for tile in tiles]
        beyond = [
            (_OVERLAP, -edge % step + _OVERLAP)
            for edge, step in zip((height, width), steps, strict=True)
        ]
        around = np.pad(picture, (*beyond, (0, 0)), mode="edge")
        large = np.empty((height * self.factor, width * self.factor, 3), np.uint8)
        for top in range(0, height, steps[0]):
            for left in range(0, width, steps[1]):
                tile = around[top : top + tiles[0], left : left + tiles[1]]
                drawn = _picture(self._run({self._input.name: _levels(tile, self._input)}))
                inner = drawn[_within(steps[0], self.factor), _within(steps[1], self.factor)]
                place = large[_from(top, steps[0], self.factor), _from(left, steps[1], self.factor)]
                place[...] = inner[: place.shape[0], : place.shape[1]]
        return large


def _within(step: int, factor: int) -> slice:
    """A drawn tile without its overlap."""
    return slice(_OVERLAP * factor, (_OVERLAP + step) * factor)


def _from(start: int, step: int, factor: int) -> slice:
    """The place of a tile in the large picture."""
    return slice(start * factor, (start + step) * factor)


def _is_picture(put: Any) -> bool:
    return len(put.shape) == 4 and put.shape[1] == 3


def _levels(picture: RgbFrame, put: Any) -> NDArray[np.floating[Any]]:
    """A picture as an input takes it."""
    scaled = picture.transpose(2, 0, 1)[None].astype(np.float32) / 255
    return np.ascontiguousarray(scaled, _TYPES[put.type])


def _picture(result: NDArray[np.float32]) -> RgbFrame:
    levels = np.rint(result.transpose(1, 2, 0) * 255).clip(0, 255)
    return np.ascontiguousarray(levels, np.uint8)


def _time_shape(shape: Sequence[int | str | None], edges: Sequence[int]) -> tuple[int, ...]:
    """The shape of the time: sizes that the file leaves open are the picture's, or else 1."""
    height, width = edges
    open_ = {2: height, 3: width} if len(shape) == 4 else {}
    return tuple(
        size if isinstance(size, int) else open_.get(axis, 1) for axis, size in enumerate(shape)
    )


def _providers(device: str) -> list[Any]:
    """Where onnxruntime computes, by preference."""
    import onnxruntime

    kind, _, number = device.partition(":")
    if kind == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        chosen = ("CUDAExecutionProvider", {"device_id": int(number or 0)})
        return [chosen, "CPUExecutionProvider"]
    return ["CPUExecutionProvider"]


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
