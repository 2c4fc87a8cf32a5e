"""One optimisation step of the pretraining."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from model.pretrain_data import Batch
from model.pretrain_model import Losses, PretrainModel
from model.pretrain_optimizer import PairOptimizer

_FEW_TOKENS_SIDE = 168
_HALVES = 2


class Stepper:
    """Does optimisation steps; on a CPU two halves of a batch at once, a thread each.

    Threads inside each operation wait for each other some thousand times a step, which costs
    half the speed when another program runs; two halves meet once a step.
    """

    def __init__(self, model: PretrainModel, optimizer: PairOptimizer) -> None:
        self._model, self._optimizer = model, optimizer
        self._weights = [p for p in model.parameters() if p.requires_grad]
        is_cpu = self._weights[0].device.type == "cpu"
        self._pool = ThreadPoolExecutor(_HALVES) if is_cpu else None

    def __enter__(self) -> Self:
        self._threads = torch.get_num_threads()
        if self._pool:
            torch.set_num_threads(1)
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown()
        torch.set_num_threads(self._threads)

    def step(self, batch: Batch, rate: float) -> tuple[float, ...]:
        """Do one step; return contrast, dense, image and total loss."""
        # with few tokens the plain attention's backward pass is faster on CPUs than the fused one
        is_small = self._pool is not None and batch.images.shape[1] < _FEW_TOKENS_SIDE
        backends = [SDPBackend.MATH] if is_small else [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]
        halves = batch.split(_HALVES) if self._pool else [batch]
        with sdpa_kernel(backends):
            run = self._pool.map if self._pool else map
            parts = list(run(self._gradients, halves))
        for weight, *slopes in zip(self._weights, *(slopes for _, slopes in parts), strict=True):
            known = [slope for slope in slopes if slope is not None]
            weight.grad = torch.stack(known).mean(0) if known else None
        nn.utils.clip_grad_norm_(self._weights, 1.0)
        self._optimizer.step(rate)
        values = torch.tensor([values for values, _ in parts], dtype=torch.float64)
        return tuple(values.mean(0).tolist())

    def _gradients(self, batch: Batch) -> tuple[tuple[float, ...], tuple[Tensor | None, ...]]:
        losses: Losses = self._model(batch)
        slopes = torch.autograd.grad(losses.total, self._weights, allow_unused=True)
        parts = (losses.contrast, losses.dense, losses.image, losses.total)
        return tuple(float(part.detach()) for part in parts), slopes
