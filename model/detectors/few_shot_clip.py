"""Few-shot AnomalyCLIP: what the text says and how far a patch is from all normal ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.anomaly_clip import AnomalyClip, map_peak
from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.layers.smoothing import upsample_smooth
from model.memory_bank import MemoryBank, patch_features

_BASE, _BANK, _STATISTICS = "base.", "bank.", "statistics"


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the two kinds of evidence are read and weighed; data of the checkpoint.

    Attributes:
        layers: Vision blocks (1-based) whose patches are compared with the bank.
        neighbourhood: Side of the square of patches averaged around each, odd.
        text_map: Weight of the text's map in the map, 0..1; the rest is the bank's.
        text_image: Weight of the text's image score in the image score, 0..1; the rest is
            the peak of the map.
        peak_fraction: Share of the map's pixels whose mean is its peak.
        sigma: Smoothing of the bank's map, pixels of the network's input.
    """

    layers: tuple[int, ...]
    neighbourhood: int = 3
    text_map: float = 0.2
    text_image: float = 0.2
    peak_fraction: float = 0.005
    sigma: float = 4.0

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: Says which.
        """
        if not self.layers or self.neighbourhood < 1 or self.neighbourhood % 2 == 0:
            raise ValueError("layers must not be empty and neighbourhood must be odd")
        weights = (self.text_map, self.text_image, self.peak_fraction)
        if not all(0 <= weight <= 1 for weight in weights) or self.sigma < 0:
            raise ValueError("weights must be within 0..1 and sigma not negative")

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {
            "layers": list(self.layers),
            "neighbourhood": self.neighbourhood,
            "text_map": self.text_map,
            "text_image": self.text_image,
            "peak_fraction": self.peak_fraction,
            "sigma": self.sigma,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: A value is unknown or out of range.
            TypeError: A value has another type.
        """
        return cls(**(values | {"layers": tuple(int(layer) for layer in values["layers"])}))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the two sources say of a batch, before it is made comparable.

    Attributes:
        text_image: (B,) probability of "anomalous".
        text_map: (B, 1, H, W) the text's map.
        bank_map: (B, 1, H, W) distance to the nearest normal patch, smoothed.
    """

    text_image: Tensor
    text_map: Tensor
    bank_map: Tensor

    @classmethod
    def joined(cls, parts: Sequence[Evidence]) -> Evidence:
        """Return the evidence of several batches as one."""
        return cls(
            torch.cat([part.text_image for part in parts]),
            torch.cat([part.text_map for part in parts]),
            torch.cat([part.bank_map for part in parts]),
        )


class FewShotClip(Detector):
    """Text evidence and nearest-neighbour evidence, each in units of its spread on normal parts.

    One vision pass serves both. The raw unit of score and map is therefore about one standard
    deviation of normal parts.

    Attributes:
        base: The zero-shot detector.
        bank: Patches of the normal shots.
        fusion: How both are weighed.
        statistics: (3, 2) float32 buffer: centre and spread of text image score, text map
            and bank map on the shots, each shot compared with the others only.
    """

    kind: ClassVar[str] = "few_shot_clip"
    statistics: Tensor

    def __init__(self, base: AnomalyClip, bank: MemoryBank, fusion: Fusion) -> None:
        """Take the parts; the statistics are 0 and 1 until `standardise`."""
        super().__init__()
        self.base, self.bank, self.fusion = base, bank, fusion
        self.preprocess = base.preprocess
        self.register_buffer(_STATISTICS, torch.tensor([[0.0, 1.0]] * 3))

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, with an empty bank of the right size.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            count, width = (int(side) for side in config["bank"])
            bank = MemoryBank(torch.zeros(count, width), torch.zeros(count, dtype=torch.int32))
            fusion = Fusion.from_json(config["fusion"])
            base = AnomalyClip.from_config(config["base"], clip)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error
        return cls(base, bank, fusion)

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        return {
            "base": self.base.config(),
            "bank": list(self.bank.rows.shape),
            "fusion": self.fusion.to_json(),
        }

    @property
    def clip(self) -> nn.Module:
        """The open_clip backbone."""
        return self.base.clip

    @property
    def prompt_learner(self) -> PromptLearner:
        """The learned prompts."""
        return self.base.prompt_learner

    def evidence(self, images: Tensor, exclude: int | None = None) -> Evidence:
        """Return both kinds of evidence of (B, 3, H, W) images from one vision pass.

        Args:
            images: As `preprocess` makes them.
            exclude: Shot of the bank that must not count, when the image is that shot.
        """
        size = (int(images.shape[2]), int(images.shape[3]))
        features = self.base.features(images, self.fusion.layers)
        text = self.base.text_scores(features, size)
        queries = patch_features(features, self.fusion.layers, self.fusion.neighbourhood)
        # (B, N) -> (B, gh, gw) -> (B, 1, H, W)
        cells = self.bank.distances(queries, exclude).reshape(-1, *features.grid)
        bank_map = upsample_smooth(cells, size, self.fusion.sigma)[:, None]
        return Evidence(text.image_score, text.anomaly_map, bank_map)

    def fuse(self, evidence: Evidence) -> Scores:
        """Return scores and maps in units of the normal spread."""
        text_image = self._standardised(evidence.text_image, 0)
        text_map = self._standardised(evidence.text_map, 1)
        bank_map = self._standardised(evidence.bank_map, 2)
        weight = self.fusion.text_map
        anomaly_map = weight * text_map + (1 - weight) * bank_map
        peak = map_peak(anomaly_map[:, 0], self.fusion.peak_fraction)
        weight = self.fusion.text_image
        return Scores(weight * text_image + (1 - weight) * peak, anomaly_map)

    def score(self, images: Tensor, exclude: int | None = None) -> Scores:
        """Score (B, 3, H, W) images; `exclude` as in `evidence`."""
        return self.fuse(self.evidence(images, exclude))

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size."""
        return self.score(images)

    def _standardised(self, values: Tensor, row: int) -> Tensor:
        centre, spread = self.statistics[row]
        return values.sub(centre).div_(spread)

    def standardise(self, evidence: Evidence) -> None:
        """Set the statistics from evidence on normal parts that are not in the bank."""
        values = (evidence.text_image, evidence.text_map, evidence.bank_map)
        with torch.no_grad():
            for row, given in enumerate(values):
                self.statistics[row] = torch.stack(_centre_and_spread(given, _PRIORS[row]))

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return the tensors of base and bank, and the statistics."""
        base = self.base.checkpoint_state().items()
        return {f"{_BASE}{key}": value for key, value in base} | {
            f"{_BANK}rows": self.bank.rows,
            f"{_BANK}owners": self.bank.owners,
            _STATISTICS: self.statistics,
        }

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped or not finite.
        """
        own = {
            key: value
            for key, value in self.checkpoint_state().items()
            if not key.startswith(_BASE)
        }
        for key, value in own.items():
            given = state.get(key)
            if given is None or given.shape != value.shape or not torch.isfinite(given).all():
                raise CheckpointError(
                    f"The checkpoint's {key} is missing, misshaped or not finite; get it again."
                )
        rest = {key: value for key, value in state.items() if key not in own}
        self.base.load_checkpoint_state({k.removeprefix(_BASE): v for k, v in rest.items()})
        with torch.no_grad():
            for key, value in own.items():
                value.copy_(state[key])


# spread of each evidence from long experience, and how many images it counts for
_PRIORS = ((0.05, 4.0), (0.02, 0.5), (0.02, 0.5))


def _centre_and_spread(values: Tensor, prior: tuple[float, float]) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation, drawn towards a prior when there are few images."""
    expected, weight = prior
    count = values.shape[0]
    centre = values.double().mean()
    variance = (values.double() - centre).square().mean()
    spread = ((count * variance + weight * expected**2) / (count + weight)).sqrt()
    return centre.float(), spread.float()
