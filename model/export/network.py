"""A detector's network as one graph, from preprocessed picture to score and map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from model.detector import Detector
from model.errors import ModelError

if TYPE_CHECKING:
    from torch.export import ExportedProgram

INPUT = "images"
OUTPUTS = ("image_score", "anomaly_map", "class_probabilities")


class Network(nn.Module):
    """Hands on what a detector says as plain tensors, for those who know no `Scores`.

    Args:
        detector: In evaluation mode.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return score (B,), map (B, 1, h, w) and, where there are names, (B, C)."""
        scores = self.detector(images)
        both = (scores.image_score, scores.anomaly_map)
        named = scores.class_probabilities
        return both if named is None else (*both, named)


def outputs(detector: Detector) -> tuple[str, ...]:
    """Return the names of what a detector's graph gives."""
    return OUTPUTS if detector.class_names else OUTPUTS[:2]


def exported(detector: Detector, batch: int = 1) -> ExportedProgram:
    """Return the graph of a detector for pictures of its own size.

    Args:
        detector: In evaluation mode, on the CPU.
        batch: Pictures at once; the graph takes neither more nor fewer.

    Raises:
        ModelError: The detector does what a graph cannot hold.
    """
    side = detector.preprocess.size
    # (B, 3, S, S); the grid of a batch of 1 may be kept as one of any batch
    images = torch.zeros(batch, 3, side, side)
    with torch.no_grad():
        # Kernels and grids are computed once and kept; while the graph is drawn they would be
        # kept as shadows without numbers, and every later prediction would meet them.
        detector(images)
        try:
            return torch.export.export(Network(detector), (images,))
        except (RuntimeError, TypeError, ValueError) as error:
            raise ModelError(
                f"The detector {detector.kind} cannot be exported ({_first_line(error)})."
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
