"""AnomalyCLIP: zero-shot detection by learned prompts and value-value attention.

Zhou et al., "AnomalyCLIP: Object-agnostic Prompt Learning for Zero-shot Anomaly Detection",
ICLR 2024. The numbers are those of the authors' code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.layers.similarity import text_probabilities
from model.layers.smoothing import upsample_smooth
from model.layers.text import encode_prompts
from model.layers.vision import (
    Streams,
    VisionFeatures,
    encode_from,
    encode_image,
    encode_until,
)
from model.official import fill_official, official_state, read_official, save_official
from model.preprocess import Preprocess
from model.weight_file import take_tensors

_BLOCKS = "clip.visual.transformer.resblocks."
_IMAGE, _ORIGINAL, _LOCAL, _PATCHES = "image", "original", "local", "patches_"
_UNSAVED = ("compound_prompt_projections", "token_prefix", "token_suffix", "tokenized_prompts")


class AnomalyClip(Detector):
    """Image score and anomaly map from the similarity to "normal" and "anomalous".

    Attributes:
        clip: The open_clip backbone; not stored in checkpoints.
        prompt_learner: The learned prompts.
        text_features: (2, E) float32 unit vectors, normal first; stored with the checkpoint,
            renewed by `refresh_text` after the prompts have changed.
        features_list: Blocks (1-based) whose maps are summed.
        dpam: See `model.layers.vision.encode_image`.
        sigma: Smoothing of the map, pixels of the network's input.
        map_weight: Share of the map's peak in the image score; 0 is the published behaviour.
        peak_fraction: Share of the pixels whose mean is the peak.
        unfrozen: Last vision blocks that are the detector's own, trained or to be trained; they
            are stored in checkpoints. 0 is the published behaviour.
    """

    kind: ClassVar[str] = "anomaly_clip"
    text_features: Tensor

    def __init__(
        self,
        clip: nn.Module,
        learner: PromptLearner,
        preprocess: Preprocess,
        features_list: Sequence[int] = (24,),
        dpam: int = 20,
        sigma: float = 4.0,
        map_weight: float = 0.0,
        peak_fraction: float = 0.001,
        unfrozen: int = 0,
    ) -> None:
        """Take a backbone and prompts as they are; gradients are the caller's matter."""
        super().__init__()
        blocks = len(clip.get_submodule("visual.transformer.resblocks")._modules)
        if not 0 <= unfrozen <= blocks:
            raise ValueError(f"unfrozen {unfrozen} is not within 0..{blocks}")
        if not features_list or not 0 <= map_weight <= 1 or not 0 < peak_fraction <= 1:
            raise ValueError("no features, or map_weight or peak_fraction out of range")
        self.clip = clip
        self.prompt_learner = learner
        self.preprocess = preprocess
        self.features_list = tuple(sorted(set(features_list)))
        self.dpam, self.sigma = dpam, sigma
        self.map_weight, self.peak_fraction = map_weight, peak_fraction
        self.unfrozen = unfrozen
        with torch.no_grad():
            self.register_buffer("text_features", encode_prompts(clip, learner))

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes, with random prompts.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            values = dict(config)
            preprocess = Preprocess.from_json(values.pop("preprocess"))
            learner = PromptLearner(clip, **values.pop("prompts"))
            return cls(clip, learner, preprocess, **values)
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        return {
            "preprocess": self.preprocess.to_json(),
            "prompts": self.prompt_learner.config(),
            "features_list": list(self.features_list),
            "dpam": self.dpam,
            "sigma": self.sigma,
            "map_weight": self.map_weight,
            "peak_fraction": self.peak_fraction,
            **({"unfrozen": self.unfrozen} if self.unfrozen else {}),
        }

    def refresh_text(self) -> None:
        """Compute `text_features` anew from the prompts."""
        with torch.no_grad():
            self.text_features.copy_(encode_prompts(self.clip, self.prompt_learner))

    def features(self, images: Tensor, token_layers: Sequence[int] = ()) -> VisionFeatures:
        """Return the vision features of (B, 3, H, W) images for `features_list`.

        Args:
            images: As `preprocess` makes them.
            token_layers: Blocks whose raw patch rows are wanted too.
        """
        visual: nn.Module = self.clip.get_submodule("visual")
        return encode_image(visual, images, self.features_list, self.dpam, token_layers)

    def frozen_features(self, images: Tensor) -> dict[str, Tensor]:
        """Return by name what the frozen blocks make of images, (B, ...) each; see `resumed`.

        Without blocks of its own: image (B, E) and, for each layer, patch features (B, N, E).
        Otherwise the state of the tower before its own blocks.
        """
        if not self.unfrozen:
            seen = self.features(images)
            return {_IMAGE: seen.image} | {f"{_PATCHES}{k}": v for k, v in seen.patches.items()}
        visual: Any = self.clip.get_submodule("visual")
        before = len(visual.transformer.resblocks) - self.unfrozen
        streams, _ = encode_until(visual, images, self.features_list, self.dpam, before)
        state = {_ORIGINAL: streams.original}
        if streams.local is not None:
            state[_LOCAL] = streams.local
        return state | {f"{_PATCHES}{k}": v for k, v in streams.patches.items()}

    def resumed(self, frozen: Mapping[str, Tensor]) -> VisionFeatures:
        """Return the vision features that follow from `frozen_features` of square images."""
        rows = {
            int(name.removeprefix(_PATCHES)): value
            for name, value in frozen.items()
            if name.startswith(_PATCHES)
        }
        if not self.unfrozen:
            side = math.isqrt(int(next(iter(rows.values())).shape[1]))
            return VisionFeatures(frozen[_IMAGE], rows, (side, side))
        visual: Any = self.clip.get_submodule("visual")
        original = frozen[_ORIGINAL]
        side = math.isqrt(int(original.shape[1]) - 1)
        before = len(visual.transformer.resblocks) - self.unfrozen
        streams = Streams(original, frozen.get(_LOCAL), rows, before)
        return encode_from(visual, streams, self.features_list, self.dpam, (side, side))

    def own_blocks(self) -> dict[str, nn.Parameter]:
        """Return the parameters of the vision blocks that are the detector's own, by name."""
        tower: Any = self.clip.get_submodule("visual")
        blocks = tower.transformer.resblocks
        first = len(blocks) - self.unfrozen
        return {
            f"{_BLOCKS}{number}.{name}": parameter
            for number in range(first, len(blocks))
            for name, parameter in blocks[number].named_parameters()
        }

    def text_scores(self, features: VisionFeatures, size: int | tuple[int, int]) -> Scores:
        """Score features against the text.

        Args:
            features: Of `features`; layers beyond `features_list` are passed over.
            size: Side, or height and width, of the map; usually those of the input.

        Returns:
            Image score (B,): probability of "anomalous", mixed with the map's peak by
            `map_weight`. Map (B, 1, H, W): that probability per pixel, summed over the
            layers, smoothed; in [0, len(features_list)].
        """
        height, width = (size, size) if isinstance(size, int) else size
        text = self.text_features
        image_score = text_probabilities(features.image.to(text.dtype), text)[:, 1]
        # (B, N), summed over layers
        patches = (features.patches[layer].to(text.dtype) for layer in self.features_list)
        cells = torch.stack([_anomalous(rows, text) for rows in patches]).sum(0)
        # (B, N) -> (B, gh, gw) -> (B, H, W)
        cells = cells.reshape(-1, *features.grid)
        anomaly_map = upsample_smooth(cells, (height, width), self.sigma)
        if self.map_weight > 0:
            peak = map_peak(anomaly_map, self.peak_fraction)
            image_score = (1 - self.map_weight) * image_score + self.map_weight * peak
        return Scores(image_score, anomaly_map[:, None])

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size."""
        size = (int(images.shape[2]), int(images.shape[3]))
        return self.text_scores(self.features(images), size)

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return prompts, text features and own blocks; the rest of the backbone is left out."""
        prompts = self.prompt_learner.state_dict()
        state = {
            f"prompt_learner.{key}": value.detach()
            for key, value in prompts.items()
            if not key.startswith(_UNSAVED)
        }
        own = {name: parameter.detach() for name, parameter in self.own_blocks().items()}
        return state | own | {"text_features": self.text_features.detach()}

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`; the text tower is not run.

        Raises:
            CheckpointError: A tensor is missing, surplus, misshaped or not finite; the
                detector is as before.
        """
        take_tensors(self.checkpoint_state(), state)

    def official_state(self) -> dict[str, dict[str, Tensor]]:
        """Return the content of the reference's `epoch_N.pth`."""
        return official_state(self.prompt_learner, self.clip)

    def save_official(self, path: Path) -> None:
        """Write the prompts as an `epoch_N.pth` that the reference loads strictly."""
        save_official(self.prompt_learner, self.clip, path)

    def load_official(self, path: Path) -> None:
        """Take the prompts of an `epoch_N.pth` of the same sizes and renew the text features.

        Raises:
            CheckpointError: The file is no such file or does not fit; nothing has changed.
        """
        fill_official(self.prompt_learner, self.clip, read_official(path), path)
        self.refresh_text()


def map_peak(anomaly_map: Tensor, fraction: float) -> Tensor:
    """Return (B,) the mean of the highest `fraction` of the pixels of (B, H, W) maps."""
    pixels = anomaly_map.flatten(1)
    count = max(1, round(fraction * pixels.shape[1]))
    return pixels.topk(count, dim=1).values.mean(1)


def _anomalous(patches: Tensor, text: Tensor) -> Tensor:
    """Return (B, N) as the reference forms it from both channels."""
    both = text_probabilities(patches, text)
    return (both[..., 1] + 1 - both[..., 0]) / 2
