"""How the demo checkpoint's scores change while light, focus or position drift.

`python -m tests.rigs.demo_ramps > tests/app/quality/demo_ramps.json` measures it anew, 10 to 20
minutes on two cores; the file in the repository is of 200 good parts of the demo line, half of
them under each fault.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from app import paths
from app.camera.frame import Image
from app.camera.simulated import SimulatedLine
from app.settings.recipes import DEMO
from model.checkpoint import load
from model.opencv import cv2

LEVELS: dict[str, tuple[float, ...]] = {
    "dark": (0.97, 0.94, 0.9, 0.85, 0.8, 0.7),
    "bright": (1.03, 1.07, 1.12, 1.2, 1.3),
    "blur": (0.4, 0.7, 1.0, 1.4, 2.0, 3.0),
    "shift": (3, 6, 10, 16, 24, 36),
}
"""Gain of the light; blur as sigma in pixels; shift to the right in pixels; of 1280x1024."""

_PARTS = 200


def with_fault(image: Image, fault: str, level: float, scale: float = 1.0) -> Image:
    """Return the picture under a fault; `scale` is its size over 1280x1024."""
    if fault in ("dark", "bright"):
        return np.asarray(cv2.convertScaleAbs(image, alpha=level), np.uint8)
    if level * scale <= 0:
        return image
    if fault == "blur":
        return np.asarray(cv2.GaussianBlur(image, (0, 0), level * scale), np.uint8)
    move = np.array([[1, 0, level * scale], [0, 1, 0]], np.float32)
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpAffine(image, move, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def measure(parts: int = _PARTS) -> dict[str, Any]:
    """Return the table."""
    predictor = load(paths.shipped_checkpoints() / DEMO.checkpoint)
    line = SimulatedLine(seed=31, defects=0)
    line.open()
    x, y, width, height = DEMO.region_of_interest or (0, 0, 1280, 1024)

    def score(image: Image) -> float:
        cut = np.ascontiguousarray(image[y : y + height, x : x + width])
        return predictor.predict(cut).score

    pictures = [line.picture(number)[0] for number in range(parts)]
    base = np.array([score(image) for image in pictures])
    limit = predictor.calibration.limit
    faults: dict[str, list[dict[str, float]]] = {}
    for fault, levels in LEVELS.items():
        none = 1.0 if fault in ("dark", "bright") else 0.0
        faults[fault] = [_row(none, base, base, limit)]
        for level in levels:
            half = pictures[: parts // 2]
            found = np.array([score(with_fault(image, fault, level)) for image in half])
            faults[fault].append(_row(level, found, base[: len(half)], limit))
    scores = [round(float(one), 4) for one in np.sort(base)]
    return {"limit": round(limit, 4), "scores": scores, "faults": faults}


def _row(level: float, found: Any, base: Any, limit: float) -> dict[str, float]:
    """Return how mean and spread of the same parts' scores change."""
    return {
        "level": level,
        "change": round(float(found.mean() - base.mean()), 4),
        "width": round(float(found.std() / base.std()), 4),
        "false_calls": round(float((found >= limit).mean()), 3),
    }


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
