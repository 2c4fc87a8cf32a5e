"""Loads a candidate in this process and judges pictures with it; meant for one that may die."""

from __future__ import annotations

import gc
import statistics
import time
from pathlib import Path

import numpy as np

from app import checkpoints, log
from app.camera.frame import Image
from app.candidates.check_report import BUG, DUMB, MEMORY, MODEL, CheckReport, refused
from app.paths import Home
from model.checkpoint_facts import facts
from model.device import choose_device, memory
from model.errors import CheckpointError, ModelError, NewerFormat, OutOfMemory, UnknownDetector
from model.predictor import Predictor
from model.types import CheckpointInfo

_TIMED = 3
_SIDE = 240


def tried(path: Path, home: Home, device: str = "auto") -> CheckReport:
    """Return whether a checkpoint loads and judges. Blocks for seconds, takes its memory.

    Args:
        path: The candidate.
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".
    """
    info: CheckpointInfo | None = None
    try:
        info = facts(path).info
        return _tried(path, home, device)
    except (OutOfMemory, MemoryError) as error:
        said = str(error) or "this computer has too little memory"
        return refused(MEMORY, f"The checkpoint {path} was not loaded: {said}", info)
    except CheckpointError as error:
        return refused(error.code, str(error), info)
    except UnknownDetector as error:
        return refused(NewerFormat.code, f"The checkpoint {path} cannot be used: {error}", info)
    except ModelError as error:
        return refused(MODEL, f"The checkpoint {path} cannot be used: {error}", info)
    except Exception as error:  # noqa: BLE001
        # whatever a file can do to the code that reads it must end in a sentence
        log.station.exception("the checkpoint %s could not be checked", path)
        return refused(
            BUG,
            f"The checkpoint {path} cannot be used: reading it failed unexpectedly "
            f"({type(error).__name__}); get the file again.",
            info,
        )
    finally:
        gc.collect()


def _tried(path: Path, home: Home, device: str) -> CheckReport:
    before, start = memory_used(), time.perf_counter()
    predictor = checkpoints.load_predictor(str(path), home, device)
    load_s = time.perf_counter() - start
    plain, marked = _pictures()
    try:
        predictor.warm_up()
        first, other = predictor.predict(plain), predictor.predict(marked)
    except OutOfMemory:
        raise
    except (ModelError, RuntimeError, ValueError, ArithmeticError, LookupError) as error:
        said = f"The checkpoint {path} was loaded but cannot judge a picture: {error}"
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


def memory_used() -> int:
    """Return what this process holds in memory, bytes."""
    return memory(choose_device("cpu")).used


def _taken(predictor: Predictor, before: int) -> int:
    where = predictor.detector.device
    now = memory(where)
    return now.peak if where.type == "cuda" else max(0, now.used - before)


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
