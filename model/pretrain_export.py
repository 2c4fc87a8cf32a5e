"""From a pretraining run to the shipped files: backbone, and a zero-shot checkpoint on it."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor

from model import checkpoint
from model.atomic import whole_file
from model.backbone import file_sha256, load_clip
from model.calibration import Sighting, calibrate
from model.detector import Scores
from model.detectors.anomaly_clip import AnomalyClip
from model.layers.prompts import PromptLearner
from model.layers.vision import VisionFeatures
from model.metrics import auroc
from model.preprocess import Preprocess
from model.pretrain import PretrainConfig
from model.pretrain_data import normalised
from model.pretrain_validation import held_out
from model.synthesis.sample import SIZE
from model.types import Calibration, CheckpointInfo

_SIGMAS = (4.0, 6.0, 9.0)
_MAP_WEIGHTS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)
_PEAK_FRACTIONS = (0.001, 0.003, 0.01, 0.03)
_EVERY = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """The numbers of the zero-shot detector and how it did with them on held-out products."""

    features_list: tuple[int, ...]
    sigma: float
    map_weight: float
    peak_fraction: float
    pixel_auroc: float
    image_auroc: float


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Features of the held-out pictures, their masks and labels."""

    features: list[VisionFeatures]
    masks: list[Tensor]
    labels: npt.NDArray[np.int64]


def export(config: PretrainConfig, destination: Path, samples: int = 96) -> CheckpointInfo:
    """Write `<backbone>.safetensors` and `default.safetensors` from what a run has left behind.

    Layers, smoothing and weights of the detector are chosen, and its limits set, on procedural
    products that the run has not seen. No real picture is looked at.

    Args:
        config: Of the run.
        destination: Folder of the two files.
        samples: Held-out products, each looked at good and defective.
    """
    source = config.folder / f"{config.backbone}.safetensors"
    clip = load_clip(config.backbone, source)
    learner = PromptLearner(clip, depth=config.depth)
    learner.load_state_dict(load_file(config.folder / "prompts.safetensors"))
    detector = AnomalyClip(
        clip, learner, Preprocess(SIZE), config.layers, config.dpam
    ).requires_grad_(False)
    candidates = _candidates(config.layers)
    seen = _see(detector, config.seed, samples, sorted({n for c in candidates for n in c}))
    choice = _choose(detector, seen, candidates)
    _apply(detector, choice)
    scores = [detector.text_scores(one, SIZE) for one in seen.features]
    calibration = _calibration(scores, seen.labels)
    target = destination / source.name
    with whole_file(target) as part:
        shutil.copyfile(source, part)
    return checkpoint.save(
        destination / "default.safetensors",
        detector,
        calibration,
        name="default",
        backbone_name=config.backbone,
        backbone_sha256=file_sha256(target),
        extra={"held_out": asdict(choice) | {"products": samples}},
    )


def _calibration(scores: list[Scores], labels: npt.NDArray[np.int64]) -> Calibration:
    """Return limits for few false calls, and say how many defects are found with them.

    The limit of the best F1 would call nearly everything defective where scores overlap.
    """
    images = torch.cat([one.image_score for one in scores]).numpy()
    maps = torch.cat([one.anomaly_map for one in scores])[:, 0].numpy()
    normal = [Sighting.of(images[row], maps[row]) for row in np.flatnonzero(labels == 0)]
    found = float((images[labels == 1] >= calibrate(normal).limit).mean())
    method = f"procedural products, where it finds {found:.0%} of the defects: teach your product"
    return calibrate(normal, method=method)


def _candidates(layers: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return every choice of trained layers."""
    counts = range(1, len(layers) + 1)
    return [chosen for count in counts for chosen in itertools.combinations(layers, count)]


@torch.inference_mode()
def _see(detector: AnomalyClip, seed: int, samples: int, layers: list[int]) -> _Seen:
    features, masks, labels = [], [], []
    for batch in held_out(seed, samples):
        features.append(detector.features(normalised(batch.images), layers))
        masks.append(batch.masks)
        labels.append(batch.labels)
    return _Seen(features, masks, torch.cat(labels).numpy())


@torch.inference_mode()
def _choose(detector: AnomalyClip, seen: _Seen, candidates: list[tuple[int, ...]]) -> Choice:
    """Return layers and smoothing of the best pixels, then weights of the best images."""
    best: tuple[float, Any] = (-1.0, None)
    # the masks have half the side: every fourth map pixel against every second mask pixel
    truth = torch.cat(seen.masks)[:, :: _EVERY // 2, :: _EVERY // 2].flatten().numpy()
    for layers, sigma in itertools.product(candidates, _SIGMAS):
        detector.features_list, detector.sigma, detector.map_weight = layers, sigma, 0.0
        maps = [detector.text_scores(one, SIZE).anomaly_map for one in seen.features]
        coarse = torch.cat(maps)[:, 0, ::_EVERY, ::_EVERY].flatten().numpy()
        best = max(best, (auroc(truth, coarse), (layers, sigma)))
    pixels, (layers, sigma) = best
    detector.features_list, detector.sigma = layers, sigma
    top: tuple[float, float, float] = (-1.0, 0.0, 0.0)
    for weight, fraction in itertools.product(_MAP_WEIGHTS, _PEAK_FRACTIONS):
        detector.map_weight, detector.peak_fraction = weight, fraction
        scores = torch.cat([detector.text_scores(one, SIZE).image_score for one in seen.features])
        top = max(top, (auroc(seen.labels, scores.numpy()), weight, fraction))
    return Choice(layers, sigma, top[1], top[2], pixels, top[0])


def _apply(detector: AnomalyClip, choice: Choice) -> None:
    detector.features_list, detector.sigma = choice.features_list, choice.sigma
    detector.map_weight, detector.peak_fraction = choice.map_weight, choice.peak_fraction
