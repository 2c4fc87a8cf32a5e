"""How fast a detector judges: one picture after the other, as a line does, and in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from model.comparison.resources import Resources, Sampler
from model.device import enough_memory
from model.errors import OutOfMemory
from model.images import Picture
from model.postprocess import to_source
from model.predictor import Predictor
from model.tiling import Mosaic, plan_tiles
from model.types import FloatMap

Step = Callable[[int, int], None]
_FEWEST, _MOST = 20, 200
_FEWEST_BATCHES, _MOST_BATCHES = 2, 30


@dataclass(frozen=True, slots=True)
class SpeedPlan:
    """How long speed is measured.

    Attributes:
        batch: Pictures at once.
        seconds: For each of the two ways, about; never less than 20 pictures or 2 batches.
    """

    batch: int = 8
    seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Times of whole predictions: picture in memory to score and map at its own size.

    Attributes:
        images: Pictures judged one by one.
        images_per_second: One by one.
        p50_ms: Median of one picture.
        p99_ms: Only one in a hundred takes longer.
        batch: Pictures at once in a batch.
        batch_images_per_second: In batches; None where the memory does not suffice.
        alone: What the process took until the pictures one by one were done.
        batched: What it took until the batches were done.
        cpu_ms: Processor time of one picture, all cores added up; other programs change it
            little.
    """

    images: int
    images_per_second: float
    p50_ms: float
    p99_ms: float
    batch: int
    batch_images_per_second: float | None
    alone: Resources = field(default_factory=Resources)
    batched: Resources = field(default_factory=Resources)
    cpu_ms: float | None = None


def measured(
    predictor: Predictor, pictures: Sequence[Picture], plan: SpeedPlan, step: Step
) -> Speed:
    """Return the speed on pictures that are in memory already.

    Args:
        predictor: On its device.
        pictures: (H, W, 3) uint8 BGR each; used again from the first when all are through.
        plan: How long.
        step: Told (pictures done, pictures in all at most).
    """
    device = predictor.detector.device
    predictor.warm_up()
    predictor.predict(pictures[0])
    with Sampler(device) as sampler:
        began = time.process_time()
        spent = _one_by_one(predictor, pictures, plan.seconds, step)
        cpu_ms = 1000 * (time.process_time() - began) / len(spent)
    alone = sampler.resources
    rate: float | None = None
    with Sampler(device) as sampler:
        try:
            rate = _in_batches(predictor, pictures, plan)
        except OutOfMemory:
            rate = None
    return Speed(
        len(spent),
        len(spent) / sum(spent),
        1000 * float(np.median(spent)),
        1000 * float(np.percentile(spent, 99)),
        plan.batch,
        rate,
        alone,
        sampler.resources,
        cpu_ms,
    )


def predicted(predictor: Predictor, pictures: Sequence[Picture]) -> list[tuple[float, FloatMap]]:
    """Return score and map of each picture, the network run once for all of them.

    The same work as `Predictor.predict` does for each: tiles, resize, network, map at the
    picture's own size.

    Args:
        predictor: On its device.
        pictures: (H, W, 3) uint8 BGR each.

    Raises:
        OutOfMemory: The device has too little memory for so many at once.
    """
    detector = predictor.detector
    preprocess = detector.preprocess
    tiles = [plan_tiles(*one.shape[:2]) for one in pictures]
    pairs = zip(pictures, tiles, strict=True)
    inputs = torch.cat([preprocess(one[tile.window]) for one, some in pairs for tile in some])
    with enough_memory(detector.device, f"{len(inputs)} inputs"), torch.inference_mode():
        scores = detector(inputs.to(detector.device))
        values = scores.image_score.float().cpu().numpy()
        # (B, 1, h, w) -> (B, h, w)
        maps = scores.anomaly_map[:, 0].float().cpu().numpy()
    found, at = [], 0
    for picture, some in zip(pictures, tiles, strict=True):
        mosaic = Mosaic(*picture.shape[:2])
        for number, tile in enumerate(some, at):
            mosaic.add(tile, to_source(maps[number], preprocess, *tile.size))
        found.append((float(values[at : at + len(some)].max()), mosaic.finished()))
        at += len(some)
    return found


def _one_by_one(
    predictor: Predictor, pictures: Sequence[Picture], seconds: float, step: Step
) -> list[float]:
    """Return the seconds of each prediction."""
    spent: list[float] = []
    while len(spent) < _FEWEST or (len(spent) < _MOST and sum(spent) < seconds):
        picture = pictures[len(spent) % len(pictures)]
        started = time.perf_counter()
        predictor.predict(picture)
        spent.append(time.perf_counter() - started)
        step(len(spent), _MOST)
    return spent


def _in_batches(predictor: Predictor, pictures: Sequence[Picture], plan: SpeedPlan) -> float:
    """Return images a second; the first batch warms up and does not count."""
    count, spent = 0, 0.0
    for number in range(_MOST_BATCHES + 1):
        first = number * plan.batch
        batch = [pictures[(first + i) % len(pictures)] for i in range(plan.batch)]
        started = time.perf_counter()
        predicted(predictor, batch)
        if number > 0:
            spent += time.perf_counter() - started
            count += plan.batch
        if number >= _FEWEST_BATCHES and spent >= plan.seconds:
            break
    return count / spent
