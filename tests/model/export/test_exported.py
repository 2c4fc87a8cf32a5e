"""An exported file as a checkpoint: the same verdicts, or it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from model import checkpoint
from model.checkpoint_facts import facts
from model.checkpoint_header import METADATA_KEY
from model.errors import CheckpointError, DamagedCheckpoint, ForeignFile, ModelError, NewerFormat
from model.export import packages
from model.export.exported import Exported, ExportedExplaining, ExportedPredictor, predictor_of
from model.export.onnx_form import write_onnx
from model.export.onnx_header import check_seal, header_of_onnx, sealed
from model.export.runtime import with_runtime
from tests.model.export.small_graph import file_of, original
from tests.model.lightening.toy import LIMITS
from tests.model.tiny_clip import picture

PICTURES = (picture(31), picture(32, 40, 700))


@pytest.mark.parametrize("batch", [1, 3])
def test_it_judges_as_the_checkpoint_does(tmp_path: Path, batch: int) -> None:
    file = file_of(tmp_path, batch)
    found = checkpoint.load(file)
    assert isinstance(found, ExportedPredictor)
    assert found.device_name.endswith(", ONNX Runtime")
    found.warm_up()
    for image in PICTURES:
        one, two = original().predict(image), found.predict(image)
        assert two.score == pytest.approx(one.score, abs=1e-5)
        np.testing.assert_allclose(two.anomaly_map, one.anomaly_map, atol=1e-5)
    assert found.calibration == LIMITS
    # no runtime is tried on what is no network of PyTorch
    assert (
        with_runtime(found, "openvino", tmp_path / "none", lambda *_: pytest.fail("tried")) is found
    )


def test_its_header_is_read_without_a_weight(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    said, inspected = facts(file).info, checkpoint.inspect(file)
    assert (said.detector, said.backbone, said.image_size) == ("toy", "", 32)
    assert said.calibration == LIMITS
    assert said.extra["exported"]["from_sha256"] == original().info.sha256
    assert inspected.sha256 == checkpoint.load(file).info.sha256 != original().info.sha256


def test_a_turned_bit_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    data = file.read_bytes()
    check_seal(file, data)
    for place in range(0, len(data), max(1, len(data) // 40)):
        turned = bytearray(data)
        turned[place] ^= 1
        file.write_bytes(turned)
        with pytest.raises(CheckpointError):
            checkpoint.load(file)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_ends_too_early_is_refused(tmp_path: Path, share: float) -> None:
    file = file_of(tmp_path)
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    with pytest.raises(CheckpointError, match=r"part\.onnx"):
        checkpoint.load(file)


def test_graphs_of_other_programs_are_refused(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    graph = onnx.load(str(file))
    del graph.metadata_props[:]
    onnx.save(graph, str(file))
    with pytest.raises(ForeignFile, match="no checkpoint of this program"):
        checkpoint.load(file)
    file.write_bytes(b"\xff" * 500)
    with pytest.raises(DamagedCheckpoint):
        header_of_onnx(file)
    with pytest.raises(CheckpointError, match="Cannot read"):
        checkpoint.load(tmp_path / "missing.onnx")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"format": 99}, NewerFormat),
        ({"config": {}}, CheckpointError),
        ({"config": {"preprocess": {"size": 64, "mean": [0] * 3, "std": [1] * 3},
                     "class_names": [], "explains": False}}, CheckpointError),
    ],
)  # fmt: skip
def test_a_header_that_contradicts_the_graph_is_refused(
    tmp_path: Path, change: dict[str, object], error: type[CheckpointError]
) -> None:
    file = file_of(tmp_path)
    graph = onnx.load(str(file))
    for entry in graph.metadata_props:
        if entry.key == METADATA_KEY:
            entry.value = json.dumps(json.loads(entry.value) | change)
        if entry.key == "adclip-sha256":
            entry.value = "0" * 64
    write_onnx(graph, file)
    with pytest.raises(error):
        checkpoint.load(file)


def test_it_is_not_written_as_another_checkpoint(tmp_path: Path) -> None:
    found = checkpoint.load(file_of(tmp_path))
    with pytest.raises(CheckpointError, match="use the checkpoint it was made from"):
        checkpoint.save(
            tmp_path / "other.safetensors", found.detector, LIMITS,
            name="other", backbone_name="", backbone_sha256="",
        )  # fmt: skip
    for refused in (found.detector.config, lambda: found.detector.load_checkpoint_state({})):
        with pytest.raises(CheckpointError):
            refused()


def test_what_explains_goes_on_to_explain() -> None:
    judge = original()
    plain = predictor_of(judge, judge.detector, LIMITS, "test")
    assert type(plain.detector) is Exported
    explaining = ExportedExplaining(judge.detector, judge.detector.preprocess)
    found = ExportedPredictor(explaining, LIMITS, judge.info, "test").predict(PICTURES[0])
    assert found.explains
    assert not plain.predict(PICTURES[0]).explains


def test_without_onnxruntime_the_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_of(tmp_path)

    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(packages.importlib, "import_module", missing)
    with pytest.raises(ModelError, match="pip install onnxruntime"):
        checkpoint.load(file)


def test_a_seal_needs_its_place() -> None:
    with pytest.raises(ValueError, match="not found"):
        sealed(b"nothing")
