"""SOWA: hierarchical frozen-window attention adapters on CLIP, with or without normal shots.

Hu and Zhang, "SOWA: Adapting Hierarchical Frozen Window Self-Attention to Visual-Language Models
for Better Anomaly Detection", arXiv 2407.03634. The numbers are those of the authors' code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.anomaly_clip import map_peak
from model.errors import CheckpointError
from model.layers.dual_prompts import DualPrompts
from model.layers.similarity import text_probabilities
from model.layers.smoothing import upsample_smooth
from model.layers.vision import encode_image
from model.layers.window_attention import WindowAdapter
from model.preprocess import Preprocess
from model.shot_memory import ShotMemory
from model.sowa_settings import SowaSettings
from model.weight_file import check_surplus, check_tensors

_HIGH_QUANTILE = 0.995
# a level
_SMALLEST_SPAN = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class SowaFeatures:
    """What the frozen vision tower says of a batch.

    Attributes:
        image: (B, E) CLIP's image feature, not unit length.
        tokens: (B, L, N, D) patch rows after each tapped block, row-major over `grid`.
        grid: Patches down and across.
    """

    image: Tensor
    tokens: Tensor
    grid: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class SowaEvidence:
    """What text and memory say of a batch.

    Attributes:
        probability: (B,) of "anomalous", from the class token.
        text_map: (B, 1, H, W) summed over levels, smoothed, weighed.
        shot_map: (B, 1, H, W) distance to the memory, summed over levels; zeros without shots.
    """

    probability: Tensor
    text_map: Tensor
    shot_map: Tensor

    @property
    def anomaly_map(self) -> Tensor:
        """(B, 1, H, W) sum of both maps."""
        return self.text_map + self.shot_map


class Sowa(Detector):
    """Maps from adapted patches against two learned prompts, and from a memory of normal patches.

    Attributes:
        clip: The open_clip backbone; not stored in checkpoints.
        prompts: The learned prompts and their fusion.
        adapters: One a level.
        settings: Levels, windows and smoothing.
        memory: Patches of the normal shots.
        n_shots: Normal pictures behind the memory; 0 for zero-shot.
        product: Which of the prompts' classes the pictures show.
        text_features: (M, 2, E) float32 unit vectors, normal first; constants of the checkpoint,
            renewed by `refresh_text` after training.
        map_range: (2,) float32: the two values of the map's peak that count 0 and 1 in the image
            score of a detector with shots. The authors take the extremes over the whole test
            set, which no station has; here they come from normal pictures (see `set_range`).
    """

    kind: ClassVar[str] = "sowa"
    text_features: Tensor
    map_range: Tensor

    def __init__(
        self,
        clip: nn.Module,
        prompts: DualPrompts,
        preprocess: Preprocess,
        settings: SowaSettings,
        product: str = "object",
    ) -> None:
        """Make the adapters, untrained, and no memory.

        Raises:
            ModelError: The settings do not fit the backbone and image size.
            ValueError: `heads` does not divide the width.
        """
        super().__init__()
        visual: Any = clip.get_submodule("visual")
        cells = preprocess.size // int(visual.conv1.kernel_size[0])
        settings.check(len(visual.transformer.resblocks), (cells, cells))
        self.clip, self.prompts, self.settings = clip, prompts, settings
        self.preprocess, self.product = preprocess, product
        width, joint = visual.proj.shape
        self.adapters = nn.ModuleList(
            WindowAdapter(
                width, settings.window, settings.heads, settings.depth, settings.dropout
            ).to(visual.proj.device)
            for _ in settings.levels
        )
        self.n_shots = 0
        row = joint if settings.projected else width
        self.memory = ShotMemory(torch.zeros(len(settings.levels), 0, row))
        self.register_buffer("map_range", torch.tensor([0.0, 1.0]))
        with torch.no_grad():
            self.register_buffer("text_features", prompts(clip))

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, with random weights and an empty memory.

        Raises:
            CheckpointError: A value is missing or out of range.
            ModelError: The settings do not fit the backbone.
        """
        try:
            preprocess = Preprocess.from_json(config["preprocess"])
            settings = SowaSettings.from_json(config["settings"])
            prompts = DualPrompts(clip, **config["prompts"])
            made = cls(clip, prompts, preprocess, settings, str(config["product"]))
            made.n_shots, rows = int(config["n_shots"]), int(config["memory_rows"])
            levels, _, width = made.memory.rows.shape
            made.memory = ShotMemory(torch.zeros(levels, rows, width))
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error
        return made

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        return {
            "preprocess": self.preprocess.to_json(),
            "prompts": self.prompts.config(),
            "settings": self.settings.to_json(),
            "product": self.product,
            "n_shots": self.n_shots,
            "memory_rows": int(self.memory.rows.shape[1]),
        }

    @property
    def text(self) -> Tensor:
        """(2, E) unit text features of the product, normal first."""
        return self.text_features[self.prompts.class_number(self.product)]

    def refresh_text(self) -> None:
        """Compute `text_features` anew from the prompts."""
        with torch.no_grad():
            self.text_features.copy_(self.prompts(self.clip))

    def features(self, images: Tensor) -> SowaFeatures:
        """Return the frozen features of (B, 3, H, W) images.

        Raises:
            ModelError: The window does not divide the grid of patches.
        """
        levels = self.settings.levels
        seen = encode_image(self.clip.get_submodule("visual"), images, (), 1, levels)
        self.settings.check_grid(seen.grid)
        if seen.image_normed is None:
            raise ValueError("the vision tower gave no image feature")
        tokens = torch.stack([seen.tokens[level] for level in levels], dim=1)
        return SowaFeatures(seen.image_normed, tokens, seen.grid)

    def projected(self, tokens: Tensor) -> Tensor:
        """Return (..., E) of (..., D) patch rows, in the space of the text."""
        visual: Any = self.clip.get_submodule("visual")
        rows: Tensor = tokens @ visual.proj
        return rows

    def rows(self, tokens: Tensor) -> Tensor:
        """Return what the memory compares, (B, L, N, E) or (B, L, N, D), of (B, L, N, D) rows."""
        return self.projected(tokens) if self.settings.projected else tokens

    def adapted(self, features: SowaFeatures) -> Tensor:
        """Return (B, L, N, E) patch features after the adapters, projected."""
        visual: Any = self.clip.get_submodule("visual")
        rows = [
            adapter(
                features.tokens[:, number],
                visual.transformer.resblocks[level - 1].attn,
                features.grid,
            )
            for number, (level, adapter) in enumerate(
                zip(self.settings.levels, self.adapters, strict=True)
            )
        ]
        return self.projected(torch.stack(rows, dim=1))

    def level_maps(self, features: SowaFeatures, text: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (B, L, 2, H, W) probabilities of normal and anomalous, unsmoothed.

        Cosines are upsampled first; the softmax over them has no temperature, so that every
        value lies within 0.11..0.89.

        Args:
            features: Of `features`.
            text: (2, E) unit text features.
            size: Height and width of the maps.
        """
        # (B, L, N, E) @ (E, 2) -> (B, L, N, 2) -> (B, L, 2, gh, gw)
        cosines = F.normalize(self.adapted(features), dim=-1) @ text.T
        cells = torch.unflatten(cosines.transpose(-1, -2), -1, features.grid)
        return upsampled(cells, size).softmax(dim=2)

    def evidence(
        self, features: SowaFeatures, size: tuple[int, int], memory: ShotMemory | None = None
    ) -> SowaEvidence:
        """Return what text and memory say.

        Args:
            features: Of `features`.
            size: Height and width of the maps.
            memory: To compare with instead of the detector's own: a shot must not be its own
                neighbour.
        """
        known = self.memory if memory is None else memory
        probability = text_probabilities(features.image, self.text)[:, 1]
        # (B, L, H, W) -> (B, H, W)
        text_map = self.level_maps(features, self.text, size)[:, :, 1].sum(1)
        text_map = upsample_smooth(text_map, size, self.settings.sigma)[:, None]
        shot_map = torch.zeros_like(text_map)
        if not known.is_empty:
            # (B, L, N) -> (B, L, gh, gw) -> (B, L, H, W) -> (B, 1, H, W)
            distances = known.distances(self.rows(features.tokens))
            cells = torch.unflatten(distances, -1, features.grid)
            shot_map = upsampled(cells, size).sum(1, keepdim=True)
            text_map = self.settings.text_weight * text_map
        return SowaEvidence(probability, text_map, shot_map)

    def peak(self, evidence: SowaEvidence) -> Tensor:
        """Return (B,) how high the maps reach, by `settings.peak_fraction`."""
        return map_peak(evidence.anomaly_map[:, 0], self.settings.peak_fraction)

    def fuse(self, evidence: SowaEvidence, *, with_peak: bool) -> Scores:
        """Return scores and maps.

        Args:
            evidence: Of `evidence`.
            with_peak: A memory was compared with, so the map's peak counts in the score.
        """
        score = evidence.probability
        if with_peak:
            low, high = self.map_range
            score = (score + (self.peak(evidence) - low) / (high - low)) / 2
        return Scores(score, evidence.anomaly_map)

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size.

        Without shots the score is a probability. With shots it is the mean of that and of the
        map's peak on the scale of `map_range`, which may leave 0..1.
        """
        size = (int(images.shape[2]), int(images.shape[3]))
        evidence = self.evidence(self.features(images), size)
        return self.fuse(evidence, with_peak=not self.memory.is_empty)

    def untaught(self) -> Sowa:
        """Return the same detector without shots; trained parts and backbone are shared."""
        made = Sowa(self.clip, self.prompts, self.preprocess, self.settings, self.product)
        made.adapters = self.adapters
        made.text_features.copy_(self.text_features)
        return made.to(self.device)

    def remember(self, shots: Sequence[Tensor], max_rows: int, seed: int = 0) -> None:
        """Take normal pictures as the memory.

        Args:
            shots: (N, L, E) rows of each picture, as `rows` gives them.
            max_rows: Rows a level at most.
            seed: Of the coreset.
        """
        self.memory = ShotMemory.learned(shots, max_rows, seed).to(self.device)
        self.n_shots = len(shots)

    def set_range(self, peaks: Sequence[float]) -> None:
        """Fix which peak of the map counts 0 and which 1, from normal pictures alone.

        The lowest, and the 0.995 quantile, of the peaks of normal pictures that the memory does
        not hold; a little apart at least, so that a few alike pictures do not blow up what
        is noise.

        Args:
            peaks: At least one.

        Raises:
            ValueError: No peak.
        """
        if not len(peaks):
            raise ValueError("the range needs at least one normal picture")
        values = torch.tensor(list(peaks), dtype=torch.float64)
        low, high = float(values.min()), float(values.quantile(_HIGH_QUANTILE))
        high = max(high, low + _SMALLEST_SPAN * len(self.settings.levels))
        self.map_range.copy_(torch.tensor([low, high]))

    def trained_modules(self) -> dict[str, nn.Module]:
        """Return what training changes, by name."""
        return {"prompts": self.prompts, "adapters": self.adapters}

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return what was trained, the text features, and memory and range where there are any."""
        state = {
            f"{name}.{key}": value.detach()
            for name, module in self.trained_modules().items()
            for key, value in module.state_dict().items()
        }
        state |= {"text_features": self.text_features, "map_range": self.map_range}
        if not self.memory.is_empty:
            # lossless, see ShotMemory
            state["memory.rows"] = self.memory.rows.half()
        return state

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`; the text tower is not run.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped or not finite; the
                detector is as before.
        """
        own = self.checkpoint_state()
        check_surplus(own, state)
        check_tensors(own, state)
        with torch.no_grad():
            if "memory.rows" in own:
                self.memory.rows.copy_(state["memory.rows"])
                own.pop("memory.rows")
            for key, value in own.items():
                value.copy_(state[key])


def upsampled(cells: Tensor, size: tuple[int, int]) -> Tensor:
    """Return (..., H, W) of (..., gh, gw): bilinear, corner on corner."""
    flat = cells.flatten(0, -3)[None]
    maps = F.interpolate(flat, size=size, mode="bilinear", align_corners=True)
    # (1, C, H, W) -> (..., H, W)
    return torch.unflatten(maps[0], 0, cells.shape[:-2])
