"""Memory and time of MSFlow's post-processing: from likelihoods to scores and maps of a batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch
import torch.nn.functional as F
from torch import Tensor

from app.bench.measurement import Measurement
from model.device import memory
from model.layers.flow_scores import flow_scores

PICTURES, SIDE = 64, 512
_SCALES = (64, 32, 16)
_SHARE = 0.03
_MIB = 2**20

Post = Callable[[Sequence[Tensor], int], tuple[Tensor, Tensor]]


def measure_flow_memory(pictures: int = PICTURES, side: int = SIDE) -> list[Measurement]:
    """Return how much memory scoring a batch takes beyond what is there, and the time of a core.

    The baseline computes every map of the whole batch, as the formulas stand in the paper. Each
    is measured in a process of its own: a peak cannot be taken back.

    Args:
        pictures: In the batch.
        side: Of the maps, pixels.
    """
    spent, milliseconds = _in_own_process(few_at_a_time, pictures, side)
    plain, plain_ms = _in_own_process(whole_batch, pictures, side)
    name = "whole batch at once"
    return [
        Measurement("flow_scores_peak_mib", spent / _MIB, "MiB", name, plain / _MIB),
        Measurement("flow_scores_ms", milliseconds, "ms", name, plain_ms),
    ]


def few_at_a_time(logs: Sequence[Tensor], side: int) -> tuple[Tensor, Tensor]:
    """Return scores (B,) and maps (B, 1, S, S) in nats, as the product does."""
    found = flow_scores(logs, (side, side), share=_SHARE)
    return found.score, found.anomaly_map


def whole_batch(logs: Sequence[Tensor], side: int) -> tuple[Tensor, Tensor]:
    """Return the paper's scores (B,) and added maps (B, 1, S, S), by its formulas."""
    size = (side, side)
    large = [F.interpolate(one, size, mode="bilinear", align_corners=True) for one in logs]
    total = torch.stack(large).sum(0)
    likely = torch.exp(total - total.amax((2, 3), keepdim=True))
    products = likely.amax((2, 3), keepdim=True) - likely
    count = int(side * side * _SHARE)
    score = products.flatten(1).topk(count, dim=1).values.mean(1)
    shares = [torch.exp(one - one.amax((2, 3), keepdim=True)) for one in logs]
    large = [F.interpolate(one, size, mode="bilinear", align_corners=True) for one in shares]
    sums = torch.stack(large).sum(0)
    return score, sums.amax((2, 3), keepdim=True) - sums


def spent_on(post: Post, pictures: int, side: int) -> tuple[int, float]:
    """Return bytes at most beyond those in use before, and milliseconds; for a fresh process."""
    device = torch.device("cpu")
    generator = torch.Generator().manual_seed(0)
    logs = [
        -torch.rand(pictures, 1, max(1, cells * side // SIDE), max(1, cells * side // SIDE),
                    generator=generator)
        for cells in _SCALES
    ]  # fmt: skip
    with torch.inference_mode():
        # what loads on first use is no part of it
        torch.set_num_threads(1)
        post([one[:1] for one in logs], side)
        before = memory(device).used
        started = time.process_time()
        found = post(logs, side)
        milliseconds = (time.process_time() - started) * 1000
    del found
    return max(0, memory(device).peak - before), milliseconds


def _in_own_process(post: Post, pictures: int, side: int) -> tuple[int, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(spent_on, post, pictures, side).result()
