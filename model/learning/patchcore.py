"""PatchCore learned from good pictures: features, coreset, and honest limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.backbones import Backbones
from model.calibration import Sighting, calibrate
from model.detector import Scores
from model.detectors.patchcore import PatchBank, PatchCore
from model.device import choose_device, enough_memory
from model.errors import ModelError
from model.images import Picture
from model.learning.choices import choice
from model.learning.learner import Learned
from model.learning.material import Material
from model.learning.watch import Watch
from model.memory_bank import MemoryBank, Patches, patch_places
from model.normal_pictures import NormalPictures
from model.patch_origins import cell_centres, origins_of
from model.patchcore_settings import MAPS, MOST_ROWS, SCORES, PatchCoreSettings
from model.plain_bank import PlainBank, Progress
from model.predictor import predict_with
from model.preprocess import RESIZES, Preprocess
from model.teaching import MAX_SHOTS, checked, method_of
from model.tiling import plan_tiles
from model.trials import trial_groups, trial_pictures
from model.variation import changed_by

_MOST_CANDIDATES = 60_000
_LEVELS = {"auto": (), "1": (1,), "2": (2,), "3": (3,), "12": (1, 2), "23": (2, 3),
           "123": (1, 2, 3)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PatchCoreChoices:
    """What can be chosen; see `PatchCoreSettings`.

    The defaults for CLIP levels are those that told good cookies from broken ones, and good
    training tiles from painted-on defects, best; neighbourhood 3 and coordinates 0 are the paper's.
    """

    backbone: str = choice(
        "adclip-tiny", "frozen network: a ResNet or a CLIP whose weights are here"
    )
    size: int = choice(
        0, "side of the network's input, pixels; 0 for its usual one", low=0, high=1024
    )
    resize: str = choice("squash", "squash to a square, or pad to one", options=RESIZES)
    levels: str = choice("auto", "depths of the network that are joined", options=tuple(_LEVELS))
    neighbourhood: int = choice(
        0, "cells averaged around each one, odd; 0 for 1 (CLIP) or 3 (ResNet)", low=0, high=9
    )
    rows: int = choice(2048, "patches remembered at most", low=2, high=MOST_ROWS)
    coordinates: int = choice(
        64, "directions kept; 0 compares features as the paper does", low=0, high=1024
    )
    place: float = choice(
        5.0, "what the place in the picture counts; 0 where parts lie anywhere", low=0, high=100
    )
    copies: int = choice(0, "slightly changed copies of each picture", low=0, high=16)
    score: str = choice("weighted", "of the farthest patch, or the peak of the map", options=SCORES)
    map: str = choice("smooth", "map drawn smooth or in blocks", options=MAPS)
    sigma: float = choice(4.0, "smoothing of the map, pixels of the input", low=0, high=32)


class PatchCoreLearner:
    """Remembers patches of good pictures; see `model.learning.learner.Learner`."""

    choices = PatchCoreChoices
    needs_defects = False

    def learn(
        self,
        material: Material,
        choices: PatchCoreChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Return the detector and limits from pictures judged by banks made without them."""
        good = material.good
        # building a network draws from the process's random numbers
        with torch.random.fork_rng(devices=[]):
            found = backbones.load(choices.backbone)
        where = choose_device(device)
        with enough_memory(where, "learning the product"):
            detector = blank(found.module, choices).to(where).eval()
            patches = list(_patches(detector, good, choices.copies, watch))
            lesson = _Lesson(choices, good.seed)
            detector.bank = lesson.bank(patches, partial(watch.step, "coreset")).to(where)
            detector.n_shots = len(good)
            _keep_pictures(detector, good)
            seen = list(_sightings(detector, good, patches, lesson, watch))
        limits = replace(calibrate(seen, method=method_of(len(good))), n_normal=len(good))
        return Learned(detector, limits, found.name, found.sha256, {"rows": detector.bank.shape[0]})


def blank(backbone: torch.nn.Module, choices: PatchCoreChoices) -> PatchCore:
    """Return the detector of the choices with nothing remembered.

    Raises:
        ModelError: The choices do not go with each other.
    """
    is_clip = hasattr(backbone, "visual")
    try:
        settings = PatchCoreSettings(
            # the paper's stages of a ResNet; of a CLIP the depths before its words matter
            levels=_LEVELS[choices.levels] or ((1, 2) if is_clip else (2, 3)),
            neighbourhood=choices.neighbourhood or (1 if is_clip else 3),
            coordinates=choices.coordinates,
            place=choices.place if choices.coordinates else 0.0,
            score=choices.score,
            map=choices.map,
            sigma=choices.sigma,
        )
    except ValueError as error:
        raise ModelError(f"The choices do not fit: {error}.") from error
    detector = PatchCore(backbone, settings, Preprocess(1))
    levels = detector.levels
    side = levels.side(choices.size)
    detector.preprocess = Preprocess(side, levels.mean, levels.std, choices.resize)
    return detector


@dataclass(frozen=True, slots=True)
class _Lesson:
    """How banks are made."""

    choices: PatchCoreChoices
    seed: int

    def bank(self, patches: list[Patches], progress: Progress) -> PatchBank:
        """Return the bank of several pictures' patches."""
        together, choices = Patches.joined(patches), self.choices
        if choices.coordinates:
            return MemoryBank.learned(
                together, choices.coordinates, choices.place, choices.rows, self.seed, progress
            )
        return PlainBank.learned(together, choices.rows, self.seed, progress)


def _patches(detector: PatchCore, good: Material, copies: int, watch: Watch) -> Iterator[Patches]:
    """Yield the patches of each picture, thinned so that all together are not too many."""
    most = max(1, _MOST_CANDIDATES // len(good))
    rng = np.random.default_rng((good.seed, 0))
    for number, picture in enumerate(good.checked()):
        watch.step("features", number, len(good))
        views = [(picture, None), *(changed_by(picture, rng) for _ in range(copies))]
        seen = [_remember(detector, number, *view) for view in views]
        yield Patches.joined(seen).thinned(most, good.seed + number)
    watch.step("features", len(good), len(good))


def _remember(
    detector: PatchCore, number: int, picture: Picture, moved: npt.NDArray[np.float64] | None
) -> Patches:
    """Return all patches of a picture, on the CPU."""
    parts = []
    for tile in plan_tiles(*picture.shape[:2]):
        with torch.inference_mode():
            images = detector.preprocess(picture[tile.window]).to(detector.device)
            rows, grid = detector.patches(images)
        cells = cell_centres(detector.preprocess, grid, tile)
        origins = torch.from_numpy(origins_of(cells, picture.shape[:2], number, moved))
        # (1, N, 1, D) -> (N, 1, D); a clone is no inference tensor
        parts.append(Patches(rows[0].cpu().clone(), patch_places(grid), origins))
    return Patches.joined(parts)


def _keep_pictures(detector: PatchCore, good: Material) -> None:
    """Keep small copies of the pictures, for people who ask what a place is compared with."""
    origins = detector.bank.origins
    if origins is None or len(good) > MAX_SHOTS:
        return
    detector.normals = NormalPictures.of(list(good.checked()), good.names, origins.cpu().numpy())


def _sightings(
    detector: PatchCore, good: Material, patches: list[Patches], lesson: _Lesson, watch: Watch
) -> Iterator[Sighting]:
    """Yield what banks made without a picture say of it."""
    done, total = 0, len(good)
    for group in trial_groups(total):
        bank = detector.bank
        if total > 1:
            # a coreset in between can be stopped, but is no progress of its own
            still = partial(_still, watch, done, total)
            rest = [one for number, one in enumerate(patches) if number not in group]
            bank = lesson.bank(rest, still).to(detector.device)
        score = partial(_score, detector, bank)
        for number in group:
            watch.step("limits", done, total)
            for picture in trial_pictures(checked(good.pictures[number]), total, good.seed):
                seen = predict_with(score, detector.preprocess, detector.device, picture)
                yield Sighting.of(seen.score, seen.anomaly_map)
            done += 1
    watch.step("limits", done, total)


def _still(watch: Watch, done: int, total: int, *_: int) -> None:
    watch.step("limits", done, total)


def _score(detector: PatchCore, bank: PatchBank, images: Tensor) -> Scores:
    return detector.judge(images, bank)


LEARNER = PatchCoreLearner()
