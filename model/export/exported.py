"""An exported ONNX file as a checkpoint: the same predictor, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from model.checkpoint_facts import info_of
from model.detector import Detector, Scores
from model.device import device_name
from model.errors import CheckpointError, DamagedCheckpoint, Misfit
from model.export.onnx_form import OnnxScore
from model.export.onnx_header import check_seal, header_of_onnx
from model.export.openvino_form import threads_in_use
from model.export.providers import Provider
from model.predictor import Predictor, Score
from model.preprocess import Preprocess
from model.types import Calibration, CheckpointInfo

_RUNTIMES: dict[Provider, str] = {"cpu": "ONNX Runtime", "tensorrt": "TensorRT"}


class Exported(Detector):
    """A graph that scores pictures; it can neither be taught nor written as a checkpoint.

    Args:
        score: Runs the graph on the CPU's memory.
        preprocess: From picture to input.
        class_names: What its class probabilities count.
    """

    kind: ClassVar[str] = "exported"

    def __init__(
        self, score: Score, preprocess: Preprocess, class_names: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.score, self.preprocess, self.class_names = score, preprocess, class_names

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, S, S) float32 images."""
        return self.score(images.cpu())

    @property
    def device(self) -> torch.device:
        """Where pictures are handed over: always the CPU's memory."""
        return torch.device("cpu")

    def config(self) -> dict[str, Any]:
        """Refuse: there is nothing that it could be built from again.

        Raises:
            CheckpointError: Always.
        """
        raise CheckpointError(
            "An exported file cannot be taught or changed; use the checkpoint it was made from."
        )

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Refuse, as `config`.

        Raises:
            CheckpointError: Always.
        """
        self.config()
        return {}

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Refuse, as `config`.

        Raises:
            CheckpointError: Always.
        """
        self.config()


class ExportedExplaining(Exported):
    """The same of a detector whose map explains instead of measuring."""

    explains: ClassVar[bool] = True


class ExportedPredictor(Predictor):
    """The predictor of an exported graph.

    Args:
        detector: The graph.
        calibration: Limits.
        info: What its header says.
        runtime: What runs the graph, for people.
    """

    def __init__(
        self, detector: Exported, calibration: Calibration, info: CheckpointInfo, runtime: str
    ) -> None:
        super().__init__(detector, calibration, info)
        self._runtime = runtime

    @property
    def device_name(self) -> str:
        """Name of device and runtime for people."""
        if self._runtime == _RUNTIMES["tensorrt"]:
            return self._runtime
        return f"{device_name(self.detector.device)}, {self._runtime}"


def predictor_of(
    original: Predictor, score: Score, calibration: Calibration, runtime: str
) -> ExportedPredictor:
    """Return the predictor of a graph that was made of another predictor.

    Args:
        original: What it was made of.
        score: Runs the graph.
        calibration: The graph's limits.
        runtime: What runs it, for people.
    """
    detector = original.detector
    kind = ExportedExplaining if detector.explains else Exported
    made = kind(score, detector.preprocess, detector.class_names)
    return ExportedPredictor(made, calibration, original.info, runtime)


def load(path: Path, provider: Provider = "cpu") -> ExportedPredictor:
    """Return the predictor of an exported ONNX file.

    Args:
        path: Written by the command `export`.
        provider: What runs it.

    Raises:
        CheckpointError: The file is missing, damaged, of another program or of a newer format.
        ModelError: ONNX Runtime is not installed or cannot run it.
    """
    header = header_of_onnx(path)
    data = path.read_bytes()
    check_seal(path, data)
    try:
        preprocess = Preprocess.from_json(header.config["preprocess"])
        names = tuple(str(name) for name in header.config["class_names"])
        explains = bool(header.config["explains"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedCheckpoint(
            f"The header of the checkpoint {path} is damaged; get the file again."
        ) from error
    score = OnnxScore(path, threads_in_use(), provider)
    if score.side != preprocess.size:
        raise Misfit(f"The checkpoint {path} has another size than its header says.")
    made = (ExportedExplaining if explains else Exported)(score, preprocess, names)
    info = info_of(path, header, len(data), hashlib.sha256(data).hexdigest())
    return ExportedPredictor(made, header.calibration, info, _RUNTIMES[provider])
