"""Teaching a SOWA detector: a memory of normal pictures, its score's range and honest limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.calibration import Sighting, calibrate
from model.detector import Scores
from model.detectors.sowa import Sowa
from model.images import Picture
from model.predictor import predict_with
from model.shot_memory import ShotMemory
from model.teaching import Lesson, Progress, Steps, checked, drawn_shots, method_of
from model.tiling import plan_tiles
from model.trials import FOLDS, ONE_BY_ONE_UP_TO, trial_pictures
from model.types import Calibration
from model.variation import changed, turned

_MOST_CANDIDATES = 60_000
# the memory of the paper holds the pictures and nothing else
_DEFAULT = Lesson(copies=0)

# the memory of all other shots, and what each shot of the group is tried with
_Group = tuple[ShotMemory, list[tuple[Picture, ...]]]


def teach_sowa(
    detector: Sowa,
    images: Sequence[npt.NDArray[Any]],
    shots: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    lesson: Lesson | None = None,
) -> tuple[Sowa, Calibration]:
    """Return a detector with a memory of normal pictures, and its limits.

    Arguments, errors and the honesty of the limits are those of `model.teach.teach`: every shot is
    judged by a memory made without it, and so the range of the score comes about. Shots
    that `detector` has are forgotten. Without a lesson each picture is remembered just as it is.
    """
    chosen = drawn_shots(images, shots, seed)
    lesson = lesson or _DEFAULT
    steps = Steps(progress, cancelled, 3 * len(chosen))
    pictures = [checked(image) for image in chosen]
    taught = detector.untaught().eval().requires_grad_(False)
    rows = _all_rows(taught, lesson, pictures, seed, steps)
    taught.remember(rows, lesson.max_rows, seed)
    tried = [trial_pictures(picture, len(pictures), seed) for picture in pictures]
    groups = [
        (memory, [tried[index] for index in inside])
        for memory, inside in _groups(taught, rows, lesson.max_rows, seed)
    ]
    taught.set_range(list(_all_peaks(taught, groups, steps)))
    sightings = list(_sightings(taught, groups, steps))
    calibration = calibrate(sightings, method=method_of(len(pictures)))
    # copies of few shots are no images of their own
    return taught, replace(calibration, n_normal=len(pictures))


def _groups(
    detector: Sowa, rows: Sequence[Tensor], max_rows: int, seed: int
) -> Iterator[tuple[ShotMemory, range]]:
    """Yield groups of shots with the memory of all other shots."""
    count = len(rows)
    if count == 1:
        yield detector.memory, range(1)
        return
    folds = count if count <= ONE_BY_ONE_UP_TO else FOLDS
    for fold in range(folds):
        inside = range(fold, count, folds)
        rest = [rows[index] for index in range(count) if index not in inside]
        yield ShotMemory.learned(rest, max_rows, seed).to(detector.device), inside


def _all_peaks(detector: Sowa, groups: Sequence[_Group], steps: Steps) -> Iterator[float]:
    """Yield the highest value of each trial picture's map."""
    for memory, shots in groups:
        for shot in shots:
            for picture in shot:
                tiles = [picture[tile.window] for tile in plan_tiles(*picture.shape[:2])]
                yield max(_tile_peak(detector, memory, tile) for tile in tiles)
            steps.take()


def _sightings(detector: Sowa, groups: Sequence[_Group], steps: Steps) -> Iterator[Sighting]:
    """Yield what the detector says of each trial picture."""
    for memory, shots in groups:
        score = partial(_score, detector, memory)
        for shot in shots:
            for picture in shot:
                seen = predict_with(score, detector.preprocess, detector.device, picture)
                yield Sighting.of(seen.score, seen.anomaly_map)
            steps.take()


def _tile_peak(detector: Sowa, memory: ShotMemory, tile: Picture) -> float:
    with torch.inference_mode():
        inputs = detector.preprocess(tile).to(detector.device)
        size = (int(inputs.shape[2]), int(inputs.shape[3]))
        return float(detector.peak(detector.evidence(detector.features(inputs), size, memory)))


def _score(detector: Sowa, memory: ShotMemory, images: Tensor) -> Scores:
    size = (int(images.shape[2]), int(images.shape[3]))
    evidence = detector.evidence(detector.features(images), size, memory)
    return detector.fuse(evidence, with_peak=True)


def _all_rows(
    detector: Sowa, lesson: Lesson, pictures: Sequence[Picture], seed: int, steps: Steps
) -> list[Tensor]:
    """Return (N, L, E) float16 rows of each picture, thinned if all together were too many."""
    most = max(1, _MOST_CANDIDATES // len(pictures))
    rng = np.random.default_rng((seed, 0))
    generator = torch.Generator().manual_seed(seed)
    found = []
    for picture in pictures:
        copies = [changed(picture, rng) for _ in range(lesson.copies)]
        rows = torch.cat([_rows(detector, view, lesson) for view in (picture, *copies)])
        if rows.shape[0] > most:
            rows = rows[torch.randperm(rows.shape[0], generator=generator)[:most]]
        found.append(rows)
        steps.take()
    return found


def _rows(detector: Sowa, picture: Picture, lesson: Lesson) -> Tensor:
    """Return (N, L, E) float16 unit rows of all patches of a picture, on the CPU."""
    views = [picture[tile.window] for tile in plan_tiles(*picture.shape[:2])]
    if lesson.turned:
        views = [one for view in views for one in turned(view)]
    parts = []
    for view in views:
        with torch.inference_mode():
            inputs = detector.preprocess(view).to(detector.device)
            rows = detector.rows(detector.features(inputs).tokens)
            rows = torch.nn.functional.normalize(rows, dim=-1)
        # (1, L, N, E) -> (N, L, E); a clone is no inference tensor
        parts.append(rows[0].transpose(0, 1).half().cpu().clone())
    return torch.cat(parts)
