"""The two heads of AD-CLIP: how anomalous is the image, and what is it called?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.detectors.anomaly_clip import AnomalyClip
from model.layers.prompts import tokenize
from model.layers.similarity import TEMPERATURE

GOOD = "good"
_SOURCES = 4


class ImageHead(nn.Module):
    """A logistic regression on what each source says; starts as their sum, mostly the peaks."""

    def __init__(self) -> None:
        """Start with weights that are sensible before any training."""
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.2, 0.2, 0.5, 0.5]))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, evidence: Tensor) -> Tensor:
        """Return (B,) logits of (B, 4): image, peak of patches, peak and image of the branch."""
        return evidence @ self.weight + self.bias


class NameHead(nn.Module):
    """Class names by their similarity to the image, and above all to its anomalous patches.

    The rows that names are compared with start as the text of the names, so names are told
    apart before there is any example of them; training then moves the rows.

    Attributes:
        rows: (C, E) trained.
        from_side: (C, D) what the side branch adds; starts at zero, as `bias` (C,) does.
    """

    def __init__(self, base: AnomalyClip, names: Sequence[str], side_width: int) -> None:
        """Take the backbone for the text of `names`; there may be none."""
        super().__init__()
        self.rows = nn.Parameter(text_of_names(base, names))
        self.from_side = nn.Parameter(torch.zeros(len(names), side_width))
        self.bias = nn.Parameter(torch.zeros(len(names)))

    def forward(self, image: Tensor, patches: Tensor, anomaly: Tensor, side: Tensor) -> Tensor:
        """Return (B, C) logits.

        Args:
            image: (B, E) features after the neck.
            patches: (B, N, E) features after the neck.
            anomaly: (B, N) logits of "defective": where to look.
            side: (B, D) features of the side branch.
        """
        attention = anomaly.detach().softmax(dim=-1)
        # (B, 1, N) @ (B, N, E) -> (B, E)
        looked_at = (attention[:, None] @ F.normalize(patches, dim=-1))[:, 0]
        seen = F.normalize(F.normalize(image, dim=-1) + looked_at, dim=-1)
        similar = seen @ F.normalize(self.rows, dim=-1).T / TEMPERATURE
        return similar + side @ self.from_side.T + self.bias


@torch.no_grad()
def text_of_names(base: AnomalyClip, names: Sequence[str]) -> Tensor:
    """Return (C, E) unit text features of class names by prompts; (0, E) without names.

    A kind of defect becomes "scratch object", "good" what the template of normal parts says.
    """
    learner = base.prompt_learner
    width = int(base.text_features.shape[1])
    if not names:
        return torch.zeros(0, width, device=base.text_features.device)
    normal = learner.normal.format(learner.word)
    sentences = [
        f"a photo of a {normal if name == GOOD else f'{_words(name)} {learner.word}'}."
        for name in names
    ]
    length = int(getattr(base.clip, "context_length", 77))
    tokens = tokenize(sentences, length).to(base.text_features.device)
    encode = base.clip.encode_text
    assert callable(encode)
    return F.normalize(encode(tokens), dim=-1).float()


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")
