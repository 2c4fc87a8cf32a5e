"""Loads a candidate and judges pictures with it. Imports torch: for processes of their own."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np

from app import checkpoints
from app.camera.frame import Image
from app.candidates.check_report import DUMB, MODEL, CheckReport, refused
from app.candidates.weighing import weight_bytes
from app.paths import Home
from model.device import choose_device, memory
from model.errors import ModelError, OutOfMemory
from model.predictor import Predictor
from model.quick_build import quick_backbones

# what settings that nobody can compute with raise
_FAILURES = (
    ModelError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
_SPOKEN = (ModelError, ValueError)
_TIMED = 3
_SIDE = 240


def judged(path: Path, home: Home, device: str = "auto") -> CheckReport:
    """Return what it takes to load a checkpoint and to judge a picture with it.

    Args:
        path: The candidate.
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".

    Raises:
        ModelError: It cannot be loaded.
    """
    before, start = memory(choose_device("cpu")).used, time.perf_counter()
    with quick_backbones():
        predictor = checkpoints.load_predictor(str(path), home, device)
    load_s = time.perf_counter() - start
    plain, marked = _pictures()
    try:
        predictor.warm_up()
        first, other = predictor.predict(plain), predictor.predict(marked)
    except OutOfMemory:
        raise
    except _FAILURES as error:
        # what Python says of a wrong type is nothing to people
        why = str(error).rstrip(".") if isinstance(error, _SPOKEN) else "its settings are wrong"
        said = f"The checkpoint {path} was loaded but cannot judge a picture: {why}; get it again."
        return refused(MODEL, said, predictor.info)
    if first.score == other.score and not np.ptp(first.anomaly_map - other.anomaly_map):
        said = f"The checkpoint {path} gives two pictures the very same score; train it anew."
        return refused(DUMB, said, predictor.info)
    return CheckReport(
        ok=True,
        sentence=_good(path, predictor),
        info=predictor.info,
        load_s=load_s,
        model_ms=_timed(predictor, plain),
        memory_mb=_taken(predictor, before) / 1e6,
    )


def _good(path: Path, predictor: Predictor) -> str:
    if predictor.calibration.is_usable:
        return f"The checkpoint {path.name} can be used."
    return f"The checkpoint {path.name} can be used once it has limits: calibrate it first."


def _taken(predictor: Predictor, before: int) -> int:
    where = predictor.detector.device
    now = memory(where)
    if where.type == "cuda":
        return now.peak
    # memory that an earlier file has left to the process is taken again without growing
    return max(weight_bytes(predictor), now.used - before)


def _timed(predictor: Predictor, picture: Image) -> float:
    """Return the median time of a prediction, milliseconds."""
    spent = []
    for _ in range(_TIMED):
        start = time.perf_counter()
        predictor.predict(picture)
        spent.append(1000 * (time.perf_counter() - start))
    return statistics.median(spent)


def _pictures() -> tuple[Image, Image]:
    """Return a grey picture and one with marks on it, (240, 240, 3) uint8 BGR each."""
    plain = np.full((_SIDE, _SIDE, 3), 127, np.uint8)
    marked = plain.copy()
    # (H, W, 3): stripes in one half, a dark and a bright spot in the other
    marked[:120:8] = 40
    marked[150:180, 40:80] = 10
    marked[170:220, 140:200] = (40, 80, 250)
    return plain, marked
