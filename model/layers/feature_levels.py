"""Features of a frozen network at several depths, as pictures with many channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from model.errors import CheckpointError, ModelError
from model.layers.vision import encode_image
from model.preprocess import CLIP_MEAN, CLIP_STD, IMAGENET_MEAN, IMAGENET_STD

_STAGES = ("layer1", "layer2", "layer3")
_DEPTHS = (1 / 3, 2 / 3, 1.0)
_RESNET_SIDE = 256
_LEAST_SIDE = 32


class FeatureLevels(nn.Module):
    """Three levels of a ResNet or of a CLIP's vision tower; nothing in it learns.

    A ResNet gives its stages 1 to 3, at 1/4, 1/8 and 1/16 of the input. A ViT has one grid at all
    depths: its blocks at 1/3, 2/3 and the end of the tower, each row with mean 0 and variance 1;
    with `pyramid` the second and third are averaged over 2 x 2 and 4 x 4 patches.

    Args:
        backbone: torchvision's ResNet or open_clip's CLIP; not stored in checkpoints.
        reflect: Let every padded convolution of a ResNet reflect its border instead of adding
            zeros, as MSFlow does (spec section 1). Changes the network itself.
        pyramid: Whether the levels of a ViT get smaller.

    Attributes:
        channels: Of each level.
        usual_side: Side of the input that the network is used to, pixels.
        mean: RGB mean that the network wants its input normalised by.
        std: RGB standard deviation, likewise.

    Raises:
        CheckpointError: The module is neither.
    """

    def __init__(
        self, backbone: nn.Module, *, reflect: bool = False, pyramid: bool = False
    ) -> None:
        super().__init__()
        if not hasattr(backbone, "visual") and not hasattr(backbone, _STAGES[-1]):
            raise CheckpointError(
                "This detector looks through a backbone and none was named; use one such as "
                "adclip-tiny or resnet18."
            )
        self.backbone = backbone.eval().requires_grad_(False)
        self.pyramid = pyramid
        self.is_clip = hasattr(backbone, "visual")
        self.mean, self.std = (
            (CLIP_MEAN, CLIP_STD) if self.is_clip else (IMAGENET_MEAN, IMAGENET_STD)
        )
        self.blocks = _blocks(backbone) if self.is_clip else ()
        self.channels = _channels(backbone, self.is_clip)
        self.usual_side = _usual_side(backbone) if self.is_clip else _RESNET_SIDE
        if reflect and not self.is_clip:
            for layer in backbone.modules():
                if isinstance(layer, nn.Conv2d) and any(int(side) for side in layer.padding):
                    layer.padding_mode = "reflect"

    def side(self, wish: int) -> int:
        """Return the side of the input, pixels: what is wished, or the usual one for 0.

        Raises:
            ModelError: It is too small to see anything.
        """
        if 0 < wish < _LEAST_SIDE:
            raise ModelError(f"size is {wish}; it must be 0 or at least {_LEAST_SIDE} pixels.")
        return wish or self.usual_side

    def train(self, mode: bool = True) -> FeatureLevels:
        """Stay in evaluation mode: the statistics of its normalisations are frozen too."""
        del mode
        return super().train(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return three levels.

        Args:
            images: (B, 3, H, W) float32, normalised by `mean` and `std`.

        Returns:
            (B, C_i, h_i, w_i) float32 each.
        """
        return self._clip_levels(images) if self.is_clip else self._stages(images)

    def _stages(self, images: Tensor) -> tuple[Tensor, ...]:
        network: Any = self.backbone
        seen = network.maxpool(network.relu(network.bn1(network.conv1(images))))
        levels = []
        for stage in _STAGES:
            seen = network.get_submodule(stage)(seen)
            levels.append(seen)
        return tuple(levels)

    def _clip_levels(self, images: Tensor) -> tuple[Tensor, ...]:
        visual: nn.Module = self.backbone.get_submodule("visual")
        seen = encode_image(visual, images, (), 1, self.blocks)
        levels = [_as_picture(seen.tokens[block], seen.grid) for block in self.blocks]
        if not self.pyramid:
            return tuple(levels)
        return tuple(
            one if not depth else F.avg_pool2d(one, 2**depth, ceil_mode=True)
            for depth, one in enumerate(levels)
        )


def _as_picture(rows: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return (B, D, gh, gw) of patch rows (B, N, D)."""
    patches = F.layer_norm(rows.float(), rows.shape[-1:])
    # (B, N, D) -> (B, D, gh, gw)
    return patches.transpose(1, 2).reshape(len(rows), -1, *grid)


def _blocks(clip: nn.Module) -> tuple[int, ...]:
    """Return the numbers from 1 of the blocks that are looked at."""
    depth = len(clip.get_submodule("visual.transformer.resblocks")._modules)
    return tuple(max(1, round(depth * share)) for share in _DEPTHS)


def _usual_side(clip: nn.Module) -> int:
    """Return the side of the pictures that a CLIP was trained on, pixels."""
    tower: Any = clip.get_submodule("visual")
    return int(tower.image_size[0])


def _channels(backbone: nn.Module, is_clip: bool) -> tuple[int, ...]:
    if is_clip:
        tower: Any = backbone.get_submodule("visual")
        return (int(tower.class_embedding.shape[0]),) * len(_DEPTHS)
    return tuple(_width(backbone.get_submodule(stage)) for stage in _STAGES)


def _width(stage: nn.Module) -> int:
    """Return the channels that a stage of a ResNet gives."""
    convolutions: Sequence[nn.Conv2d] = [m for m in stage.modules() if isinstance(m, nn.Conv2d)]
    return int(convolutions[-1].out_channels)
