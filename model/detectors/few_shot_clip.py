"""Few-shot AnomalyCLIP: what the text says and how far a patch is from all normal ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.anomaly_clip import AnomalyClip, map_peak
from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.layers.smoothing import upsample_smooth
from model.memory_bank import MemoryBank, patch_rows

_BASE, _BANK, _STATISTICS = "base.", "bank.", "statistics"


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the two kinds of evidence are read and weighed; data of the checkpoint.

    Attributes:
        layers: Vision blocks (1-based) whose patches are compared with the bank.
        neighbourhood: Side of the square of patches averaged around each, odd; 1 for none.
        coordinates: Of the bank's space, per layer.
        text_map: Weight of the text's map in the map, 0..1; the rest is the bank's.
        text_image: Weight of the text's image score in the image score, 0..1; the rest is
            the peak of the map.
        peak_fraction: Share of the map's pixels whose mean is its peak.
        sigma: Smoothing of the bank's map, pixels of the network's input.
    """

    layers: tuple[int, ...]
    neighbourhood: int = 1
    coordinates: int = 64
    text_map: float = 0.2
    text_image: float = 0.2
    peak_fraction: float = 0.005
    sigma: float = 2.0

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: Says which.
        """
        if not self.layers or self.neighbourhood < 1 or self.neighbourhood % 2 == 0:
            raise ValueError("layers must not be empty and neighbourhood must be odd")
        weights = (self.text_map, self.text_image, self.peak_fraction)
        if self.coordinates < 1:
            raise ValueError("coordinates must be at least 1")
        if not all(0 <= weight <= 1 for weight in weights) or self.sigma < 0:
            raise ValueError("weights must be within 0..1 and sigma not negative")

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {
            "layers": list(self.layers),
            "neighbourhood": self.neighbourhood,
            "coordinates": self.coordinates,
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


class FewShotClip(Detector):
    """Text evidence and nearest-neighbour evidence, each in units of its spread on normal parts.

    One vision pass serves both. The raw unit of score and map is therefore about one standard
    deviation of normal parts.

    Attributes:
        base: The zero-shot detector.
        bank: Patches of the normal shots.
        fusion: How both are weighed.
        n_shots: Normal images behind the bank.
        statistics: (3, 2) float32 buffer: centre and spread of text image score, text map
            and bank map on normal images that were not in the bank when they were compared.
    """

    kind: ClassVar[str] = "few_shot_clip"
    statistics: Tensor

    def __init__(self, base: AnomalyClip, bank: MemoryBank, fusion: Fusion, n_shots: int) -> None:
        """Take the parts; the statistics are 0 and 1 until `standardise`."""
        super().__init__()
        self.base, self.bank, self.fusion, self.n_shots = base, bank, fusion, n_shots
        self.preprocess = base.preprocess
        self.register_buffer(_STATISTICS, torch.tensor([[0.0, 1.0]] * 3))

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, with an empty bank of the right size.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            bank = MemoryBank.empty(config["bank"])
            fusion, n_shots = Fusion.from_json(config["fusion"]), int(config["n_shots"])
            base = AnomalyClip.from_config(config["base"], clip)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error
        return cls(base, bank, fusion, n_shots)

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        return {
            "base": self.base.config(),
            "bank": list(self.bank.shape),
            "fusion": self.fusion.to_json(),
            "n_shots": self.n_shots,
        }

    @property
    def clip(self) -> nn.Module:
        """The open_clip backbone."""
        return self.base.clip

    @property
    def prompt_learner(self) -> PromptLearner:
        """The learned prompts."""
        return self.base.prompt_learner

    def evidence(self, images: Tensor, bank: MemoryBank | None = None) -> Evidence:
        """Return both kinds of evidence of (B, 3, H, W) images from one vision pass.

        Args:
            images: As `preprocess` makes them.
            bank: To compare with instead of the detector's own: a shot must not be its own
                neighbour.
        """
        size = (int(images.shape[2]), int(images.shape[3]))
        features = self.base.features(images, self.fusion.layers)
        text = self.base.text_scores(features, size)
        queries = patch_rows(features, self.fusion.layers, self.fusion.neighbourhood)
        # (B, N) -> (B, gh, gw) -> (B, 1, H, W)
        cells = (bank or self.bank).distances(queries).reshape(-1, *features.grid)
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

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size."""
        return self.fuse(self.evidence(images))

    def _standardised(self, values: Tensor, row: int) -> Tensor:
        centre, spread = self.statistics[row]
        return values.sub(centre).div_(spread)

    def standardise(self, seen: Iterable[Evidence]) -> None:
        """Set the statistics from evidence on normal images that the bank does not hold.

        Raises:
            ValueError: No evidence.
        """
        # count of values and of images, sum and sum of squares of each kind
        sums = torch.zeros(3, 4, dtype=torch.float64)
        for evidence in seen:
            given = (evidence.text_image, evidence.text_map, evidence.bank_map)
            for row, values in enumerate(given):
                exact = values.double()
                sums[row] += torch.tensor(
                    [exact.numel(), exact.shape[0], exact.sum(), exact.square().sum()]
                )
        if not sums[0, 1]:
            raise ValueError("statistics need at least one image")
        centre = sums[:, 2] / sums[:, 0]
        variance = (sums[:, 3] / sums[:, 0] - centre**2).clamp_min(0)
        expected, weight = torch.tensor(_PRIORS, dtype=torch.float64).T
        images = sums[:, 1]
        spread = ((images * variance + weight * expected**2) / (images + weight)).sqrt()
        with torch.no_grad():
            self.statistics.copy_(torch.stack([centre, spread], dim=1))

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return the tensors of base and bank, and the statistics."""
        base = self.base.checkpoint_state().items()
        bank = self.bank.state_dict().items()
        return (
            {f"{_BASE}{key}": value for key, value in base}
            | {f"{_BANK}{key}": value for key, value in bank}
            | {_STATISTICS: self.statistics}
        )

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


# an expected spread of each kind of evidence, and how many images that expectation counts for
_PRIORS = ((0.05, 4.0), (0.02, 0.5), (0.02, 0.5))
