"""Few-shot AnomalyCLIP: what the text says and how far a patch is from all normal ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.anomaly_clip import AnomalyClip, map_peak
from model.errors import CheckpointError
from model.fusion import Fusion
from model.layers.prompts import PromptLearner
from model.layers.smoothing import upsample_smooth
from model.layers.vision import VisionFeatures
from model.memory_bank import MemoryBank, patch_rows
from model.moments import Moments
from model.weight_file import check_tensors

_BASE = "base."
_CELLS = 20
# spread that is expected beforehand, and how many images that expectation counts for
_IMAGE_PRIOR = (0.05, 4.0)
_MAP_PRIOR = (0.02, 0.5)


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
        image_statistics: (2,) float32 buffer: centre and spread of the text's image score on
            normal images.
        map_statistics: (2, 2, 20, 20) float32 buffer: for the text's map and the bank's, centre and
            spread at 20 x 20 places of the picture, on normal images that were not in the
            bank when they were compared.
    """

    kind: ClassVar[str] = "few_shot_clip"
    image_statistics: Tensor
    map_statistics: Tensor

    def __init__(self, base: AnomalyClip, bank: MemoryBank, fusion: Fusion, n_shots: int) -> None:
        """Take the parts; the statistics are 0 and 1 until `standardise`."""
        super().__init__()
        self.base, self.bank, self.fusion, self.n_shots = base, bank, fusion, n_shots
        self.preprocess = base.preprocess
        self.register_buffer("image_statistics", torch.tensor([0.0, 1.0]))
        plain = torch.tensor([0.0, 1.0])[None, :, None, None]
        self.register_buffer("map_statistics", plain.repeat(2, 1, _CELLS, _CELLS))

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, with an empty bank of the right size.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            return cls.on(AnomalyClip.from_config(config["base"], clip), config)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error

    @classmethod
    def on(cls, base: AnomalyClip, config: dict[str, Any]) -> Self:
        """Return the detector that `config` describes on a base that is there already.

        Raises:
            KeyError: A value is missing.
            ValueError: A value is out of range.
        """
        fusion = Fusion.from_json(config["fusion"])
        bank = MemoryBank.empty(config["bank"], fusion.place)
        return cls(base, bank, fusion, int(config["n_shots"]))

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

    def evidence(
        self,
        images: Tensor,
        bank: MemoryBank | None = None,
        features: VisionFeatures | None = None,
    ) -> Evidence:
        """Return both kinds of evidence of (B, 3, H, W) images from one vision pass.

        Args:
            images: As `preprocess` makes them.
            bank: To compare with instead of the detector's own: a shot must not be its own
                neighbour.
            features: Of the images with the tokens of `fusion.layers`, if they are known.
        """
        size = (int(images.shape[2]), int(images.shape[3]))
        if features is None:
            features = self.base.features(images, self.fusion.layers)
        text = self.base.text_scores(features, size)
        queries = patch_rows(features, self.fusion.layers, self.fusion.neighbourhood)
        # (B, N) -> (B, gh, gw) -> (B, 1, H, W)
        distances = (bank or self.bank).distances(queries, features.grid)
        cells = distances.reshape(-1, *features.grid)
        bank_map = upsample_smooth(cells, size, self.fusion.sigma)[:, None]
        return Evidence(text.image_score, text.anomaly_map, bank_map)

    def fuse(self, evidence: Evidence) -> Scores:
        """Return scores and maps in units of the normal spread."""
        centre, spread = self.image_statistics
        text_image = (evidence.text_image - centre) / spread
        size = (int(evidence.bank_map.shape[2]), int(evidence.bank_map.shape[3]))
        # (2, 2, 20, 20) -> (2, 2, H, W), bilinear
        places = upsample_smooth(self.map_statistics.flatten(0, 1), size, 0.0)
        places = places.reshape(2, 2, *size)
        text_map = (evidence.text_map - places[0, 0]) / places[0, 1]
        bank_map = (evidence.bank_map - places[1, 0]) / places[1, 1]
        weight = self.fusion.text_map
        anomaly_map = weight * text_map + (1 - weight) * bank_map
        peak = map_peak(anomaly_map[:, 0], self.fusion.peak_fraction)
        weight = self.fusion.text_image
        return Scores(weight * text_image + (1 - weight) * peak, anomaly_map)

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size."""
        return self.fuse(self.evidence(images))

    def standardise(self, seen: Iterable[Evidence]) -> None:
        """Set the statistics from evidence on normal images that the bank does not hold.

        Raises:
            ValueError: No evidence.
        """
        image, maps = Moments(), Moments()
        for evidence in seen:
            image.add(evidence.text_image)
            both = torch.cat([evidence.text_map, evidence.bank_map], dim=1)
            # (B, 2, H, W) -> (B, 2, 20, 20)
            maps.add(F.adaptive_avg_pool2d(both, _CELLS))
        centre, spread = maps.by_place(_MAP_PRIOR)
        with torch.no_grad():
            self.image_statistics.copy_(torch.stack(image.whole(_IMAGE_PRIOR)))
            # (2, 20, 20) twice -> (2, 2, 20, 20)
            self.map_statistics.copy_(torch.stack([centre, spread], dim=1))

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return the tensors of base and bank, and the statistics."""
        base = self.base.checkpoint_state().items()
        return {f"{_BASE}{key}": value for key, value in base} | self.own_state()

    def own_state(self) -> dict[str, Tensor]:
        """Return the tensors that are not the base's: bank and statistics."""
        return {
            "bank.centre": self.bank.centre,
            "bank.axes": self.bank.axes,
            # lossless, see MemoryBank
            "bank.rows": self.bank.rows.half(),
            "image_statistics": self.image_statistics,
            "map_statistics": self.map_statistics,
        }

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped or not finite.
        """
        own = self.own_state()
        check_tensors(own, state)
        rest = {key: value for key, value in state.items() if key not in own}
        self.base.load_checkpoint_state({k.removeprefix(_BASE): v for k, v in rest.items()})
        for key in own:
            self.get_buffer(key).copy_(state[key])
