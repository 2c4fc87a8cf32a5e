"""A detector of one convolution as an ONNX file, written once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import onnx
from torch import nn

from model.export.onnx_form import graph_of, write_onnx
from model.predictor import Predictor
from tests.model.lightening.toy import toy_predictor


@cache
def original() -> Predictor:
    return toy_predictor(nn.Conv2d(3, 2, 3))


@cache
def _bytes(batch: int) -> bytes:
    graph = graph_of(original(), batch)
    return bytes(graph.SerializeToString())


def drawn(batch: int = 1) -> Any:
    """Return the graph; a new one each time."""
    return onnx.ModelProto.FromString(_bytes(batch))


def file_of(folder: Path, batch: int = 1) -> Path:
    """Return the file, written anew."""
    file = folder / "part.onnx"
    write_onnx(drawn(batch), file)
    return file
