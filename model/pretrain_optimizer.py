"""The optimizer of the pretraining: Muon for the matrices of the blocks, AdamW for the rest."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

_MATRIX_RATE = 2.0


class PairOptimizer:
    """Two optimizers that act as one.

    Muon (Jordan et al., 2024) makes each update of a matrix orthogonal; a transformer with
    random weights then learns in far fewer steps, for a sixth more time a step.
    """

    def __init__(self, model: nn.Module, weight_decay: float) -> None:
        """Share out the trainable weights.

        Args:
            model: Its transformer blocks are known by "resblocks" in the weights' names.
            weight_decay: For matrices; words that never occur, positions and prompts would
                fade away otherwise.
        """
        named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        blocks = [p for name, p in named if "resblocks" in name and p.ndim == 2]
        taken = {id(p) for p in blocks}
        kept = [p for name, p in named if id(p) not in taken and _keeps(name, p)]
        taken |= {id(p) for p in kept}
        shrunk = [p for _, p in named if id(p) not in taken]
        groups: list[dict[str, Any]] = [
            {"params": shrunk, "weight_decay": weight_decay},
            {"params": kept, "weight_decay": 0.0},
        ]
        self._plain = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), fused=True)
        self._matrices = torch.optim.Muon(
            blocks, lr=0.0, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
        )

    def step(self, rate: float) -> None:
        """Update all weights at a learning rate, then forget their gradients."""
        for optimizer, factor in ((self._plain, 1.0), (self._matrices, _MATRIX_RATE)):
            for group in optimizer.param_groups:
                group["lr"] = factor * rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        """Return both states."""
        return {"plain": self._plain.state_dict(), "matrices": self._matrices.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self._plain.load_state_dict(state["plain"])
        self._matrices.load_state_dict(state["matrices"])


def _keeps(name: str, weight: nn.Parameter) -> bool:
    return weight.ndim < 2 or "embedding" in name or "ctx" in name or "prompts" in name
