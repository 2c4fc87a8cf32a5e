"""The text tower on learnable prompts: unit vectors for "normal" and "anomalous"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.layers.attention import attend, project
from model.layers.prompts import PromptLearner


def encode_prompts(clip: nn.Module, learner: PromptLearner) -> Tensor:
    """Return (2, E) unit text features: row 0 normal, row 1 anomalous."""
    return F.normalize(encode_prompts_raw(clip, learner), dim=-1)


def encode_prompts_raw(clip: nn.Module, learner: PromptLearner) -> Tensor:
    """Return (2, E) projected text features before they are made unit length.

    The tower is causal, so the positions after the last end-of-text token are left out:
    the same numbers for a fraction of the work.
    """
    # the end-of-text token has the largest id
    ends = learner.tokens.argmax(dim=-1)
    words = learner(clip, int(ends.max()) + 1)
    compound = list(learner.compound_prompts_text)[: learner.depth - 1]
    return encode_words(clip, words, ends, compound)


def encode_words(
    clip: nn.Module, words: Tensor, ends: Tensor, compound: Sequence[Tensor] = ()
) -> Tensor:
    """Return (R, E) projected text features of prompts that are embedded already.

    Args:
        clip: The open_clip backbone.
        words: (R, length, D) embeddings without position.
        ends: (R,) int64 position of each prompt's end-of-text token.
        compound: Prompts (t, D) that replace positions 1..t before blocks 1, 2, ... (block 0 is
            the first).
    """
    tower: Any = clip
    states = words + tower.positional_embedding[: words.shape[1]]
    for number, block in enumerate(tower.transformer.resblocks):
        if 1 <= number <= len(compound):
            states = _replace_context(states, compound[number - 1])
        query, key, value = project(block.attn, block.ln_1(states))
        states = states + block.ls_1(attend(block.attn, query, key, value, causal=True))
        states = states + block.ls_2(block.mlp(block.ln_2(states)))
    states = tower.ln_final(states)
    # (R, length, D) -> (R, D) at each prompt's end -> (R, E)
    picked = states[torch.arange(len(ends), device=ends.device), ends]
    projected: Tensor = picked @ tower.text_projection
    return projected


def _replace_context(states: Tensor, prompt: Tensor) -> Tensor:
    """Put a (t, D) compound prompt into positions 1..t of (2, length, D) states.

    The reference rounds it to float16 on the way, per row, and so its gradient: the rounding
    comes after the expansion on purpose.
    """
    rows = prompt.expand(states.shape[0], -1, -1).half().to(states.dtype)
    return torch.cat([states[:, :1], rows, states[:, 1 + prompt.shape[0] :]], dim=1)
