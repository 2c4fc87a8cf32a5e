"""What can be chosen of MSFlow, and the detector that comes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from model.detectors.msflow import MSFlow
from model.errors import ModelError
from model.layers.feature_levels import FeatureLevels
from model.layers.flow_scores import WAYS
from model.learning.choices import choice
from model.learning.flow_schedule import FlowSchedule
from model.learning.flow_training import FlowPlan
from model.msflow_settings import MSFlowSettings
from model.preprocess import RESIZES, Preprocess

_LEAST_SIDE = 32
_YES_NO = ("auto", "yes", "no")
_PRECISIONS = ("float32", "bfloat16")
_MOST_COPIES, _ENOUGH_VIEWS = 8, 300


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
    score: str = choice("multiplied", "how the three scales are joined in the score", options=WAYS)
    map: str = choice("added", "how they are joined in the anomaly map", options=WAYS)
    precision: str = choice("float32", "bfloat16 trains faster on a GPU", options=_PRECISIONS)

    def copies_of(self, pictures: int) -> int:
        """Return how many copies are made of each picture: flows learn few by heart."""
        if self.copies >= 0:
            return self.copies
        return min(_MOST_COPIES, max(0, math.ceil(_ENOUGH_VIEWS / pictures) - 1))

    def plan(self, tiles: int, seed: int) -> FlowPlan:
        """Return how to train on so many tiles."""
        wanted = self.epochs * math.ceil(tiles / self.batch)
        steps = min(self.steps, wanted)
        schedule = FlowSchedule(steps, self.learning_rate, self.warm_up, self.start)
        return FlowPlan(schedule, self.batch, self.clip, self.precision, seed)


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
