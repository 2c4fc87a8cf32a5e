"""The neck of AD-CLIP: CLIP's features moved to where they tell good from defective."""

from __future__ import annotations

from torch import Tensor, nn


class Neck(nn.Module):
    """A bottleneck beside the features, zero at first: it begins as CLIP and learns to differ.

    One and the same for picture and patches, so that both stay comparable with the same text.
    """

    def __init__(self, width: int, hidden: int) -> None:
        """Take the joint width E and the width of the bottleneck."""
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.narrow = nn.Linear(width, hidden)
        self.widen = nn.Linear(hidden, width)
        self.gelu = nn.GELU()
        nn.init.zeros_(self.widen.weight)
        nn.init.zeros_(self.widen.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return (..., E) of (..., E) features of unit length."""
        moved: Tensor = self.widen(self.gelu(self.narrow(self.norm(features))))
        return features + moved
