"""MSFlow learned from good pictures: frozen features, flows, and limits from held-out pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from model.backbones import NO_BACKBONE, Backbones
from model.calibration import Sighting, calibrate
from model.detector import Scores
from model.detectors.msflow import MSFlow, MSFlowSettings, signs_of
from model.device import choose_device, enough_memory
from model.errors import ModelError
from model.images import Picture
from model.layers.feature_levels import FeatureLevels
from model.layers.flow_scores import WAYS
from model.learning.choices import choice
from model.learning.flow_schedule import FlowSchedule
from model.learning.flow_training import FlowPlan, FlowTrainer, train_flows
from model.learning.learner import Learned
from model.learning.level_features import LevelFeatures
from model.learning.material import Material
from model.learning.watch import Watch
from model.predictor import predict_with
from model.preprocess import RESIZES, Preprocess
from model.training.config import Epoch
from model.types import Calibration
from model.variation import changed

_HELD_OUT = 0.2
_FEWEST = 2
_COPIES = 4
_MOST_COPIES, _ENOUGH_VIEWS = 8, 300
_LEAST_SIDE = 32
_YES_NO = ("auto", "yes", "no")
_PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class MSFlowChoices:
    """What can be chosen; see `MSFlowSettings` and `FlowPlan`."""

    backbone: str = choice(
        "adclip-tiny", "frozen network: a ResNet or a CLIP whose weights are here"
    )
    size: int = choice(
        0, "side of the network's input, pixels; 0 for its usual one", low=0, high=1024
    )
    resize: str = choice("squash", "squash to a square, or pad to one", options=RESIZES)
    copies: int = choice(
        -1,
        "changed copies of each picture; -1 for as many as make 300 views, 8 at most",
        low=-1,
        high=64,
    )
    epochs: int = choice(100, "times that every picture is seen, if steps suffice", low=1)
    steps: int = choice(300, "changes of the weights at most", low=1, high=1_000_000)
    batch: int = choice(8, "pictures of a step", low=1, high=512)
    learning_rate: float = choice(1e-3, "highest learning rate", low=1e-7, high=1.0)
    warm_up: float = choice(0.12, "share of the steps in which it rises", low=0.0, high=0.7)
    start: float = choice(0.1, "where it starts, as a share of it", low=0.0, high=1.0)
    clip: float = choice(2.0, "largest norm of the gradient", low=1e-3)
    depths: str = choice("2-5-8", "blocks of each scale, finest first")
    condition: int = choice(16, "channels that say where a place is", low=4, high=256)
    pooled: str = choice(
        "auto", "average features over 3 x 3, step 2; auto: of a ResNet alone", options=_YES_NO
    )
    directions: int = choice(
        64, "directions of the features that flow; 0 for all channels as they are", low=0, high=4096
    )
    share: float = choice(0.01, "share of the pixels that make the score", low=1e-5, high=1.0)
    score: str = choice("multiplied", "likelihoods that make the score", options=WAYS)
    map: str = choice("added", "likelihoods that make the map", options=WAYS)
    precision: str = choice("float32", "bfloat16 trains faster on a GPU", options=_PRECISIONS)


class MSFlowLearner:
    """Trains flows on good pictures; see `model.learning.learner.Learner`."""

    choices = MSFlowChoices
    needs_defects = False

    def learn(
        self,
        material: Material,
        choices: MSFlowChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Return the detector and limits from a fifth of the pictures, which are held out."""
        learned, held_out = material.good.split(_HELD_OUT, _FEWEST)
        if choices.backbone == NO_BACKBONE:
            raise ModelError("MSFlow needs a backbone, such as adclip-tiny or resnet18.")
        # building a network draws first weights that its file replaces
        with torch.random.fork_rng(devices=[]):
            found = backbones.load(choices.backbone)
        where = choose_device(device)
        with enough_memory(where, "training the flows"):
            detector = blank(found.module, choices, material.seed).to(where).eval()
            epochs = _train(detector, learned, choices, watch)
            detector.eval().requires_grad_(False)
            limits = judge_normals(detector, held_out, len(material.good), watch)
        extra = {
            "pictures": len(learned),
            "held_out": len(held_out),
            "depths": choices.depths,
            "epochs": len(epochs),
        }
        return Learned(detector, limits, found.name, found.sha256, extra, epochs)


def blank(backbone: nn.Module, choices: MSFlowChoices, seed: int) -> MSFlow:
    """Return the detector of the choices with flows that have learned nothing.

    Raises:
        ModelError: The choices do not go with each other or with the backbone.
    """
    seen = FeatureLevels(backbone)
    if 0 < choices.size < _LEAST_SIDE:
        raise ModelError(f"size is {choices.size}; it must be 0 or at least {_LEAST_SIDE} pixels.")
    try:
        settings = MSFlowSettings(
            depths=_depths(choices.depths),
            condition=choices.condition,
            pooled=choices.pooled == "yes" or (choices.pooled == "auto" and not seen.is_clip),
            directions=choices.directions,
            share=choices.share,
            score=choices.score,
            shown=choices.map,
        )
    except ValueError as error:
        raise ModelError(f"The choices do not fit: {error}.") from error
    preprocess = Preprocess(
        choices.size or seen.usual_side,
        seen.mean,
        seen.std,
        choices.resize,
        filter="bicubic" if seen.is_clip else "lanczos",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MSFlow(backbone, preprocess, settings)


def _depths(text: str) -> tuple[int, int, int]:
    """Return the numbers of "2-5-8".

    Raises:
        ValueError: They are not three whole numbers.
    """
    parts = text.split("-")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
        raise ValueError(f"depths are {text!r}; give three numbers such as 2-5-8")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _train(
    detector: MSFlow, learned: Material, choices: MSFlowChoices, watch: Watch
) -> tuple[Epoch, ...]:
    """Let start and flows of a detector learn and return the curve."""

    def see(images: Tensor) -> tuple[Tensor, ...]:
        return detector.features(images.to(detector.device))

    copies = choices.copies if choices.copies >= 0 else _usual_copies(len(learned))
    features = LevelFeatures(learned, copies, detector.preprocess, see, watch)
    with torch.no_grad():
        detector.start.learn(
            features.batch(range(first, min(first + choices.batch, len(features))))
            for first in range(0, len(features), choices.batch)
        )
    wanted = choices.epochs * math.ceil(len(features) / choices.batch)
    plan = FlowPlan(
        FlowSchedule(
            min(choices.steps, wanted), choices.learning_rate, choices.warm_up, choices.start
        ),
        choices.batch,
        choices.clip,
        choices.precision,
        learned.seed,
    )
    detector.flows.train()
    trainer = FlowTrainer(detector.flows, detector.start, plan)
    return train_flows(trainer, features, plan, detector.device, watch)


def _usual_copies(pictures: int) -> int:
    """Return how many copies few pictures need: flows learn single ones by heart."""
    return min(_MOST_COPIES, max(0, math.ceil(_ENOUGH_VIEWS / pictures) - 1))


def judge_normals(detector: MSFlow, held_out: Material, pictures: int, watch: Watch) -> Calibration:
    """Teach a detector what is normal and return its limits, from pictures held out.

    Args:
        detector: With its flows; its `normality` is set.
        held_out: Good pictures that the flows have not seen.
        pictures: Good pictures in all, for the words.
        watch: Told of each picture, as stage "limits".
    """
    copies = 0 if len(held_out) > 4 * _COPIES else _COPIES
    views = _Views(held_out, copies)
    plain, signs = list[Sighting](), list[list[float]]()

    def score(images: Tensor) -> Scores:
        logs = detector.log_likelihoods(detector.features(images))
        signs.extend(signs_of(logs).tolist())
        return detector.plain_scores(logs)

    for view in views.watched(watch, "normality"):
        seen = predict_with(score, detector.preprocess, detector.device, view)
        plain.append(Sighting.of(seen.score, seen.anomaly_map))
    detector.normality.learn(plain, signs)
    judged = list[Sighting]()
    for view in views.watched(watch, "limits"):
        found = predict_with(detector, detector.preprocess, detector.device, view)
        judged.append(Sighting.of(found.score, found.anomaly_map))
    words = f"{pictures} normal images; {len(held_out)} held out"
    words = f"{words}, {copies} changed copies of each" if copies else words
    return replace(calibrate(judged, method=words), n_normal=len(held_out))


@dataclass(frozen=True, slots=True)
class _Views:
    """Pictures, each with changed copies where there are few.

    Attributes:
        material: The pictures.
        copies: Of each.
    """

    material: Material
    copies: int

    def watched(self, watch: Watch, stage: str) -> Iterator[Picture]:
        """Yield all views, the same ones each time."""
        rng = np.random.default_rng((self.material.seed, 8))
        count = len(self.material)
        for number, picture in enumerate(self.material.checked()):
            watch.step(stage, number, count)
            yield picture
            for _ in range(self.copies):
                yield changed(picture, rng)
        watch.step(stage, count, count)


LEARNER = MSFlowLearner()
