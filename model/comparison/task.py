"""What the process of one detector is to do, and the work itself."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model import checkpoint
from model.backbones import backbones_at
from model.comparison.contender import Contender
from model.comparison.cost import cost_of
from model.comparison.pixel_counts import counted_pixels
from model.comparison.record import (
    JUDGED,
    LEARNED,
    MODEL,
    PIXELS,
    SCORES,
    Judging,
    Learning,
    Scores,
    write,
)
from model.comparison.resampling import Bools
from model.comparison.resources import Sampler, peak_ram_mib
from model.comparison.speed import SpeedPlan, measured
from model.comparison.split import Split
from model.data import Sample, read_mask
from model.device import choose_device
from model.images import read_image
from model.learners import learner
from model.learning.choices import choices_of, parse_spec
from model.learning.material import Material
from model.learning.watch import Watch
from model.opencv import cv2
from model.predictor import Predictor
from model.types import FloatMap

_HEAT_SIDE = 128
_BUSIEST = 0.95
_SPEED_PICTURES = 32


@dataclass(frozen=True, slots=True)
class Task:
    """One detector's work.

    Attributes:
        contender: Who.
        split: What it learns from and is judged on.
        folder: Where its files go.
        seed: Of the learning.
        device: "auto", "cpu", "cuda" or "cuda:N".
        weights: Folders in which backbones are looked for.
        side: Side of the maps and masks of the pixel figures, pixels; the same for all.
        speed: How speed is measured.
    """

    contender: Contender
    split: Split
    folder: Path
    seed: int
    device: str
    weights: tuple[Path, ...]
    side: int
    speed: SpeedPlan


def learn(task: Task, watch: Watch) -> None:
    """Learn and write the checkpoint, then the facts of the learning.

    Raises:
        ModelError: As `model.learning.learner.Learner.learn`, or a file cannot be written.
    """
    name, given = parse_spec(task.contender.spec)
    way = learner(name)
    split = task.split
    samples = (*split.good, *(split.defects if way.needs_defects else ()))
    material = Material.of_samples(samples, task.seed)
    started = time.perf_counter()
    with Sampler(choose_device(task.device)) as sampler:
        learned = way.learn(
            material,
            choices_of(way.choices, given),
            backbones_at(task.weights),
            task.device,
            watch,
        )
    spent = time.perf_counter() - started
    defects = len(samples) - len(split.good)
    checkpoint.save(
        task.folder / MODEL,
        learned.detector,
        learned.calibration,
        name=task.contender.name,
        backbone_name=learned.backbone_name,
        backbone_sha256=learned.backbone_sha256,
        extra=learned.extra | {"learned for": "comparison", "seed": task.seed},
    )
    facts = Learning(spent, len(split.good), defects, len(learned.epochs), sampler.resources)
    write(task.folder / LEARNED, facts)


def judge(task: Task, watch: Watch) -> None:
    """Measure the speed, judge every test picture and write what came of it.

    Speed first: the memory that it tells is then that of the detector, not of the kept maps.

    Raises:
        ModelError: The checkpoint or a picture cannot be used, or a file cannot be written.
    """
    program_mib = peak_ram_mib()
    path = task.contender.checkpoint or task.folder / MODEL
    predictor = checkpoint.load(path, device=task.device, weight_folders=task.weights)
    test = task.split.test
    order = np.random.default_rng((task.seed, 63)).permutation(len(test))[:_SPEED_PICTURES]
    pictures = [read_image(test[i].path) for i in order.tolist()]
    speed = measured(
        predictor, pictures, task.speed, lambda done, total: watch.step("speed", done, total)
    )
    cost = cost_of(predictor.detector, path)
    scores, maps = _judged(predictor, test, task.side, watch)
    pixels = counted_pixels(_masks(test, task.side), maps)
    (task.folder / PIXELS).unlink(missing_ok=True)
    if pixels is not None:
        pixels.save(task.folder / PIXELS)
    Scores(np.array(scores, np.float64), _heat(maps, test)).save(task.folder / SCORES)
    limit = predictor.calibration.limit
    facts = Judging(
        predictor.info.detector,
        predictor.info.backbone,
        predictor.device_name,
        limit if math.isfinite(limit) else None,
        predictor.detector.explains,
        speed,
        cost,
        program_mib,
    )
    write(task.folder / JUDGED, facts)


def _judged(
    predictor: Predictor, test: Sequence[Sample], side: int, watch: Watch
) -> tuple[list[float], list[FloatMap]]:
    """Return scores and maps of (side, side) over the whole picture, whatever its shape."""
    scores: list[float] = []
    maps: list[FloatMap] = []
    for done, sample in enumerate(test, 1):
        found = predictor.predict(read_image(sample.path))
        scores.append(found.score)
        maps.append(_resized(found.anomaly_map, side))
        watch.step("judging", done, len(test))
    return scores, maps


def _masks(test: Sequence[Sample], side: int) -> list[Bools | None]:
    """Return (side, side) masks, all False for good pictures; None where there is no mask."""
    known = [one for one in test if one.mask is not None or not one.is_defective]
    has_any = any(one.is_defective for one in known)
    paths = {one.path for one in known} if has_any else set()
    return [read_mask(one, side) if one.path in paths else None for one in test]


def _heat(maps: Sequence[FloatMap], test: Sequence[Sample]) -> npt.NDArray[np.uint8]:
    """Return (n, s, s) uint8 on a scale found alike for every detector, see `Scores.heat`."""
    peaks = np.array([float(one.max()) for one in maps])
    defective = np.array([one.is_defective for one in test], np.bool_)
    pairs = zip(maps, defective.tolist(), strict=True)
    low = float(np.median([np.quantile(one, _BUSIEST) for one, bad in pairs if not bad]))
    high = float(np.median(peaks[defective]))
    if not high > low:
        high = max(float(peaks.max()), low + 1e-6)
    small = np.stack([_resized(one, min(_HEAT_SIDE, one.shape[0])) for one in maps])
    scaled = np.clip((small - low) / (high - low) * 255, 0, 255)
    return np.asarray(scaled, np.uint8)


def _resized(values: FloatMap, side: int) -> FloatMap:
    if values.shape == (side, side):
        return values
    shrinks = min(values.shape) >= side
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (side, side), interpolation=how), np.float32)
