"""A convolutional detector of a few channels, drawn and judged in a moment."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.predictor import Predictor
from model.preprocess import Preprocess
from model.types import Calibration
from tests.model.tiny_clip import info, picture

SIZE = 32
PICTURES = tuple(picture(seed, 48, 64) for seed in range(6))
LIMITS = Calibration(0.5, 0.9, 0.5, 1.5, 10, 0, "made up")


class Gate(nn.Module):
    """Squeeze and excite: each channel times what all of them say of it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)

    def forward(self, seen: Tensor) -> Tensor:
        pooled = seen.mean((2, 3), keepdim=True)
        gate: Tensor = self.expand(self.reduce(pooled).relu()).sigmoid()
        return seen * gate


class Residual(nn.Module):
    """Widen, look at each channel apart, gate, narrow, add."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(channels, inner, 1, bias=False)
        self.norm = nn.BatchNorm2d(inner)
        self.apart = nn.Conv2d(inner, inner, 3, padding=1, groups=inner)
        self.gate = Gate(inner)
        self.narrow = nn.Conv2d(inner, channels, 1)

    def forward(self, seen: Tensor) -> Tensor:
        inner = torch.relu(self.norm(self.widen(seen)))
        narrowed: Tensor = self.narrow(self.gate(self.apart(inner)))
        return seen + narrowed


class Mixed(nn.Module):
    """A normalisation over the channels, which ties their values together."""

    def forward(self, seen: Tensor) -> Tensor:
        return torch.layer_norm(seen.permute(0, 2, 3, 1), seen.shape[1:2]).permute(0, 3, 1, 2)


class Toy(Detector):
    """Mean square of what a network gives; the more, the less normal."""

    kind: ClassVar[str] = "toy"

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net, self.preprocess = net, Preprocess(SIZE)

    def forward(self, images: Tensor) -> Scores:
        found = self.net(images).square().mean(1, keepdim=True)
        return Scores(found.mean((1, 2, 3)), found)

    def config(self) -> dict[str, Any]:
        return {"preprocess": self.preprocess.to_json()}

    def checkpoint_state(self) -> dict[str, Tensor]:
        return dict(self.state_dict())

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        self.load_state_dict(state)


def plain(width: int = 16) -> nn.Module:
    """Return three convolutions in a row."""
    return nn.Sequential(
        nn.Conv2d(3, width, 3),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, width, 3, padding=1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(width, 8, 3),
    )


def toy(net: nn.Module | None = None) -> Toy:
    """Return a detector with random weights and statistics."""
    torch.manual_seed(21)
    made = Toy(plain() if net is None else net)
    for layer in made.modules():
        for parameter in layer.parameters(recurse=False):
            nn.init.normal_(parameter, 0.1, 0.3)
        if isinstance(layer, nn.BatchNorm2d) and layer.running_var is not None:
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
    return made.eval().requires_grad_(False)


def toy_predictor(net: nn.Module | None = None) -> Predictor:
    """Return it with limits."""
    detector = toy(net)
    return Predictor(detector, LIMITS, info(detector))
