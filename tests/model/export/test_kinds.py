"""Every kind of detector as ONNX and OpenVINO: the same scores, maps and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from model import registry
from model.export.batches import AtEveryPlace
from model.export.exported import predictor_of
from model.export.onnx_form import OnnxScore, graph_of, write_onnx
from model.export.openvino_form import OpenVinoScore, convert
from model.export.parity import compare
from tests.model.export.kinds import KINDS, predictor_of_kind
from tests.model.tiny_clip import DETECTORS, picture

# the cutting of long pictures is shown in `test_runtime`
PICTURES = [("small", picture(11)), ("other", picture(12))]


def test_no_kind_is_left_out() -> None:
    """The CLIP family is exported in `test_runtime`."""
    assert KINDS.keys() | DETECTORS.keys() == registry.DETECTORS.keys()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_says_the_same_in_both_forms(kind: str, tmp_path: Path) -> None:
    judge = predictor_of_kind(kind)
    # of several at once: the graph of one is that of a batch of 1
    graph = graph_of(judge, 2)
    write_onnx(graph, tmp_path / "part.onnx")
    scores = (OnnxScore(tmp_path / "part.onnx", 1), OpenVinoScore(convert(judge, graph), 1))
    for score in scores:
        other = predictor_of(judge, AtEveryPlace(score, 2), judge.calibration, "test")
        parity = compare(
            kind, judge.predict, other.predict, PICTURES, lambda one: f"{one.score:.2f}"
        )
        assert parity.holds, parity.to_text()
        one, two = judge.predict(PICTURES[0][1]), other.predict(PICTURES[0][1])
        assert one.anomaly_map.std() > 0
        assert [name for name, _ in two.class_probabilities] == [
            name for name, _ in one.class_probabilities
        ]
        assert two.explains == one.explains
