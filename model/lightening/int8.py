"""Eight bits instead of 32 in the heavy operations, calibrated on pictures."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from model.errors import ModelError
from model.export.network import INPUT
from model.export.packages import need

_LINEAR = "aten.linear"
_ORIGIN = "pkg.torch.onnx.class_hierarchy"


def in_eight_bits(graph: Any, images: Sequence[Tensor], *, symmetric: bool = False) -> Any:
    """Return a graph whose convolutions and linear layers count with whole numbers of 8 bits.

    Static quantisation by ONNX Runtime, weights for each channel by itself, ranges of what
    flows between the layers as on the pictures. Distances to a memory bank, similarities to a
    text and attention stay as they are: a small difference of two large numbers is what they are
    about. The form is that of "quantise and dequantise" nodes, which OpenVINO and TensorRT
    read too.

    Args:
        graph: Of `model.export.onnx_form.graph_of`; stays as it is.
        images: (1, 3, S, S) float32 each, as the network gets them.
        symmetric: Ranges around 0, which TensorRT asks for.

    Raises:
        ModelError: A package is missing, there is no picture, nothing in the graph can be
            counted in 8 bits, or the graph is too large.
    """
    tools: Any = need("onnxruntime.quantization", "onnx")
    onnx: Any = need("onnx")
    if not images:
        raise ModelError("Counting in 8 bits needs pictures of the product to find the ranges.")
    nodes = _heavy(graph)
    if not nodes:
        raise ModelError("Nothing in this network can be counted in 8 bits.")
    unsigned = tools.QuantType.QInt8 if symmetric else tools.QuantType.QUInt8
    with tempfile.TemporaryDirectory(prefix="adclip-int8-", ignore_cleanup_errors=True) as folder:
        full, light = Path(folder) / "full.onnx", Path(folder) / "light.onnx"
        onnx.save(graph, str(full))
        # ranges are looked at of all tensors, also of those that are filled up with -infinity
        with _without_advice(), np.errstate(invalid="ignore"):
            tools.quantize_static(
                str(full),
                str(light),
                _reader(tools, images, _batch(graph)),
                quant_format=tools.QuantFormat.QDQ,
                nodes_to_quantize=nodes,
                per_channel=True,
                # processors without VNNI add pairs of products in 16 bits, which 8 bit overflow
                reduce_range=not symmetric,
                activation_type=unsigned,
                weight_type=tools.QuantType.QInt8,
                extra_options={"ActivationSymmetric": symmetric},
            )
        made = onnx.load(str(light))
    onnx.checker.check_model(made)
    _check_scales(onnx, made)
    return made


def _check_scales(onnx: Any, graph: Any) -> None:
    """Refuse a graph in which a step from one whole number to the next has no size."""
    values = {one.name: one for one in graph.graph.initializer}
    for node in graph.graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            scale = onnx.numpy_helper.to_array(values[node.input[1]])
            if not (np.isfinite(scale).all() and (scale > 0).all()):
                raise ModelError(
                    f"This network cannot be counted in 8 bits: the range of {node.input[0]} is "
                    "not finite on the pictures."
                )


def _heavy(graph: Any) -> list[str]:
    """Return the names of convolutions and linear layers."""
    found = []
    for node in graph.graph.node:
        origin = next((one.value for one in node.metadata_props if one.key == _ORIGIN), "")
        is_linear = node.op_type in ("MatMul", "Gemm") and _LINEAR in origin
        if node.op_type == "Conv" or is_linear:
            found.append(node.name)
    return found


def _batch(graph: Any) -> int:
    return int(graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value)


def _reader(tools: Any, images: Sequence[Tensor], batch: int) -> Any:
    """Return what hands the pictures to ONNX Runtime one by one."""

    class Reader(tools.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left: Iterator[Tensor] = iter(images)

        def get_next(self) -> dict[str, Any] | None:
            image = next(self._left, None)
            if image is None:
                return None
            return {INPUT: np.repeat(image.numpy(), batch, axis=0)}

    return Reader()


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep ONNX Runtime's advice on how to prepare graphs, which ours need not, out of the log."""
    root = logging.getLogger()

    def passes(record: logging.LogRecord) -> bool:
        return "pre-processing before quantization" not in record.getMessage()

    filters = [*root.handlers, root]
    for one in filters:
        one.addFilter(passes)
    try:
        yield
    finally:
        for one in filters:
            one.removeFilter(passes)
