"""Teaching a product from good pictures alone with painted defects: AD-CLIP without a defect."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from model.calibration import Sighting, calibrate
from model.detectors.ad_clip import AdClip
from model.detectors.anomaly_clip import AnomalyClip
from model.errors import DatasetError, ModelError
from model.images import Picture, check_size, to_bgr
from model.predictor import Predictor, predict_with
from model.teach import MAX_SHOTS, TeachingCancelled
from model.training.ad_clip import AdClipTrainee
from model.training.augment import AugmentedViews
from model.training.augmentation import Augmentation
from model.training.config import LoopConfig, TrainingProgress
from model.training.example import Example
from model.training.finish import join_bank
from model.training.interrupt import Cancelled
from model.training.loop import fit
from model.training.painted import PaintedViews
from model.training.tiled import TiledViews
from model.types import Calibration
from model.variation import changed

FEWEST = 4
_HELD_OUT = 4
_BATCH = 8
# few pictures are soon known by heart: more steps would learn them and not their product
_STEPS_PER_PICTURE, _FEWEST_STEPS, _MOST_STEPS = 20, 200, 900
_MOST_VIEWS = 1200
_COPIES = 4

Report = Callable[[TrainingProgress], None]


@dataclass(frozen=True, slots=True, eq=False)
class GoodPictures:
    """Good pictures in memory as views.

    Attributes:
        pictures: (H, W, 3) uint8 BGR each.
    """

    pictures: tuple[Picture, ...]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.pictures)

    def view(self, index: int, turn: int) -> Example:
        """Return a picture; every turn is the same."""
        picture = self.pictures[index]
        return Example(picture, np.zeros(picture.shape[:2], np.uint8), False, "good")


def teach_painted(
    predictor: Predictor,
    images: Sequence[npt.NDArray[Any]],
    seed: int = 0,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
    augmentation: Augmentation | None = None,
    steps: int | None = None,
) -> tuple[AdClip, Calibration]:
    """Return AD-CLIP with a side branch trained on painted defects, a memory bank and limits.

    A quarter of the pictures is held out from training and bank: the spread of normal parts and
    the limits come from these and slightly changed copies of them.

    Args:
        predictor: Where to start from: AnomalyCLIP, or what was taught on it.
        images: 4 to 200 good pictures as `Predictor.predict` takes them.
        seed: Same seed and images, same result on the same device.
        progress: Called after each step of each stage.
        cancelled: Asked between steps.
        augmentation: How the pictures vary; None for the usual.
        steps: Of the training; None for as many as the pictures are worth.

    Raises:
        DatasetError: Too few or too many images.
        ModelError: A picture or the checkpoint cannot be used.
        TeachingCancelled: `cancelled` said so.
    """
    if not FEWEST <= len(images) <= MAX_SHOTS:
        raise DatasetError(
            f"Painted defects need {FEWEST} to {MAX_SHOTS} good images, here are {len(images)}."
        )
    asked = cancelled or (lambda: False)
    pictures = [_checked(image) for image in images]
    order = np.random.default_rng((seed, 7)).permutation(len(pictures))
    held_out = [pictures[index] for index in sorted(order[: max(2, len(order) // _HELD_OUT)])]
    learned = [pictures[index] for index in sorted(order[max(2, len(order) // _HELD_OUT) :])]
    how = augmentation or Augmentation()
    detector = _fresh(predictor, seed)
    detector.blend = replace(detector.blend, mirrored=how.lets_mirror([""]))
    _fit(detector, learned, held_out, seed, progress, asked, how, steps or _steps(len(learned)))
    try:
        join_bank(detector, learned, held_out, seed, _as_stage(progress, "bank"), asked)
    except Cancelled as error:
        raise TeachingCancelled("Teaching was stopped; nothing has changed.") from error
    return detector, _limits(detector, held_out, len(pictures), seed)


def _checked(image: npt.NDArray[Any]) -> Picture:
    check_size(image)
    return to_bgr(image)


def _fresh(predictor: Predictor, seed: int) -> AdClip:
    base = getattr(predictor.detector, "base", predictor.detector)
    if not isinstance(base, AnomalyClip):
        raise ModelError(
            f"A checkpoint of kind {predictor.detector.kind} cannot learn from painted defects; "
            "start from the default."
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return AdClip(base)


def _fit(
    detector: AdClip,
    learned: Sequence[Picture],
    held_out: Sequence[Picture],
    seed: int,
    progress: Report | None,
    cancelled: Callable[[], bool],
    augmentation: Augmentation,
    steps: int,
) -> None:
    side = detector.preprocess.size
    painted = PaintedViews(TiledViews(GoodPictures(tuple(learned))), seed, side)
    views = AugmentedViews(painted, augmentation, seed, [""] * len(painted))
    epochs = max(1, round(steps * _BATCH / len(views)))
    with tempfile.TemporaryDirectory(prefix="adclip-teach-") as folder:
        config = LoopConfig(
            Path(folder),
            epochs=epochs,
            batch_size=_BATCH,
            schedule="cosine",
            warm_up=0.05,
            clip=1.0,
            seed=seed,
            turns=max(1, min(epochs, _MOST_VIEWS // len(views))),
        )
        trial = PaintedViews(TiledViews(GoodPictures(tuple(held_out))), seed + 1, side)
        done = fit(AdClipTrainee(detector), views, trial, config, progress, cancelled)
    if done.stopped == "cancelled":
        raise TeachingCancelled("Teaching was stopped; nothing has changed.")
    detector.eval().requires_grad_(False)


def _steps(pictures: int) -> int:
    return min(max(_STEPS_PER_PICTURE * pictures, _FEWEST_STEPS), _MOST_STEPS)


def _as_stage(progress: Report | None, stage: str) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        if progress is not None:
            progress(TrainingProgress(stage, done, total))

    return report


def _limits(detector: AdClip, held_out: Sequence[Picture], count: int, seed: int) -> Calibration:
    rng = np.random.default_rng((seed, 8))
    copies = 0 if len(held_out) > 4 * _COPIES else _COPIES
    views = [
        view for one in held_out for view in (one, *(changed(one, rng) for _ in range(copies)))
    ]
    seen = []
    for view in views:
        found = predict_with(detector, detector.preprocess, detector.device, view)
        seen.append(Sighting.of(found.score, found.anomaly_map))
    words = f"{count} normal images with painted defects; {len(held_out)} held out"
    made = calibrate(seen, method=f"{words}, {copies} changed copies of each" if copies else words)
    return Calibration(
        made.typical,
        made.limit,
        made.map_typical,
        made.map_limit,
        len(held_out),
        0,
        made.method,
    )
