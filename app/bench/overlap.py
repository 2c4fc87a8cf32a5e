"""Time of the slowest figure of a test: AUPRO over many large maps."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from app.bench.measurement import Measurement
from model.metrics import aupro
from model.opencv import cv2

MAPS, SIDE = 500, 518
_DISTINCT = 50
_BASELINE_MAPS = 4

Floats = npt.NDArray[np.float32]
Masks = npt.NDArray[np.uint8]


def measure_overlap() -> list[Measurement]:
    """Return the processor seconds of AUPRO over 500 maps of 518 x 518.

    The baseline reads the definition word by word, as the papers' code does: every mask is
    labelled anew at each of the 200 thresholds. It is measured on a few maps and scaled up.
    Processor time counts all threads, so it is the time of one core.
    """
    masks, maps = made_maps(_DISTINCT, SIDE)
    times = MAPS // _DISTINCT
    started = time.process_time()
    aupro(masks * times, maps * times)
    spent = time.process_time() - started
    started = time.process_time()
    plain_aupro(masks[:_BASELINE_MAPS], maps[:_BASELINE_MAPS])
    plain = (time.process_time() - started) * MAPS / _BASELINE_MAPS
    return [Measurement("aupro_500_maps_s", spent, "s", "labelling at every threshold", plain)]


def made_maps(count: int, side: int, seed: int = 0) -> tuple[list[Masks], list[Floats]]:
    """Return masks of three defects each and smooth noisy maps that see most of them.

    Returns:
        (S, S) uint8, 1 where defective, and (S, S) float32.
    """
    rng = np.random.default_rng(seed)
    masks, maps = [], []
    for _ in range(count):
        mask = np.zeros((side, side), np.uint8)
        for x, y in rng.integers(side // 10, side - side // 10, (3, 2)).tolist():
            cv2.circle(mask, (x, y), int(rng.integers(side // 60 + 1, side // 20 + 2)), 1, -1)
        noise = rng.standard_normal((side, side), dtype=np.float32)
        smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), 4.0), np.float32)
        masks.append(mask)
        maps.append(smooth + np.float32(0.2) * mask)
    return masks, maps


def plain_aupro(masks: list[Masks], maps: list[Floats]) -> float:
    """Return AUPRO by its definition (spec section 9), slowly."""
    truth, values = np.stack(masks) > 0, np.stack(maps)  # (N, S, S)
    lowest, highest = values.min(), values.max()
    rates: list[float] = []
    overlaps: list[float] = []
    for threshold in np.arange(lowest, highest, (highest - lowest) / 200):
        called = values > threshold
        overlaps.append(float(np.mean(_covered(truth, called))))
        rates.append(float((called & ~truth).sum() / (~truth).sum()))
    rate, overlap = np.array(rates), np.array(overlaps)
    rate, overlap = rate[rate < 0.3], overlap[rate < 0.3]
    span = (rate - rate.min()) / (rate.max() - rate.min())
    return float(abs(np.trapezoid(overlap, span)))


def _covered(truth: npt.NDArray[np.bool_], called: npt.NDArray[np.bool_]) -> list[float]:
    """Return the covered fraction of every connected region."""
    shares: list[float] = []
    for mask, hit in zip(truth, called, strict=True):
        labels: Any
        labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
        shares += [float(hit[labels == number].mean()) for number in range(1, count + 1)]
    return shares
