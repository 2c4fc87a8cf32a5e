"""What the parts of AD-CLIP say, and how they are weighed."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Blend:
    """How the parts of AD-CLIP are weighed; data of the checkpoint.

    Attributes:
        patches: Weight of the neck's map in the map of logits, 0..1; the rest is the side
            branch's.
        trained: Weight of the trained parts beside a memory bank, 0..1; the rest is the
            bank's. Without a bank they are alone.
        peak_fraction: Share of the map's pixels whose mean is its peak.
        sigma: Smoothing of the map, pixels of the network's input.
        mirrored: The side branch looks at mirrored copies too and says the mean; for products
            that may lie either way round.
    """

    patches: float = 0.2
    trained: float = 0.4
    peak_fraction: float = 0.002
    sigma: float = 2.0
    mirrored: bool = False

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: Says which.
        """
        if not (0 <= self.patches <= 1 and 0 <= self.trained <= 1 and self.sigma >= 0):
            raise ValueError("weights must be within 0..1 and sigma not negative")
        if not 0 < self.peak_fraction <= 1:
            raise ValueError("peak_fraction must be above 0 and at most 1")


@dataclass(frozen=True, slots=True, eq=False)
class Logits:
    """What the trained parts say of a batch; logits of "defective" and of each name.

    Attributes:
        image: (B,) of the head.
        text: (B,) how much nearer the image is to the anomalous text.
        patches: (B, N), row-major over the grid of patches, mean over the layers.
        side: (B, h, w) of the side branch.
        side_image: (B,) of the side branch for the whole picture.
        names: (B, C); C may be 0.
    """

    image: Tensor
    text: Tensor
    patches: Tensor
    side: Tensor
    side_image: Tensor
    names: Tensor
