"""The dual learnable prompts of SOWA: one context for "normal", one for "anomalous".

Hu and Zhang, arXiv 2407.03634; several classes and several templates a state are the
generalisation of the authors' code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.layers.prompts import tokenize
from model.layers.text import encode_words

_INIT_STD = 0.02


class DualPrompts(nn.Module):
    """Prompts "X .. X object." and "X .. X damaged object." with learnable X, fused to two vectors.

    Attributes:
        classes: Words for the M classes; the published model knows one, "object".
        normal: K templates of the normal state, "{}" stands for the word.
        anomalous: K templates of the anomalous state.
        ctx_pos: (M, K, n_ctx, D) context of the normal prompts, trained.
        ctx_neg: (M, K, n_ctx, D) context of the anomalous prompts, trained.
        fusion: Linear layer over each prompt's text feature, trained.
        tokens: (2 M K, 77) int64: all normal prompts, class by class, then all anomalous ones.
    """

    tokens: Tensor

    def __init__(
        self,
        clip: nn.Module,
        n_ctx: int = 12,
        classes: Sequence[str] = ("object",),
        normal: Sequence[str] = ("{}",),
        anomalous: Sequence[str] = ("damaged {}",),
    ) -> None:
        """Initialise at random.

        Raises:
            ValueError: No class, no template, unequal numbers of templates, or too many words.
        """
        super().__init__()
        tower: Any = clip
        if n_ctx < 1 or not classes or not normal or len(normal) != len(anomalous):
            raise ValueError("prompts need context, classes and as many templates for each state")
        self.n_ctx, self.classes = n_ctx, tuple(classes)
        self.normal, self.anomalous = tuple(normal), tuple(anomalous)
        context = " ".join(["X"] * n_ctx)
        sentences = [
            f"{context} {template.format(word)}."
            for templates in (self.normal, self.anomalous)
            for word in self.classes
            for template in templates
        ]
        length = int(tower.context_length)
        tokens = tokenize(sentences, length)
        if tokens[:, -1].any():
            raise ValueError(f"n_ctx {n_ctx} and the words exceed {length} tokens")
        self.register_buffer("tokens", tokens, persistent=False)
        width = tower.token_embedding.embedding_dim
        joint = tower.text_projection.shape[1]
        shape = (len(self.classes), len(self.normal), n_ctx, width)
        self.ctx_pos = nn.Parameter(torch.empty(shape).normal_(std=_INIT_STD))
        self.ctx_neg = nn.Parameter(torch.empty(shape).normal_(std=_INIT_STD))
        self.fusion = nn.Linear(joint, joint)
        self.to(tower.token_embedding.weight.device)

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON values."""
        return {
            "n_ctx": self.n_ctx,
            "classes": list(self.classes),
            "normal": list(self.normal),
            "anomalous": list(self.anomalous),
        }

    def encode(self, clip: nn.Module) -> Tensor:
        """Return (2 M K, E) projected text features in the order of `tokens`, not unit length."""
        tower: Any = clip
        ends = self.tokens.argmax(dim=-1)
        words = tower.token_embedding(self.tokens[:, : int(ends.max()) + 1])
        # (M, K, n_ctx, D) twice -> (2 M K, n_ctx, D)
        context = torch.cat([self.ctx_pos.flatten(0, 1), self.ctx_neg.flatten(0, 1)])
        words = torch.cat([words[:, :1], context, words[:, 1 + self.n_ctx :]], dim=1)
        return encode_words(clip, words, ends)

    def fuse(self, encoded: Tensor) -> Tensor:
        """Return (M, 2, E) unit vectors, normal first, of what `encode` gives."""
        # (2 M K, E) -> (2, M, K, E) -> (2, M, E) -> (M, 2, E)
        shape = (2, len(self.classes), len(self.normal))
        mean = torch.unflatten(self.fusion(encoded), 0, shape).mean(2)
        return F.normalize(mean, dim=-1).transpose(0, 1)

    def forward(self, clip: nn.Module) -> Tensor:
        """Return (M, 2, E) unit text features: for each class normal and anomalous."""
        return self.fuse(self.encode(clip))

    def class_number(self, word: str) -> int:
        """Return which class a word is; 0 for an unknown one, as the authors do."""
        return self.classes.index(word) if word in self.classes else 0
