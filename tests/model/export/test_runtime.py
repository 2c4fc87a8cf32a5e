"""Every kind of detector by OpenVINO and ONNX Runtime: the same numbers, or PyTorch goes on."""

from __future__ import annotations

import json
import logging
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.errors import ModelError
from model.export import network, onnx_form, openvino_form, packages, runtime
from model.export.onnx_form import OnnxScore, write_onnx
from model.export.openvino_form import OpenVinoScore, convert
from model.export.parity import compare
from model.export.runtime import (
    Measured,
    OpenVinoPredictor,
    Wish,
    time_ratio,
    with_runtime,
)
from model.export.trial import tried, tried_apart
from model.export.trial_pictures import trial_pictures
from model.predictor import Predictor, Score, predict_with
from model.types import Prediction
from tests.model.tiny_clip import picture, predictor, with_fellow

DRAW = onnx_form.graph_of
# None of them was taught: their distances are not the roots of nearly nothing.
PICTURES = [("small", picture(11)), ("tiled", picture(12, 40, 700))]
# AD-CLIP with a memory bank holds all that the zero-shot and the few-shot detector hold.
KINDS = ("ad_clip", "sowa")


@cache
def judge_of(kind: str) -> Predictor:
    judge = predictor(kind)
    if kind == "ad_clip":
        judge.detector = with_fellow()
    return judge


@cache
def graph_of(kind: str) -> Any:
    return DRAW(judge_of(kind))


@pytest.fixture(autouse=True)
def one_graph_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing a graph takes seconds; each kind's is drawn once."""
    for module in (onnx_form, openvino_form):
        monkeypatch.setattr(module, "graph_of", lambda judge: graph_of(judge.detector.kind))


def same(kind: str, score: Score) -> None:
    judge = judge_of(kind)
    detector = judge.detector

    def other(image: np.ndarray) -> Prediction:
        where, names = torch.device("cpu"), detector.class_names
        return predict_with(score, detector.preprocess, where, image, names)

    parity = compare("test", judge.predict, other, PICTURES, lambda found: str(found.score > 2))
    assert parity.holds, parity.to_text()
    one, two = judge.predict(PICTURES[0][1]), other(PICTURES[0][1])
    assert [name for name, _ in one.class_probabilities] == [
        name for name, _ in two.class_probabilities
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_openvino_says_the_same(kind: str) -> None:
    same(kind, OpenVinoScore(convert(judge_of(kind))))


@pytest.mark.parametrize("kind", KINDS)
def test_onnx_says_the_same_and_carries_what_is_needed_beside_it(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "part.onnx"
    write_onnx(graph_of(kind), file)
    score = OnnxScore(file)
    same(kind, score)
    known = score._session.get_modelmeta().custom_metadata_map
    assert known["sha256"] == judge_of(kind).info.sha256
    assert json.loads(known["preprocess"])["size"] == judge_of(kind).detector.preprocess.size
    assert json.loads(known["class_names"]) == list(judge_of(kind).detector.class_names)
    assert [path.name for path in tmp_path.iterdir()] == ["part.onnx"]
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot use"):
        OnnxScore(file)


def test_exporting_leaves_the_detector_as_it_was() -> None:
    judge = predictor("anomaly_clip")
    # A size that nothing has been computed for yet.
    judge.detector.preprocess = type(judge.detector.preprocess)(60)
    network.exported(judge.detector)
    found = judge.predict(picture(3))
    assert type(judge.detector(torch.zeros(1, 3, 60, 60)).anomaly_map) is torch.Tensor
    assert np.isfinite(found.anomaly_map).all()


class Bench:
    """Chooses a runtime as the line does, with a clock that the test sets.

    Attributes:
        tries: How often OpenVINO was tried.
    """

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, ratio: float) -> None:
        self.judge, self.folder = judge_of("sowa"), folder
        self.tries = 0
        patch.setattr(runtime, "time_ratio", lambda *_: ratio)

    def trial(self, judge: Predictor, file: Path) -> Measured:
        self.tries += 1
        return tried(judge, file)

    def choose(self, wish: Wish = "auto") -> Predictor:
        return with_runtime(self.judge, wish, self.folder, self.trial)

    def says_the_same(self, other: Predictor) -> bool:
        image = picture(5)
        return abs(other.predict(image).score - self.judge.predict(image).score) < 1e-3


def test_the_faster_one_runs_and_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(monkeypatch, tmp_path, 0.5)
    fast = bench.choose()
    assert isinstance(fast, OpenVinoPredictor)
    assert fast.device_name.endswith(", OpenVINO")
    assert bench.judge.device_name.endswith(", PyTorch")
    assert bench.says_the_same(fast)
    assert isinstance(bench.choose(), OpenVinoPredictor)
    assert bench.tries == 1
    assert bench.choose("torch") is bench.judge


def test_the_slower_one_runs_only_if_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(monkeypatch, tmp_path, 1.2)
    assert bench.choose() is bench.judge
    assert isinstance(bench.choose("openvino"), OpenVinoPredictor)
    assert bench.tries == 1
    # Figures of another machine say nothing here.
    monkeypatch.setattr(runtime, "machine", lambda: "another one")
    assert bench.choose() is bench.judge
    assert bench.tries == 2


@pytest.mark.logs_expected
@pytest.mark.parametrize("wish", ["auto", "openvino"])
def test_results_that_differ_are_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wish: Wish
) -> None:
    plain = OpenVinoScore.__call__

    def off(self: OpenVinoScore, images: torch.Tensor) -> Any:
        found = plain(self, images)
        found.anomaly_map[:, :, 3, 3] += 0.005
        return found

    monkeypatch.setattr(OpenVinoScore, "__call__", off)
    bench = Bench(monkeypatch, tmp_path, 0.1)
    for _ in range(2):
        assert bench.choose(wish) is bench.judge
    assert bench.tries == 1
    assert "differ by 0.00" in caplog.text
    assert not list(tmp_path.glob("*.xml"))


@pytest.mark.logs_expected
def test_a_trial_that_crashes_leaves_the_line_with_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # A process that ends without an answer, as after a crash.
    monkeypatch.setattr("model.export.trial.__name__", "model.export.nothing")
    judge = judge_of("sowa")
    for _ in range(2):
        assert with_runtime(judge, "auto", tmp_path, tried_apart) is judge
    assert caplog.text.count("trial ended with code 1") == 2


@pytest.mark.logs_expected
def test_without_the_package_only_who_asked_for_it_is_warned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(packages.importlib, "import_module", missing)
    judge = judge_of("sowa")
    assert with_runtime(judge, "auto", tmp_path, tried) is judge
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert with_runtime(judge, "openvino", tmp_path, tried) is judge
    assert "openvino is not installed" in caplog.text


@pytest.mark.logs_expected
@pytest.mark.parametrize("damage", ["json", "xml"])
def test_a_damaged_cache_never_keeps_the_line_from_judging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    bench = Bench(monkeypatch, tmp_path, 0.5)
    bench.choose()
    (file,) = tmp_path.glob(f"*.{damage}")
    file.write_bytes(b"{")
    assert bench.says_the_same(bench.choose())
    assert isinstance(bench.choose(), OpenVinoPredictor)


def test_figures_of_long_unused_checkpoints_are_forgotten(tmp_path: Path) -> None:
    for number in range(12):
        runtime._keep(tmp_path / f"{number:02}.json", runtime.Measured("here", 1.0, 0.0))
    assert len(list(tmp_path.glob("*.json"))) == 8


def test_turns_are_timed_side_by_side() -> None:
    calls: list[int] = []
    ratio = time_ratio(lambda: calls.append(1), lambda: calls.append(2))
    assert ratio > 0
    assert calls == [1, 2] * (len(calls) // 2)


def test_made_up_pictures_are_always_the_same() -> None:
    for (name, one), (_, other) in zip(trial_pictures(240), trial_pictures(240), strict=True):
        assert np.array_equal(one, other), name
        assert one.std() > 10
