"""A checkpoint that TensorRT runs, through ONNX Runtime, where it gives the same results."""

from __future__ import annotations

import contextlib
import copy
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch

from model.errors import ModelError
from model.export.onnx_form import OnnxScore, graph_of, write_onnx
from model.export.openvino_form import threads_in_use
from model.export.parity import LARGEST_DIFFERENCE, compare, scale_of
from model.export.providers import check_tensorrt
from model.export.trial_pictures import trial_pictures
from model.predictor import Predictor, predict_with
from model.types import Prediction

log = logging.getLogger("model")


class TensorRtPredictor(Predictor):
    """In every way but the network the predictor it was made from.

    Args:
        predictor: As loaded.
        score: The network.
    """

    def __init__(self, predictor: Predictor, score: OnnxScore) -> None:
        super().__init__(predictor.detector, predictor.calibration, predictor.info)
        self._score = score

    @property
    def device_name(self) -> str:
        """Name of device and runtime for people."""
        return "GPU, TensorRT"

    def predict(self, image: npt.NDArray[Any]) -> Prediction:
        """Return score and anomaly map of one picture, as `Predictor.predict`."""
        detector = self.detector
        names = detector.class_names
        # what goes to the GPU and comes back is handled by the runtime
        where = torch.device("cpu")
        found = predict_with(self._score, detector.preprocess, where, image, names)
        return replace(found, explains=detector.explains)


def with_tensorrt(predictor: Predictor, folder: Path) -> Predictor:
    """Return a predictor that TensorRT runs; the given one where it cannot, and the log says why.

    The first time TensorRT builds an engine for this GPU, which takes minutes; it is kept.

    Args:
        predictor: As loaded, on any device.
        folder: Where the graph and the engine are kept.
    """
    file = folder / f"{predictor.info.sha256[:32]}.onnx"
    try:
        check_tensorrt()
        if not file.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            write_onnx(graph_of(_on_cpu(predictor)), file)
        made = TensorRtPredictor(predictor, OnnxScore(file, threads_in_use(), "tensorrt"))
        pictures = trial_pictures(predictor.detector.preprocess.size)
        scale = scale_of(predictor.calibration)
        parity = compare("tensorrt", predictor.predict, made.predict, pictures, lambda _: "")
    except (ModelError, OSError) as error:
        log.warning("PyTorch runs the model: %s", error)
        # what is kept may be damaged: the next time it is made anew
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
        return predictor
    worst = max(parity.map_difference / scale.map, parity.score_difference / scale.score)
    if worst > LARGEST_DIFFERENCE:
        log.warning(
            "PyTorch runs the model: TensorRT's results differ by %.3g, more than %g",
            worst, LARGEST_DIFFERENCE,
        )  # fmt: skip
        return predictor
    return made


def _on_cpu(predictor: Predictor) -> Predictor:
    detector = predictor.detector
    if detector.device.type != "cpu":
        detector = copy.deepcopy(detector).cpu()
    return Predictor(detector, predictor.calibration, predictor.info)
