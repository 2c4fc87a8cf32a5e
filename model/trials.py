"""Trials of a taught detector: every shot judged by a bank that was made without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from model.calibration import Sighting
from model.detector import Scores
from model.detectors.few_shot_clip import Evidence, FewShotClip
from model.fusion import Fusion
from model.images import Picture
from model.memory_bank import MemoryBank, Patches
from model.predictor import predict_with
from model.tiling import plan_tiles
from model.variation import changed

ENOUGH_SHOTS = 5
FOLDS = 5
ONE_BY_ONE_UP_TO = 10
_COPIES = 4


def remembered(patches: Sequence[Patches], fusion: Fusion, max_rows: int, seed: int) -> MemoryBank:
    """Return the bank of several shots, as `fusion` wants it."""
    together = Patches.joined(patches)
    return MemoryBank.learned(together, fusion.coordinates, fusion.place, max_rows, seed)


def trial_pictures(picture: Picture, count: int, seed: int) -> tuple[Picture, ...]:
    """Return what a shot is tried with: itself, and changed copies when shots are few.

    Args:
        picture: (H, W, 3) uint8 BGR.
        count: Number of shots in all. From five on the shot alone is enough; a single one has
            only its copies, since it is in every bank itself.
        seed: Of the changes.
    """
    if count >= ENOUGH_SHOTS:
        return (picture,)
    rng = np.random.default_rng((seed, 1))
    copies = tuple(changed(picture, rng) for _ in range(2 * _COPIES if count == 1 else _COPIES))
    return copies if count == 1 else (picture, *copies)


def trial_groups(count: int) -> list[range]:
    """Return the numbers of the shots that are judged together, by a bank of all the others."""
    folds = count if count <= ONE_BY_ONE_UP_TO else FOLDS
    return [range(fold, count, folds) for fold in range(folds)]


class Trials:
    """Shots in groups, each group with the bank of all the others.

    Args:
        detector: Judges; its own bank serves only when there is a single shot.
        patches: Of each shot.
        pictures: What each shot is tried with.
        max_rows: Rows of each bank at most.
        seed: Of the coresets.
    """

    def __init__(
        self,
        detector: FewShotClip,
        patches: Sequence[Patches],
        pictures: Sequence[Sequence[Picture]],
        max_rows: int,
        seed: int,
    ) -> None:
        self._detector, self._pictures = detector, pictures
        self._groups = list(self._grouped(patches, max_rows, seed))

    def _grouped(
        self, patches: Sequence[Patches], max_rows: int, seed: int
    ) -> Iterator[tuple[range, MemoryBank]]:
        """Yield groups of shots with the bank of all other shots."""
        count = len(patches)
        for inside in trial_groups(count):
            if count == 1:
                yield inside, self._detector.bank
                return
            rest = [patches[index] for index in range(count) if index not in inside]
            bank = remembered(rest, self._detector.fusion, max_rows, seed)
            yield inside, bank.to(self._detector.device)

    def evidence(self, step: Callable[[], None]) -> Iterator[Evidence]:
        """Yield the evidence of every tile of every trial picture; `step` after each shot."""
        detector = self._detector
        for inside, bank in self._groups:
            for index in inside:
                for picture in self._pictures[index]:
                    for tile in plan_tiles(*picture.shape[:2]):
                        inputs = detector.preprocess(picture[tile.window])
                        with torch.inference_mode():
                            evidence = detector.evidence(inputs.to(detector.device), bank)
                        yield evidence
                step()

    def sightings(self, step: Callable[[], None]) -> Iterator[Sighting]:
        """Yield what the detector says of every trial picture; `step` after each shot."""
        detector = self._detector
        for inside, bank in self._groups:
            score = partial(_score, detector, bank)
            for index in inside:
                for picture in self._pictures[index]:
                    seen = predict_with(score, detector.preprocess, detector.device, picture)
                    yield Sighting.of(seen.score, seen.anomaly_map)
                step()


def _score(detector: FewShotClip, bank: MemoryBank, images: Tensor) -> Scores:
    return detector.fuse(detector.evidence(images, bank))
