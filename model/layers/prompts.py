"""The learnable prompts of AnomalyCLIP: object-agnostic context and deep compound prompts.

Zhou et al., ICLR 2024, section 3.2. State-dict names, order, shapes and types are those of
the reference's `epoch_N.pth`, so files go both ways.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

_UNUSED_WIDTH = 896
_INIT_STD = 0.02


class PromptLearner(nn.Module):
    """Two prompts, "X .. X object." and "X .. X damaged object.", with learnable X.

    Attributes:
        n_ctx: Learnable context vectors per prompt, positions 1..n_ctx.
        t_n_ctx: Positions that a compound prompt replaces, 1..t_n_ctx.
        depth: Compound prompts go into text blocks 1..depth-1 (block 0 is the first).
    """

    ctx_pos: nn.Parameter
    ctx_neg: nn.Parameter
    tokenized_prompts_pos: Tensor
    tokenized_prompts_neg: Tensor

    def __init__(
        self,
        clip: nn.Module,
        n_ctx: int = 12,
        t_n_ctx: int = 4,
        depth: int = 9,
        word: str = "object",
        normal: str = "{}",
        anomalous: str = "damaged {}",
    ) -> None:
        """Initialise at random; "{}" in `normal` and `anomalous` stands for `word`."""
        super().__init__()
        tower: Any = clip
        if depth < 1 or not 0 <= t_n_ctx <= n_ctx:
            raise ValueError(f"depth {depth} or t_n_ctx {t_n_ctx} of n_ctx {n_ctx} is out of range")
        width = tower.token_embedding.embedding_dim
        device = tower.token_embedding.weight.device
        self.n_ctx, self.t_n_ctx, self.depth = n_ctx, t_n_ctx, depth
        self.word, self.normal, self.anomalous = word, normal, anomalous
        self.ctx_pos = _vectors(1, 1, n_ctx, width)
        self.ctx_neg = _vectors(1, 1, n_ctx, width)
        self._register_tokens(int(tower.context_length), width)
        self.compound_prompts_text = nn.ParameterList(
            _vectors(t_n_ctx, width) for _ in range(depth - 1)
        )
        # never used by anyone; they are in the reference's files, which it loads strictly
        self.compound_prompt_projections = nn.ModuleList(
            nn.Linear(width, _UNUSED_WIDTH) for _ in range(depth - 1)
        ).requires_grad_(False)
        self.to(device)
        self.take_token_embeddings(clip)

    def _register_tokens(self, context_length: int, width: int) -> None:
        """Register the words and room for their embeddings, in the order of the files."""
        context = " ".join(["X"] * self.n_ctx)
        states = (self.normal, self.anomalous)
        tokens = tokenize([f"{context} {s.format(self.word)}." for s in states], context_length)
        if tokens[:, -1].any():
            raise ValueError(f"n_ctx {self.n_ctx} and the words exceed {context_length} tokens")
        for name in ("pos", "neg"):
            self.register_buffer(f"token_prefix_{name}", torch.zeros(1, 1, 1, width))
            rest = context_length - 1 - self.n_ctx
            self.register_buffer(f"token_suffix_{name}", torch.zeros(1, 1, rest, width))
        for name, row in zip(("pos", "neg"), tokens, strict=True):
            # (77,) int64 -> (1, 1, 77) int32
            self.register_buffer(f"tokenized_prompts_{name}", row[None, None].int())

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments as JSON values."""
        return {
            "n_ctx": self.n_ctx,
            "t_n_ctx": self.t_n_ctx,
            "depth": self.depth,
            "word": self.word,
            "normal": self.normal,
            "anomalous": self.anomalous,
        }

    @property
    def tokens(self) -> Tensor:
        """(2, 77) int64 token ids, row 0 normal, row 1 anomalous."""
        pos, neg = self.tokenized_prompts_pos, self.tokenized_prompts_neg
        return torch.cat([pos.flatten(0, 1), neg.flatten(0, 1)]).long()

    def take_token_embeddings(self, clip: nn.Module) -> None:
        """Copy the frozen words' embeddings into the buffers that files of the reference hold.

        `forward` reads the live embedding; the copies are for writing such a file only, so a
        training that changes the embedding calls this before it saves.
        """
        tower: Any = clip
        with torch.no_grad():
            # (2, 77, D)
            words = tower.token_embedding(self.tokens)
            for row, name in enumerate(("pos", "neg")):
                self.get_buffer(f"token_prefix_{name}").copy_(words[row, None, None, :1])
                suffix = words[row, None, None, 1 + self.n_ctx :]
                self.get_buffer(f"token_suffix_{name}").copy_(suffix)

    def forward(self, clip: nn.Module, length: int) -> Tensor:
        """Return the first `length` positions of both prompts, (2, length, D), no position added.

        Position 0 and those after the context are the words' embeddings in `clip`.
        """
        tower: Any = clip
        # (2, length, D)
        words = tower.token_embedding(self.tokens[:, :length])
        # (1, 1, n_ctx, D) twice -> (2, n_ctx, D)
        context = torch.cat([self.ctx_pos.flatten(0, 1), self.ctx_neg.flatten(0, 1)])
        return torch.cat([words[:, :1], context, words[:, 1 + self.n_ctx :]], dim=1)


def _vectors(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(*shape).normal_(std=_INIT_STD))


def tokenize(sentences: list[str], context_length: int) -> Tensor:
    """Return (len(sentences), context_length) int64 ids of CLIP's byte-pair encoding."""
    ids: Tensor = _tokenizer()(sentences, context_length=context_length)
    return ids


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from open_clip.tokenizer import SimpleTokenizer

    return SimpleTokenizer()
