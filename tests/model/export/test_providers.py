from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest

from model.errors import ModelError
from model.export import providers
from model.export.providers import NoTensorRt, check_tensorrt, engine_folder, session_of
from tests.model.export.small_graph import file_of


def test_without_tensorrt_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(NoTensorRt, match=r"onnxruntime \d.* comes without it.*onnxruntime-gpu"):
        check_tensorrt()
    with pytest.raises(NoTensorRt):
        session_of(file_of(tmp_path), 1, "tensorrt")


def test_a_library_that_does_not_load_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime says that it has TensorRT, and then goes on with the CPU."""
    known = ["TensorrtExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: known)
    monkeypatch.setattr(providers, "_providers", lambda *_: ["CPUExecutionProvider"])
    with pytest.raises(NoTensorRt, match="could not start it"):
        session_of(file_of(tmp_path), 1, "tensorrt")


def test_tensorrt_keeps_its_engines_beside_the_file_and_counts_in_full() -> None:
    path = Path("folder") / "part.onnx"
    first, second, last = providers._providers(path, "tensorrt")
    assert first[0] == "TensorrtExecutionProvider"
    assert first[1]["trt_engine_cache_path"] == str(engine_folder(path))
    assert engine_folder(path) == Path("folder") / "part.tensorrt"
    assert first[1]["trt_fp16_enable"] is False
    assert second == ("CUDAExecutionProvider", {"use_tf32": 0})
    assert last == "CPUExecutionProvider"


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "part.onnx"
    file.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot use"):
        session_of(file, 1, "cpu")
