"""Teaching a product from normal images alone: memory bank, statistics and honest limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from model.calibration import calibrate
from model.detector import Detector
from model.detectors.anomaly_clip import AnomalyClip
from model.detectors.few_shot_clip import FewShotClip
from model.detectors.sowa import Sowa
from model.errors import ModelError
from model.fusion import Fusion
from model.images import Picture
from model.memory_bank import Patches, patch_places, patch_rows
from model.normal_pictures import NormalPictures
from model.patch_origins import cell_centres, origins_of
from model.predictor import Predictor
from model.teach_sowa import teach_sowa
from model.teaching import (
    MAX_SHOTS,
    Lesson,
    Progress,
    Steps,
    TeachingCancelled,
    checked,
    drawn_numbers,
    method_of,
)
from model.tiling import plan_tiles
from model.trials import Trials, remembered, trial_pictures
from model.types import Calibration
from model.variation import changed_by, turned

__all__ = ["MAX_SHOTS", "Lesson", "TeachingCancelled", "default_fusion", "teach"]

_MOST_CANDIDATES = 60_000
_LAYER_DEPTHS = (0.33, 0.67)


def teach(
    predictor: Predictor,
    images: Sequence[npt.NDArray[Any]],
    shots: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    lesson: Lesson | None = None,
) -> tuple[FewShotClip | Sowa, Calibration]:
    """Return a few-shot detector and its limits, learned from normal images alone.

    The limits are honest: every shot is judged by a bank made without it (one by one up to
    ten shots, else in five groups), and so are the statistics. A single shot is judged on
    shifted, turned and brightened copies of itself, which is a guess, and `method` says so.

    Args:
        predictor: Where to start from; its prompts and backbone are kept. From a SOWA checkpoint
            comes one with a memory of these shots, else a `FewShotClip`.
        images: Normal pictures as `Predictor.predict` takes them.
        shots: How many to use, 1..200, drawn by seed; None for all (200 at most).
        seed: Same seed and images, same result.
        progress: Called with (steps done, steps in all).
        cancelled: Asked between two images.
        lesson: Further choices.

    Raises:
        DatasetError: No image, or fewer than `shots`.
        ModelError: A picture cannot be used.
        TeachingCancelled: `cancelled` said so.
    """
    detector = predictor.detector
    if isinstance(detector, Sowa):
        return teach_sowa(detector, images, shots, seed, progress, cancelled, lesson)
    return teach_base(_base_of(detector), images, shots, seed, progress, cancelled, lesson)


def teach_base(
    base: AnomalyClip,
    images: Sequence[npt.NDArray[Any]],
    shots: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    lesson: Lesson | None = None,
) -> tuple[FewShotClip, Calibration]:
    """Return what `teach` does, on the prompts and the backbone of `base`."""
    numbers = drawn_numbers(len(images), shots, seed)
    chosen = [images[number] for number in numbers]
    lesson = lesson or Lesson()
    fusion = lesson.fusion or default_fusion(base, len(chosen))
    steps = Steps(progress, cancelled, 3 * len(chosen))
    pictures = [checked(image) for image in chosen]
    patches = _patches(base, fusion, lesson, pictures, seed, steps)
    bank = remembered(patches, fusion, lesson.max_rows, seed)
    detector = FewShotClip(base, bank.to(base.device), fusion, len(chosen))
    detector.eval().requires_grad_(False)
    if bank.origins is not None:
        names = [lesson.name_of(number) for number in numbers]
        detector.normals = NormalPictures.of(pictures, names, bank.origins.numpy())
    tried = [trial_pictures(picture, len(chosen), seed) for picture in pictures]
    trials = Trials(detector, patches, tried, lesson.max_rows, seed)
    detector.standardise(trials.evidence(steps.take))
    calibration = calibrate(list(trials.sightings(steps.take)), method=method_of(len(chosen)))
    # copies of few shots are no images of their own
    return detector, replace(calibration, n_normal=len(chosen))


def default_fusion(base: AnomalyClip, shots: int) -> Fusion:
    """Return the choices for the depth of a backbone and a number of shots.

    The more shots, the more the bank knows and the less the text has to add.
    """
    visual: Any = base.clip.get_submodule("visual")
    depth = len(visual.transformer.resblocks)
    layers = sorted({max(1, round(depth * share)) for share in _LAYER_DEPTHS})
    return Fusion(tuple(layers), text_map=0.6 / (1 + shots / 15), text_image=0.3 / (1 + shots / 20))


def _base_of(detector: Detector) -> AnomalyClip:
    if isinstance(detector, FewShotClip):
        return detector.base
    if isinstance(detector, AnomalyClip):
        return detector
    raise ModelError(f"A checkpoint of kind {detector.kind} cannot be taught; use the default.")


def _patches(
    base: AnomalyClip,
    fusion: Fusion,
    lesson: Lesson,
    pictures: Sequence[Picture],
    seed: int,
    steps: Steps,
) -> list[Patches]:
    """Return the patches of each picture, thinned if all together were too many."""
    most = max(1, _MOST_CANDIDATES // len(pictures))
    rng = np.random.default_rng((seed, 0))
    found = []
    for number, picture in enumerate(pictures):
        views = [(picture, None), *(changed_by(picture, rng) for _ in range(lesson.copies))]
        seen = [_remember(base, fusion, lesson, number, *view) for view in views]
        found.append(Patches.joined(seen).thinned(most, seed))
        steps.take()
    return found


def _remember(
    base: AnomalyClip,
    fusion: Fusion,
    lesson: Lesson,
    number: int,
    picture: Picture,
    moved: npt.NDArray[np.float64] | None,
) -> Patches:
    """Return all patches of a picture, on the CPU.

    Args:
        base: Sees the picture.
        fusion: Which layers are looked at.
        lesson: How to teach.
        number: Of the picture.
        picture: It, or a changed copy of it.
        moved: (2, 3) from places of the picture to places of the copy; None for itself.
    """
    size = picture.shape[:2]
    parts = []
    for tile in plan_tiles(*size):
        views = [picture[tile.window]]
        views = turned(views[0]) if lesson.turned else views
        for turn, view in enumerate(views):
            with torch.inference_mode():
                features = base.features(
                    base.preprocess(view).to(base.device), token_layers=fusion.layers
                )
                rows = patch_rows(features, fusion.layers, fusion.neighbourhood)
            cells = cell_centres(base.preprocess, features.grid, tile)
            cells = turned(cells)[turn] if lesson.turned else cells
            origins = torch.from_numpy(origins_of(cells, size, number, moved))
            # (1, N, L, D) -> (N, L, D); a clone is no inference tensor
            parts.append(Patches(rows[0].cpu().clone(), patch_places(features.grid), origins))
    return Patches.joined(parts)
