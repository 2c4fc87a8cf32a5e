"""All flows of MSFlow: one for each scale, then one across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.layers.flow_block import ParallelFlow
from model.layers.fusion_flow import FusionFlow


@dataclass(frozen=True, slots=True, eq=False)
class Flowed:
    """Features as the flows see them; those of normal parts are standard normal.

    Attributes:
        scales: (B, C_i, h_i, w_i) float32 each.
        volume: (B,) float32, log |det| of the Jacobian.
    """

    scales: tuple[Tensor, ...]
    volume: Tensor

    def loss(self) -> Tensor:
        """Return (B,) negative log-likelihoods, without the constant (paper, equation 10)."""
        squares = [0.5 * one.square().sum(dim=(1, 2, 3)) for one in self.scales]
        return torch.stack(squares).sum(dim=0) - self.volume

    def log_likelihoods(self) -> tuple[Tensor, ...]:
        """Return (B, 1, h_i, w_i) each: minus half the mean square over the channels."""
        return tuple(-0.5 * one.square().mean(dim=1, keepdim=True) for one in self.scales)


class Flows(nn.Module):
    """Parallel flows and the fusion flow.

    Args:
        channels: C_i of each scale.
        depths: Blocks of each scale's flow.
        condition: Channels of the position code, a multiple of 4.
    """

    def __init__(self, channels: Sequence[int], depths: Sequence[int], condition: int) -> None:
        super().__init__()
        self.parallel = nn.ModuleList(
            ParallelFlow(count, depth, condition)
            for count, depth in zip(channels, depths, strict=True)
        )
        self.fusion = FusionFlow(channels)

    def forward(self, levels: Sequence[Tensor]) -> Flowed:
        """Let (B, C_i, h_i, w_i) float32 features flow."""
        passed = [flow(one) for flow, one in zip(self.parallel, levels, strict=True)]
        scales, volume = self.fusion([scale for scale, _ in passed])
        return Flowed(scales, volume + torch.stack([part for _, part in passed]).sum(dim=0))
