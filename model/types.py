"""The values that cross the border of the model package. Frozen; numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PredictionTimes:
    """Where the time of one prediction went, each in milliseconds."""

    preprocess_ms: float
    model_ms: float
    postprocess_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What the model says of one image.

    Attributes:
        score: Image score in the detector's raw unit; higher is more anomalous. Not clipped.
        anomaly_map: (H, W) float32 at the size of the source image, read-only, raw unit.
        times: Where the time went.
        class_probabilities: Name and probability, the likeliest first; empty where the detector
            names nothing. Of the worst tile where the image was judged in tiles.
        explains: The map shows what a classifier looked at; it measures no defect, so no region
            and no area can be taken from it.
    """

    score: float
    anomaly_map: FloatMap
    times: PredictionTimes
    class_probabilities: tuple[tuple[str, float], ...] = ()
    explains: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """One connected area of the anomaly map above the map limit.

    Attributes:
        polygon: Outer contour, (x, y) pixels of the source image.
        area_px: Area in source pixels.
        peak: Highest map value inside, raw unit.
        box: (x0, y0, x1, y1) pixels of the source image, x1 and y1 exclusive.
    """

    polygon: tuple[tuple[int, int], ...]
    area_px: float
    peak: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class NearestNormal:
    """A suspicious place beside the most similar place of the normal pictures.

    Attributes:
        suspicious: (S, S, 3) uint8 BGR cut around the place.
        normal: (S, S, 3) uint8 BGR, the same cut of the normal picture.
        suspicious_spot: Where the compared patch lies in `suspicious`: (x, y, width, height)
            pixels.
        normal_spot: The same in `normal`.
        distance: From the patch to the nearest one of the memory bank, lengths of a normal row.
        typical: Distance that normal parts have at this place.
        name: What the normal picture was called.
        number: Which one it is, from 1.
    """

    suspicious: npt.NDArray[np.uint8]
    normal: npt.NDArray[np.uint8]
    suspicious_spot: tuple[int, int, int, int]
    normal_spot: tuple[int, int, int, int]
    distance: float
    typical: float
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The limits that belong to a checkpoint; NaN means not calibrated.

    Raw units of the detector throughout. The heatmap is drawn on the scale
    (value - map_typical) / (map_limit - map_typical): 0 is a typical normal, 1 the limit.

    Attributes:
        typical: Median image score of normal images.
        limit: Proposed NG limit: score >= limit is NG.
        map_typical: Median over normal images of the map's high quantile.
        map_limit: Map value from which a pixel counts as defective.
        n_normal: Normal images behind the numbers; 0 when not calibrated.
        n_defective: Defective images behind the numbers.
        method: How the numbers came about, in words.
    """

    typical: float = math.nan
    limit: float = math.nan
    map_typical: float = math.nan
    map_limit: float = math.nan
    n_normal: int = 0
    n_defective: int = 0
    method: str = "not calibrated"

    @property
    def is_usable(self) -> bool:
        """True if all four numbers are finite and the two scales are not empty."""
        numbers = (self.typical, self.limit, self.map_typical, self.map_limit)
        return (
            all(math.isfinite(number) for number in numbers)
            and self.limit > self.typical
            and self.map_limit > self.map_typical
        )


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """What a checkpoint's header says; read without loading any weight.

    Attributes:
        path: The file.
        name: Name for people.
        detector: Name in the detector registry.
        backbone: Backbone name, e.g. "adclip-tiny" or "ViT-L-14-336-quickgelu".
        backbone_sha256: Hash of the backbone weights that it needs; "" if unknown.
        image_size: Side in pixels that the detector sees.
        sha256: Hash of the checkpoint file.
        n_shots: Normal images in the memory bank, 0 for zero-shot.
        calibration: Limits, NaN when not calibrated.
        format: Format number of the file.
        created: ISO 8601 UTC, "" if unknown.
        software: Version of the software that wrote it.
        size_bytes: File size.
        extra: Further facts (training data, metrics) for display.
    """

    path: Path
    name: str
    detector: str
    backbone: str
    backbone_sha256: str
    image_size: int
    sha256: str
    n_shots: int
    calibration: Calibration
    format: int
    created: str
    software: str
    size_bytes: int
    extra: dict[str, Any] = field(default_factory=dict)
