"""CFA: features adapted until normal patches crowd around a few remembered centres."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.errors import CheckpointError
from model.layers.feature_levels import FeatureLevels
from model.layers.patch_embedding import patch_embedding
from model.layers.smoothing import upsample_smooth
from model.preprocess import Preprocess
from model.weight_file import fill

_SIGMA = 4.0
_NEAREST = 3
_CHUNK = 1024
_MOST_NUMBERS = 1 << 27


class Descriptor(nn.Module):
    """What learns: a 1 x 1 convolution, and (R, C) centres that are only set once."""

    centres: Tensor

    def __init__(self, channels: int, width: int, count: int) -> None:
        super().__init__()
        if not 0 < width * count <= _MOST_NUMBERS:
            raise ValueError(f"{count} centres of {width} numbers cannot be")
        self.convolution = nn.Conv2d(channels + 2, width, 1)
        self.register_buffer("centres", torch.zeros(count, width))

    def forward(self, cells: Tensor) -> Tensor:
        """Return (B, N, C) features of (B, D, h, w) cells, their places added as two channels."""
        down, across = (torch.linspace(-1, 1, side).to(cells) for side in cells.shape[2:])
        places = torch.stack(torch.meshgrid(down, across, indexing="ij"))  # (2, h, w)
        both = torch.cat([cells, places.expand(cells.shape[0], -1, -1, -1)], dim=1)
        # (B, C, h, w) -> (B, C, N) -> (B, N, C)
        return torch.as_tensor(self.convolution(both)).flatten(2).transpose(1, 2)

    def nearest(self, features: Tensor, count: int) -> Tensor:
        """Return (B, N, count): squared distance of (B, N, C) to the nearest centres, ascending."""
        count = min(count, len(self.centres))
        squares = self.centres.square().sum(1)
        # |a - b|^2 - |a|^2 of some patches at a time: all at once may need gigabytes
        found = [
            (squares - 2 * piece @ self.centres.T).topk(count, dim=2, largest=False).values
            for piece in torch.split(features, _CHUNK, dim=1)
        ]
        # rounding may leave less than nothing, of which there is no root
        return (torch.cat(found, dim=1) + features.square().sum(2, keepdim=True)).clamp_min(0)


class Cfa(Detector):
    """Soft distance to the nearest centres (Lee et al., CFA, IEEE Access 2022; spec page)."""

    kind: ClassVar[str] = "cfa"

    def __init__(
        self, backbone: nn.Module, preprocess: Preprocess, width: int, count: int, n_shots: int = 0
    ) -> None:
        """Take the parts: `width` channels of the features, `count` centres."""
        super().__init__()
        self.levels = FeatureLevels(backbone)
        self.preprocess, self.n_shots = preprocess, n_shots
        self.descriptor = Descriptor(sum(self.levels.channels), width, count)

    @classmethod
    def from_config(cls, config: dict[str, Any], clip: nn.Module) -> Self:
        """Return the detector that `config` describes.

        Raises:
            CheckpointError: A value is missing or out of range.
        """
        try:
            preprocess = Preprocess.from_json(config["preprocess"])
            return cls(clip, preprocess, *(int(config[k]) for k in ("width", "count", "n_shots")))
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint's description of its detector is damaged ({error}); get it again."
            ) from error

    def config(self) -> dict[str, Any]:
        """Return JSON values for `from_config`."""
        count, width = self.descriptor.centres.shape
        known = {"width": width, "count": count, "n_shots": self.n_shots}
        return known | {"preprocess": self.preprocess.to_json()}

    def cells(self, images: Tensor) -> Tensor:
        """Return (B, D, h, w): all levels of (B, 3, H, W) images, averaged and joined."""
        return patch_embedding(self.levels(images))

    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images; the map has their size."""
        cells = self.cells(images)
        apart = self.descriptor.nearest(self.descriptor(cells), _NEAREST).sqrt()  # (B, N, 3)
        soft = apart.neg().softmax(2)[..., 0] * apart[..., 0]
        # (B, N) -> (B, h, w) -> (B, H, W)
        grid, size = cells.shape[2:], (int(images.shape[2]), int(images.shape[3]))
        found = upsample_smooth(soft.reshape(-1, *grid), size, _SIGMA, border="middle")
        return Scores(found.amax((1, 2)), found[:, None])

    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return convolution and centres."""
        return dict(self.descriptor.state_dict())

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`; as `Detector` has it."""
        fill(self.descriptor, state, "The checkpoint's CFA descriptor does not fit")
