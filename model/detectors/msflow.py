"""MSFlow: how likely are the features of a picture, at three scales that see each other?

Zhou et al., "MSFlow: Multi-Scale Flow-based Framework for Unsupervised Anomaly Detection",
arXiv 2308.15300. Beyond the paper: a picture that is wrong everywhere is noticed, see `Normality`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.normality import Normality
from model.errors import CheckpointError
from model.layers.feature_levels import FeatureLevels
from model.layers.flow_scores import flow_scores
from model.layers.flows import Flows
from model.layers.whitening import Start
from model.msflow_settings import SCALES, MSFlowSettings
from model.preprocess import Preprocess

# nats: a distance between places of a picture that is none
_EVEN = 1e-3
_UNITS = ("normality.score", "normality.shown", "normality.signs")


class MSFlow(Detector):
    """Flows on three levels of a frozen network.

    The raw unit of score and map is half the way from a usual normal part to the limit of
    normal ones; 0 is a usual part, about 2 the limit.

    Attributes:
        levels: The frozen network.
        start: From features to what flows.
        flows: What was trained.
        normality: What normal pictures look like to the flows.
        settings: Choices.

    Args:
        backbone: A ResNet or a CLIP, not stored. A ResNet is copied: its convolutions are
            changed to reflect.
        preprocess: How pictures become input.
        settings: Choices.
    """

    kind: ClassVar[str] = "msflow"

    def __init__(self, backbone: nn.Module, preprocess: Preprocess, settings: MSFlowSettings):
        super().__init__()
        self.preprocess, self.settings = preprocess, settings
        own = backbone if hasattr(backbone, "visual") else copy.deepcopy(backbone)
        self.levels = FeatureLevels(own, reflect=True, pyramid=settings.pyramid)
        self.start = Start(self.levels.channels, settings.directions)
        self.flows = Flows(self.start.channels, settings.depths, settings.condition)
        self.normality = Normality(2 * SCALES)

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, with flows that know nothing.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            preprocess = Preprocess.from_json(config["preprocess"])
            return cls(clip, preprocess, MSFlowSettings.from_json(config["settings"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        settings = asdict(self.settings) | {"depths": list(self.settings.depths)}
        return {"preprocess": self.preprocess.to_json(), "settings": settings}

    def features(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return (B, C_i, h_i, w_i) float32, what flows, of (B, 3, H, W) images."""
        found: tuple[Tensor, ...] = self.levels(images)
        if not self.settings.pooled:
            return found
        # zeros beyond the border count (spec section 1)
        return tuple(F.avg_pool2d(one, 3, stride=2, padding=1) for one in found)

    def log_likelihoods(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return (B, 1, h_i, w_i) each, of what `features` returned."""
        return self.flows(self.start(features)).log_likelihoods()  # type: ignore[no-any-return]

    def plain_scores(self, logs: Sequence[Tensor]) -> Scores:
        """Return scores and maps in nats, by the paper's formulas.

        Args:
            logs: What `log_likelihoods` returned.
        """
        side = self.preprocess.size
        found = flow_scores(
            logs,
            (side, side),
            share=self.settings.share,
            score=self.settings.score,
            shown=self.settings.shown,
        )
        return Scores(found.score, found.anomaly_map)

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size."""
        logs = self.log_likelihoods(self.features(images))
        return self.normality.judged(self.plain_scores(logs), signs_of(logs))

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return the flows, where they start, and what is known of normal pictures."""
        parts = {"start": self.start, "flows": self.flows, "normality": self.normality}
        return {
            f"{name}.{key}": value.detach()
            for name, part in parts.items()
            for key, value in part.state_dict().items()
        }

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped, not finite, or no
                permutation; the detector is as before.
        """
        own = self.checkpoint_state()
        if surplus := sorted(set(state) - set(own)):
            raise CheckpointError(
                f"The checkpoint holds {surplus[0]}, which does not belong to it."
            )
        for key, value in own.items():
            given = state.get(key)
            if given is None or given.shape != value.shape or not _fits(key, given, value):
                raise CheckpointError(
                    f"The checkpoint's {key} is missing, misshaped or not usable; get it again."
                )
        with torch.no_grad():
            for key, value in own.items():
                value.copy_(state[key])


def signs_of(logs: Sequence[Tensor]) -> Tensor:
    """Return (B, 6): how likely most of a picture is at each scale, and how unevenly so.

    Quartiles: a defect of less than a quarter of the picture changes them little, and is left to
    the score and the map.

    Args:
        logs: (B, 1, h_i, w_i) log-likelihoods of three scales.

    Returns:
        The median of each scale over its places, then the logarithm of the distance between its
        quartiles.
    """
    middles, distances = [], []
    for one in logs:
        # (B, 1, h, w) -> (B, h * w), the least likely place first
        ordered = one.flatten(1).sort(dim=1).values
        places = ordered.shape[1]
        middles.append(ordered[:, places // 2])
        between = ordered[:, 3 * places // 4] - ordered[:, places // 4]
        distances.append(torch.log(between + _EVEN))
    return torch.stack([*middles, *distances], dim=1)


def _fits(key: str, given: Tensor, own: Tensor) -> bool:
    """Return whether values can take the place of others."""
    if not own.is_floating_point():
        numbers = torch.arange(len(own))
        return not given.is_floating_point() and given.long().cpu().sort().values.equal(numbers)
    if not given.is_floating_point() or not bool(given.isfinite().all()):
        return False
    # what normal parts are divided by
    return key not in _UNITS or bool((given[1:] > 0).all())
