"""Tiny ONNX files: interpolators that mix two pictures, and upscalers that blur and repeat one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ANY = (1, 3, "height", "width")
"""The shape of a picture of any size."""


def interpolator(
    path: Path,
    *,
    time: Sequence[int | str] | None = (1,),
    picture: Sequence[int | str] = ANY,
    kind: int = TensorProto.FLOAT,
) -> Path:
    """A file that mixes two pictures linearly by the time; without a time, half and half."""
    inputs = [helper.make_tensor_value_info(name, kind, picture) for name in ("img0", "img1")]
    nodes = [helper.make_node("Sub", ["img1", "img0"], ["change"])]
    constants = []
    if time is None:
        half = np.full((1,), 0.5, helper.tensor_dtype_to_np_dtype(kind))
        constants.append(numpy_helper.from_array(half, "timestep"))
    else:
        inputs.append(helper.make_tensor_value_info("timestep", kind, time))
    nodes.append(helper.make_node("Mul", ["change", "timestep"], ["part"]))
    nodes.append(helper.make_node("Add", ["img0", "part"], ["output"]))
    out = helper.make_tensor_value_info("output", kind, ANY)
    return _saved(path, nodes, inputs, out, constants)


def upscaler(
    path: Path, *, factor: float = 2, picture: Sequence[int | str] = ANY, channels: int = 3
) -> Path:
    """A file that blurs a picture over 5x5 pixels, and shows each of them `factor` times."""
    size = list(picture)
    weights = np.zeros((channels, 3, 5, 5), np.float32)
    for channel in range(min(3, channels)):
        weights[channel, channel] = 1 / 25
    constants = [
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(np.array([1, 1, factor, factor], np.float32), "scales"),
    ]
    nodes = [
        helper.make_node("Conv", ["input", "weights"], ["soft"], pads=[2, 2, 2, 2]),
        helper.make_node(
            "Resize",
            ["soft", "", "scales"],
            ["output"],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
    ]
    given = [helper.make_tensor_value_info("input", TensorProto.FLOAT, size)]
    out = helper.make_tensor_value_info("output", TensorProto.FLOAT, (1, channels, "h", "w"))
    return _saved(path, nodes, given, out, constants)


def _saved(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    output: onnx.ValueInfoProto,
    constants: Sequence[onnx.TensorProto],
) -> Path:
    graph = helper.make_graph(nodes, "tiny", inputs, [output], initializer=constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
