"""What a teacher of EfficientAD learns to foretell: features of a large frozen network.

EfficientAD (Batzner, Heckler and Koenig, WACV 2024), appendix A.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from model.backbones import Backbones, is_clip
from model.errors import CheckpointError
from model.layers.feature_levels import FeatureLevels
from model.preprocess import Preprocess
from model.weight_file import clip_state, file_sha256, fill, read_tensors

PUBLISHED = "wide_resnet101_2"
"""The target of the paper; torchvision's weights IMAGENET1K_V1 as a file."""
_RESNET_SIDE = 512
_POOLED = 1024
_NATIVE_SHARE = 1.5
_LEAST_SPREAD = 1e-6


class Target(Protocol):
    """A large network as a teacher's teacher.

    Attributes:
        preprocess: How a picture becomes its input.
        facts: What it is, for the file that comes out.
    """

    preprocess: Preprocess
    facts: dict[str, str]

    def fit(self, inputs: Iterable[Tensor]) -> None:
        """Find what its features are normalised by, from (1, 3, S, S) inputs."""

    def __call__(self, images: Tensor) -> Tensor:
        """Return (B, features, g, g) float32, mean 0 and variance 1, of (B, 3, S, S)."""

    def to(self, device: torch.device) -> Any:
        """Move the network."""

    def state_dict(self) -> dict[str, Any]:
        """Return what `fit` found, and the network."""


def make_target(name: str, file: Path | None, backbones: Backbones, features: int) -> Target:
    """Return a target.

    Args:
        name: Of a backbone, or "wide_resnet101_2".
        file: Its weights; None looks in the folders.
        backbones: The folders.
        features: Numbers that a teacher gives of each patch.

    Raises:
        CheckpointError: The weights are missing, damaged or of another network.
    """
    if name == PUBLISHED:
        if file is None:
            raise CheckpointError(
                f"The target {PUBLISHED} needs a weight file: --target {PUBLISHED} FILE, "
                "torchvision's wide_resnet101_2-32ee1156.pth."
            )
        return ResnetTarget(_published(file), features, {"name": name, "sha256": file_sha256(file)})
    if file is not None:
        if not file.is_file():
            raise CheckpointError(f"The file {file} does not exist; check the path.")
        backbones = Backbones((file.parent,))
    found = backbones.load(name, file_sha256(file) if file else "")
    facts = {"name": name, "sha256": found.sha256}
    make = ClipTarget if is_clip(name) else ResnetTarget
    return make(found.module, features, facts)


def _published(file: Path) -> nn.Module:
    network: Any = torchvision.models.wide_resnet101_2(weights=None)
    fill(network, clip_state(read_tensors(file)), f"The weights {file} do not fit {PUBLISHED}")
    network.layer4, network.avgpool, network.fc = (nn.Identity() for _ in range(3))
    return network.eval().requires_grad_(False)  # type: ignore[no-any-return]


class _Fitted(nn.Module):
    """Shared: centre and spread of each feature."""

    centre: Tensor
    spread: Tensor

    def __init__(self, backbone: nn.Module, features: int, facts: dict[str, str]) -> None:
        super().__init__()
        self.levels = FeatureLevels(backbone)
        self.facts, self.features = facts, features
        self.register_buffer("centre", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))

    def _normalised(self, seen: Tensor) -> Tensor:
        # (C,) -> (C, 1, 1)
        return (seen - self.centre[:, None, None]) / self.spread[:, None, None]


class ResnetTarget(_Fitted):
    """Second and third stage of a ResNet, pooled as the paper does (spec section 7).

    Args:
        backbone: torchvision's ResNet.
        features: Numbers of each patch.
        facts: What it is.
    """

    def __init__(self, backbone: nn.Module, features: int, facts: dict[str, str]) -> None:
        super().__init__(backbone, features, facts)
        self.preprocess = Preprocess(
            _RESNET_SIDE, self.levels.mean, self.levels.std, filter="bilinear"
        )

    def fit(self, inputs: Iterable[Tensor]) -> None:
        """Set centre and spread to those over all places of all inputs."""
        first, second = torch.zeros(2, self.features, dtype=torch.float64)
        count = 0
        for images in inputs:
            seen = self.pooled(images).double().cpu()
            first += seen.mean((2, 3)).sum(0)
            second += seen.square().mean((2, 3)).sum(0)
            count += len(images)
        centre = first / count
        spread = (second / count - centre.square()).clamp_min(_LEAST_SPREAD**2).sqrt()
        self.centre.copy_(centre)
        self.spread.copy_(spread)

    def pooled(self, images: Tensor) -> Tensor:
        """Return (B, features, g, g), not normalised; g is the grid of the second stage."""
        with torch.inference_mode():
            _, second, third = self.levels(images)
            grid = (int(second.shape[2]), int(second.shape[3]))
            # twice (B, g g, 1024) -> (B, g g, 2048) -> (B, g g, features)
            rows = torch.cat([_patches(one, grid) for one in (second, third)], dim=2)
            rows = F.adaptive_avg_pool1d(rows, self.features)
            # (B, g g, features) -> (B, features, g, g)
            return rows.transpose(1, 2).reshape(len(images), self.features, *grid)

    def forward(self, images: Tensor) -> Tensor:
        """Return the normalised target."""
        return self._normalised(self.pooled(images))


def _patches(level: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return (B, g g, 1024): each place with its eight neighbours, averaged to 1024 numbers."""
    size = (int(level.shape[2]), int(level.shape[3]))
    # (B, 9 C, h w) -> (B, 9 C, h, w)
    around = F.unfold(level, 3, padding=1).reshape(len(level), -1, *size)
    if size != grid:
        around = F.interpolate(around, size=grid, mode="bilinear", align_corners=False)
    # (B, 9 C, g, g) -> (B, g g, 9 C)
    return F.adaptive_avg_pool1d(around.flatten(2).transpose(1, 2), _POOLED)


class ClipTarget(_Fitted):
    """Three depths of a CLIP's vision tower, their strongest directions, each of variance 1.

    The tower sees the picture half as large again as it was trained for, since its patches are
    coarse.

    Args:
        backbone: open_clip's CLIP.
        features: Numbers of each patch.
        facts: What it is.

    Raises:
        CheckpointError: The tower has fewer channels.
    """

    directions: Tensor

    def __init__(self, backbone: nn.Module, features: int, facts: dict[str, str]) -> None:
        super().__init__(backbone, features, facts)
        channels = sum(self.levels.channels)
        if features > channels:
            raise CheckpointError(
                f"{facts['name']} has {channels} features; {features} are needed."
            )
        tower: Any = backbone.get_submodule("visual")
        patch = int(tower.conv1.kernel_size[0])
        side = round(_NATIVE_SHARE * int(tower.grid_size[0])) * patch
        self.preprocess = Preprocess(side, self.levels.mean, self.levels.std)
        self.register_buffer("directions", torch.zeros(channels, features))
        self.register_buffer("middle", torch.zeros(channels))

    def fit(self, inputs: Iterable[Tensor]) -> None:
        """Find the directions: the principal components over all places of all inputs."""
        channels = len(self.directions)
        total, products = torch.zeros(channels).double(), torch.zeros(channels, channels).double()
        count = 0
        for images in inputs:
            # (B, channels, g, g) -> (B g g, channels)
            rows = self._stacked(images).permute(0, 2, 3, 1).reshape(-1, channels).double().cpu()
            total += rows.sum(0)
            products += rows.T @ rows
            count += len(rows)
        middle = total / count
        variance, vectors = torch.linalg.eigh(products / count - torch.outer(middle, middle))
        strongest = vectors[:, -self.features :].flip(1)
        # a component has no sign of its own: the largest number of each is positive
        signs = strongest.gather(0, strongest.abs().argmax(0, keepdim=True)).sign()
        spread = variance[-self.features :].flip(0).clamp_min(_LEAST_SPREAD**2).sqrt()
        self.get_buffer("middle").copy_(middle)
        self.directions.copy_(strongest * signs)
        self.spread.copy_(spread)

    def _stacked(self, images: Tensor) -> Tensor:
        """Return (B, channels, g, g) of all depths."""
        with torch.inference_mode():
            return torch.cat(self.levels(images), dim=1)

    def forward(self, images: Tensor) -> Tensor:
        """Return the normalised target."""
        centred = self._stacked(images) - self.get_buffer("middle")[:, None, None]
        seen = torch.einsum("bcgh,cf->bfgh", centred, self.directions)
        return self._normalised(seen)
