"""The text tower on learnable prompts: unit vectors for "normal" and "anomalous"."""

from __future__ import annotations

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
    tower: Any = clip
    # the end-of-text token has the largest id
    ends = learner.tokens.argmax(dim=-1)
    length = int(ends.max()) + 1
    states = learner(clip, length) + tower.positional_embedding[:length]
    for number, block in enumerate(tower.transformer.resblocks):
        if 1 <= number < learner.depth:
            prompt = learner.compound_prompts_text[number - 1]
            states = _replace_context(states, prompt)
        query, key, value = project(block.attn, block.ln_1(states))
        states = states + block.ls_1(attend(block.attn, query, key, value, causal=True))
        states = states + block.ls_2(block.mlp(block.ln_2(states)))
    states = tower.ln_final(states)
    # (2, length, D) -> (2, D) at each prompt's end -> (2, E)
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
