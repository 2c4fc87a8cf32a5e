"""From a camera picture to a `Prediction`: the one way into a detector."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.detector import Detector, Scores
from model.device import device_name, enough_memory
from model.errors import ModelError
from model.images import Picture, check_size, to_bgr
from model.postprocess import to_source
from model.preprocess import Preprocess
from model.tiling import Mosaic, Tile, one_tile, plan_tiles
from model.types import Calibration, CheckpointInfo, Prediction, PredictionTimes

Score = Callable[[Tensor], Scores]
_TILES_AT_ONCE = 4
_WARM_UPS = 2


class Predictor:
    """A loaded checkpoint that judges pictures. Keeps nothing between calls.

    Attributes:
        detector: The network, in evaluation mode on its device.
        calibration: Limits of the checkpoint.
        info: What its header says.
    """

    def __init__(self, detector: Detector, calibration: Calibration, info: CheckpointInfo) -> None:
        """Take a detector that is on its device already; it is put into evaluation mode."""
        self.detector = detector.eval().requires_grad_(False)
        self.calibration = calibration
        self.info = info

    @property
    def device_name(self) -> str:
        """Name of device and runtime for people."""
        return f"{device_name(self.detector.device)}, PyTorch"

    def predict(self, image: npt.NDArray[Any]) -> Prediction:
        """Return score and anomaly map of one picture.

        Args:
            image: (H, W, 3) BGR, (H, W) or (H, W, 1) grey or (H, W, 4) BGRA; uint8 or uint16
                on its full range; 32..8192 pixels a side. Large and long pictures are
                judged in overlapping tiles, unless the detector's `preprocess.whole` says
            otherwise; the score is then that of the worst tile.

        Raises:
            ModelError: The picture cannot be used, or the model's result is not finite.
            OutOfMemory: The device has too little memory.
        """
        detector = self.detector
        names = detector.class_names
        found = predict_with(detector, detector.preprocess, detector.device, image, names)
        return replace(found, explains=detector.explains)

    def predict_many(self, images: Iterable[npt.NDArray[Any]]) -> tuple[Prediction, ...]:
        """Return the predictions of several pictures, each exactly as `predict` gives it."""
        return tuple(self.predict(image) for image in images)

    def warm_up(self) -> None:
        """Judge a grey picture, so that the first real one is as fast as the others.

        Raises:
            OutOfMemory: The device has too little memory.
        """
        side = self.detector.preprocess.size
        for _ in range(_WARM_UPS):
            self.predict(np.full((max(side, 32), max(side, 32), 3), 127, np.uint8))


def predict_with(
    score: Score,
    preprocess: Preprocess,
    device: torch.device,
    image: npt.NDArray[Any],
    class_names: Sequence[str] = (),
) -> Prediction:
    """Judge a picture by any function from network input to scores.

    Args:
        score: (B, 3, S, S) float32 on `device` to `Scores`.
        preprocess: From picture to network input.
        device: Where `score` wants its input.
        image: As in `Predictor.predict`.
        class_names: What the class probabilities of `score` count.

    Raises:
        ModelError: As `Predictor.predict`.
        OutOfMemory: As `Predictor.predict`.
    """
    clock = _Clock()
    check_size(image)
    picture = to_bgr(image)
    height, width = picture.shape[:2]
    tiles = one_tile(height, width) if preprocess.whole else plan_tiles(height, width)
    worst = -math.inf
    named: tuple[tuple[str, float], ...] = ()
    mosaic = Mosaic(height, width)
    for first in range(0, len(tiles), _TILES_AT_ONCE):
        batch = tiles[first : first + _TILES_AT_ONCE]
        inputs = _inputs(picture, batch, preprocess)
        clock.charge("preprocess_ms")
        values, maps, classes = _run(score, inputs, device)
        clock.charge("model_ms")
        if float(values.max()) > worst:
            worst = float(values.max())
            named = _named(class_names, classes, int(values.argmax()))
        for tile, small in zip(batch, maps, strict=True):
            mosaic.add(tile, to_source(small, preprocess, *tile.size))
        clock.charge("postprocess_ms")
    anomaly_map = mosaic.finished()
    anomaly_map.flags.writeable = False
    return Prediction(worst, anomaly_map, PredictionTimes(**clock.spent), named)


def _named(
    names: Sequence[str], classes: npt.NDArray[np.float32] | None, row: int
) -> tuple[tuple[str, float], ...]:
    """Return names and probabilities of a row of (B, C), the likeliest first."""
    if classes is None or not names:
        return ()
    pairs = zip(names, map(float, classes[row]), strict=True)
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))


class _Clock:
    """Adds up where the time goes, milliseconds."""

    def __init__(self) -> None:
        self.spent = {"preprocess_ms": 0.0, "model_ms": 0.0, "postprocess_ms": 0.0}
        self._mark = time.perf_counter()

    def charge(self, what: str) -> None:
        """Charge the time since the last call."""
        now = time.perf_counter()
        self.spent[what] += 1000 * (now - self._mark)
        self._mark = now


def _inputs(picture: Picture, tiles: tuple[Tile, ...], preprocess: Preprocess) -> Tensor:
    """Return (len(tiles), 3, S, S) float32."""
    return torch.cat([preprocess(picture[tile.window]) for tile in tiles])


def _run(
    score: Score, inputs: Tensor, device: torch.device
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
    """Return scores (B,), maps (B, h, w), class probabilities (B, C) or None, all finite."""
    with enough_memory(device, "judging the picture"), torch.inference_mode():
        scores = score(inputs.to(device))
        values = scores.image_score.float().cpu().numpy()
        # (B, 1, h, w) -> (B, h, w)
        maps = scores.anomaly_map[:, 0].float().cpu().numpy()
        named = scores.class_probabilities
        classes = None if named is None else named.float().cpu().numpy()
    found = (values, maps) if classes is None else (values, maps, classes)
    if not all(np.isfinite(array).all() for array in found):
        raise ModelError(
            "The model's result is not a number; the checkpoint is damaged or the device is faulty."
        )
    return values, maps, classes
