from __future__ import annotations

import logging
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from model.errors import ModelError
from model.export.onnx_form import OnnxScore, graph_of, write_onnx
from model.export.openvino_form import OpenVinoScore, convert
from model.lightening.int8 import _check_scales, in_eight_bits
from tests.model.lightening.toy import PICTURES, toy_predictor


class Both(nn.Module):
    """Convolutions, a linear layer, and a distance to something remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 4, stride=4)
        self.linear = nn.Linear(16, 8)
        self.register_buffer("bank", torch.randn(10, 8))

    def forward(self, images: Tensor) -> Tensor:
        rows = self.linear(self.conv(images).relu().flatten(2).transpose(1, 2))
        near = (rows @ self.get_buffer("bank").T).amax(2)
        found: Tensor = near.reshape(len(images), 1, 8, 8)
        return found


@cache
def judge() -> Any:
    return toy_predictor(Both())


@cache
def inputs() -> tuple[Tensor, ...]:
    return tuple(judge().detector.preprocess(one) for one in PICTURES)


@cache
def graph() -> Any:
    return graph_of(judge())


@cache
def light(symmetric: bool = False) -> Any:
    return in_eight_bits(graph(), inputs(), symmetric=symmetric)


def operations(made: Any) -> Counter[str]:
    return Counter(node.op_type for node in made.graph.node)


@pytest.mark.parametrize("symmetric", [False, True])
def test_heavy_layers_count_in_eight_bits_and_distances_do_not(symmetric: bool) -> None:
    made = light(symmetric)
    weights = {one.name: one for one in made.graph.initializer}
    small = [one for one in weights.values() if one.data_type == 3 and len(one.dims) > 1]
    # INT8 weights of the convolution and of the linear layer, nothing of the bank
    assert sorted(list(one.dims) for one in small) == [[16, 3, 4, 4], [16, 8]]
    assert operations(made)["QuantizeLinear"] >= 2


def test_it_says_nearly_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        write_onnx(light(), tmp_path / "light.onnx")
    assert not caplog.records
    true = judge().detector(inputs()[5]).anomaly_map
    forms = (OnnxScore(tmp_path / "light.onnx"), OpenVinoScore(convert(judge(), light())))
    for score in forms:
        found = score(inputs()[5]).anomaly_map
        assert 0 < float((found - true).norm()) < 0.1 * float(true.norm())


def test_the_graph_it_was_made_of_stays() -> None:
    before = graph().SerializeToString()
    in_eight_bits(graph(), inputs()[:1])
    assert graph().SerializeToString() == before


def test_without_pictures_or_heavy_layers_it_is_refused() -> None:
    with pytest.raises(ModelError, match="needs pictures"):
        in_eight_bits(graph(), ())
    with pytest.raises(ModelError, match="Nothing in this network"):
        in_eight_bits(graph_of(toy_predictor(nn.Sigmoid())), inputs())


def test_a_range_without_an_end_is_refused() -> None:
    """A step of infinite size would turn every value into nought."""
    made = onnx.ModelProto()
    made.CopyFrom(light())
    steps = [node.input[1] for node in made.graph.node if node.op_type == "QuantizeLinear"]
    for value in made.graph.initializer:
        if value.name == steps[0]:
            value.CopyFrom(onnx.numpy_helper.from_array(np.float32(np.inf), value.name))
    with pytest.raises(ModelError, match="cannot be counted in 8 bits"):
        _check_scales(onnx, made)
