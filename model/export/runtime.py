"""What runs a checkpoint on this machine: PyTorch, or OpenVINO where that is faster."""

from __future__ import annotations

import json
import logging
import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from model.atomic import whole_file
from model.device import device_name
from model.errors import ModelError
from model.export.exported import ExportedPredictor
from model.export.openvino_form import OpenVinoScore, threads_in_use
from model.export.packages import MissingPackage, need, version_of
from model.export.parity import LARGEST_DIFFERENCE, compare, scale_of
from model.export.tensorrt_run import with_tensorrt
from model.export.trial_pictures import trial_pictures
from model.predictor import Predictor, predict_with
from model.types import Prediction

log = logging.getLogger("model")

Wish = Literal["auto", "torch", "openvino", "tensorrt"]
WISHES: dict[str, Wish] = {
    "auto": "auto",
    "torch": "torch",
    "openvino": "openvino",
    "tensorrt": "tensorrt",
}

FASTER = 0.9
"""OpenVINO is taken only if it needs less than this share of PyTorch's time."""

_ROUNDS = 15
_MEASURE_S = 4.0
_KEPT = 8


class OpenVinoPredictor(Predictor):
    """A checkpoint that OpenVINO runs; in every other way the predictor it was made from.

    Args:
        predictor: On the CPU; keeps what is not the network.
        score: The network.
    """

    def __init__(self, predictor: Predictor, score: OpenVinoScore) -> None:
        super().__init__(predictor.detector, predictor.calibration, predictor.info)
        self._score = score

    @property
    def device_name(self) -> str:
        """Name of device and runtime for people."""
        return f"{device_name(self.detector.device)}, OpenVINO"

    def predict(self, image: npt.NDArray[Any]) -> Prediction:
        """Return score and anomaly map of one picture, as `Predictor.predict`."""
        detector = self.detector
        names = detector.class_names
        found = predict_with(self._score, detector.preprocess, detector.device, image, names)
        return replace(found, explains=detector.explains)


@dataclass(frozen=True, slots=True)
class Measured:
    """What OpenVINO came to for one checkpoint on one machine.

    Attributes:
        machine: Processor, threads and versions; other figures hold elsewhere.
        ratio: Its time as a share of PyTorch's.
        difference: Largest difference of map or score, in units of `model.export.parity.Scale`.
        problem: Why it cannot run the checkpoint, one sentence; "" if it can.
    """

    machine: str
    ratio: float = 1.0
    difference: float = 0.0
    problem: str = ""

    def is_wanted(self, wish: Wish) -> bool:
        """Tell whether it is to run the checkpoint; the log says why not if it cannot."""
        if self.problem:
            log.warning("PyTorch runs the model: %s", self.problem)
            return False
        if self.difference > LARGEST_DIFFERENCE:
            log.warning(
                "PyTorch runs the model: OpenVINO's results differ by %.3g, more than %g",
                self.difference, LARGEST_DIFFERENCE,
            )  # fmt: skip
            return False
        return wish == "openvino" or self.ratio < FASTER


Trial = Callable[[Predictor, Path], Measured]
"""Writes a predictor's OpenVINO form to a path and says how it compares."""


def with_runtime(predictor: Predictor, wish: Wish, folder: Path, trial: Trial) -> Predictor:
    """Return the predictor that runs a checkpoint as the station wishes.

    The first time a checkpoint is used on a machine, its OpenVINO form is made, compared with
    the original and timed beside it; what came out is kept in `folder`, so that the next time
    takes a moment. Whatever goes wrong, the original is returned and the log says why.

    Args:
        predictor: As loaded, run by PyTorch.
        wish: "auto" takes OpenVINO on CPUs where it is faster and gives the same results;
            "openvino" takes it there even if it is slower; "torch" never; "tensorrt" takes
            TensorRT where it is installed.
        folder: Where OpenVINO forms and figures are kept.
        trial: Tries it the first time, see `model.export.trial`.
    """
    if isinstance(predictor, ExportedPredictor):
        return predictor
    if wish == "tensorrt":
        return with_tensorrt(predictor, folder)
    if wish == "torch" or predictor.detector.device.type != "cpu":
        return predictor
    file = folder / f"{predictor.info.sha256[:32]}.xml"
    try:
        need("openvino")
        found = _read(file.with_suffix(".json"))
        if found is None or found.machine != machine():
            found = _tried(predictor, file, trial)
        if not found.is_wanted(wish):
            return predictor
        if not (file.is_file() and file.with_suffix(".bin").is_file()):
            found = _tried(predictor, file, trial)
        return OpenVinoPredictor(predictor, OpenVinoScore(file, threads_in_use()))
    except MissingPackage as error:
        # Nobody has to install it; only who asks for it is told.
        level = logging.WARNING if wish == "openvino" else logging.INFO
        log.log(level, "PyTorch runs the model: %s", error)
    except (ModelError, OSError) as error:
        log.warning("PyTorch runs the model, OpenVINO could not: %s", error)
        # What is kept may be damaged: the next time it is made anew.
        file.with_suffix(".json").unlink(missing_ok=True)
    return predictor


def _tried(predictor: Predictor, file: Path, trial: Trial) -> Measured:
    """Try OpenVINO and keep the figures; its form is kept only if it could be of use."""
    file.parent.mkdir(parents=True, exist_ok=True)
    found = trial(predictor, file)
    if found.problem or found.difference > LARGEST_DIFFERENCE:
        for suffix in (".xml", ".bin"):
            file.with_suffix(suffix).unlink(missing_ok=True)
    _keep(file.with_suffix(".json"), found)
    log.info(
        "OpenVINO takes %.2f of PyTorch's time for %s, results differ by at most %.2g",
        found.ratio, predictor.info.name, found.difference,
    )  # fmt: skip
    return found


def machine() -> str:
    """Return what the figures of `Measured` hold for."""
    parts = (
        platform.processor() or platform.machine(),
        f"{os.cpu_count()} cores",
        f"{threads_in_use()} threads",
        f"torch {version_of('torch')}",
        f"openvino {version_of('openvino')}",
    )
    return ", ".join(parts)


def measured(original: Predictor, other: Predictor) -> Measured:
    """Compare results and times of two forms of one checkpoint, in turns, on made-up pictures."""
    pictures = trial_pictures(original.detector.preprocess.size)
    parity = compare("openvino", original.predict, other.predict, pictures, lambda _: "")
    image = pictures[0][1]
    ratio = time_ratio(lambda: original.predict(image), lambda: other.predict(image))
    scale = scale_of(original.calibration)
    worst = max(parity.map_difference / scale.map, parity.score_difference / scale.score)
    return Measured(machine(), ratio, worst)


def time_ratio(one: Callable[[], object], other: Callable[[], object]) -> float:
    """Return the time of `other` as a share of that of `one`: the median of turns side by side.

    Both are called in turns, so that what else the machine does meets both alike.
    """
    one(), other()
    ratios: list[float] = []
    until = time.perf_counter() + _MEASURE_S
    while len(ratios) < 3 or (len(ratios) < _ROUNDS and time.perf_counter() < until):
        began = time.perf_counter()
        one()
        between = time.perf_counter()
        other()
        ratios.append((time.perf_counter() - between) / max(1e-9, between - began))
    return float(np.median(ratios))


def _read(file: Path) -> Measured | None:
    try:
        found = Measured(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    numbers = (found.ratio, found.difference)
    good = all(isinstance(n, float | int) and math.isfinite(n) for n in numbers)
    return found if good else None


def _keep(file: Path, found: Measured) -> None:
    """Write the figures; forget those of checkpoints that have not been used for long."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as part:
        part.write_text(json.dumps(asdict(found)), encoding="utf-8")
    known = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in known[_KEPT:]:
        for suffix in (".json", ".xml", ".bin"):
            old.with_suffix(suffix).unlink(missing_ok=True)
