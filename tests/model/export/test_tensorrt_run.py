"""TensorRT on the line: the same results, or PyTorch goes on. No GPU is needed for either."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from model.detector import Scores
from model.export import tensorrt_run
from model.export.onnx_form import OnnxScore
from model.export.runtime import with_runtime
from model.export.tensorrt_run import TensorRtPredictor
from tests.model.export.small_graph import drawn, original
from tests.model.tiny_clip import picture


def choose(folder: Path) -> Any:
    return with_runtime(original(), "tensorrt", folder, lambda *_: pytest.fail("tried OpenVINO"))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorRT's part is played by the CPU."""
    monkeypatch.setattr(tensorrt_run, "check_tensorrt", lambda: None)
    monkeypatch.setattr(tensorrt_run, "graph_of", lambda _: drawn())
    monkeypatch.setattr(tensorrt_run, "OnnxScore", lambda file, *_: OnnxScore(file, 1))


@pytest.mark.logs_expected
def test_where_it_is_missing_pytorch_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert choose(tmp_path) is original()
    (record,) = (one for one in caplog.records if one.levelno >= logging.WARNING)
    assert "TensorRT cannot be used here" in record.getMessage()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("installed")
def test_it_runs_the_checkpoint_and_keeps_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = choose(tmp_path / "runtimes")
    assert isinstance(found, TensorRtPredictor)
    assert found.device_name == "GPU, TensorRT"
    # what shows its normal pictures still does
    assert found.detector is original().detector
    one, two = original().predict(picture(5)), found.predict(picture(5))
    assert two.score == pytest.approx(one.score, abs=1e-5)
    assert [file.suffix for file in (tmp_path / "runtimes").iterdir()] == [".onnx"]
    monkeypatch.setattr(tensorrt_run, "write_onnx", lambda *_: pytest.fail("drawn again"))
    assert isinstance(choose(tmp_path / "runtimes"), TensorRtPredictor)


@pytest.mark.logs_expected
@pytest.mark.usefixtures("installed")
def test_other_results_are_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plain = OnnxScore.__call__

    def off(self: OnnxScore, images: Any) -> Scores:
        found = plain(self, images)
        return Scores(found.image_score + 0.01, found.anomaly_map)

    monkeypatch.setattr(OnnxScore, "__call__", off)
    assert choose(tmp_path) is original()
    assert "TensorRT's results differ by" in caplog.text


@pytest.mark.logs_expected
@pytest.mark.usefixtures("installed")
def test_a_damaged_graph_keeps_nobody_from_judging(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    choose(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"nothing")
    assert choose(tmp_path) is original()
    assert "cannot use" in caplog.text
    # the next time it is drawn anew
    assert isinstance(choose(tmp_path), TensorRtPredictor)
