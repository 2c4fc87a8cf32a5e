"""From the likelihoods of three scales to scores and maps, in little memory.

Everything is said in nats (differences of log-likelihoods), so nothing saturates: where MSFlow
says P, this says -ln P. One minus the exponential of a score or map gives the paper's own figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.layers.resizing import resized

WAYS = ("multiplied", "added")
_CHUNK = 4


@dataclass(frozen=True, slots=True, eq=False)
class FlowScores:
    """Scores and map of a batch.

    Attributes:
        score: (B,) float32, nats, 0 and up.
        anomaly_map: (B, 1, H, W) float32, nats, 0 and up.
    """

    score: Tensor
    anomaly_map: Tensor


def flow_scores(
    logs: Sequence[Tensor],
    size: tuple[int, int],
    *,
    share: float = 0.03,
    score: str = "multiplied",
    shown: str = "added",
) -> FlowScores:
    """Return scores and maps; a few pictures at a time, so that memory stays small.

    Args:
        logs: (B, 1, h_i, w_i) log-likelihoods of each scale.
        size: Height and width of the map, pixels.
        share: Of the pixels, the least likely, whose mean is the score.
        score: Which of `WAYS` gives the score.
        shown: Which of `WAYS` gives the map.
    """
    if torch.compiler.is_exporting():
        return _of_chunk(logs, size, share, score, shown)
    batch = len(logs[0])
    scores = logs[0].new_empty(batch)
    maps = logs[0].new_empty(batch, 1, *size)
    for first in range(0, batch, _CHUNK):
        part = slice(first, first + _CHUNK)
        found = _of_chunk([one[part] for one in logs], size, share, score, shown)
        scores[part], maps[part] = found.score, found.anomaly_map
    return FlowScores(scores, maps)


def _of_chunk(
    logs: Sequence[Tensor],
    size: tuple[int, int],
    share: float,
    score: str,
    shown: str,
) -> FlowScores:
    maps = {way: _MAPS[way](logs, size) for way in {score, shown}}
    return FlowScores(_worst(maps[score], share), maps[shown])


def multiplied(logs: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """Return (B, 1, H, W): how much less likely than the best place, the scales multiplied.

    -ln of the paper's P, whose map is 1 - P.

    Args:
        logs: (B, 1, h_i, w_i) each.
        size: Of the map.
    """
    total = resized(logs[0], size, corners=True)
    for one in logs[1:]:
        total = total + resized(one, size, corners=True)
    best = total.amax(dim=(2, 3), keepdim=True)
    return best - total


def added(logs: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """Return (B, 1, H, W): how much less likely than the best place, the scales added.

    -ln (sum / best sum), where the paper's map is best sum - sum.

    Args:
        logs: (B, 1, h_i, w_i) each.
        size: Of the map.
    """
    total = logs[0].new_zeros(())
    for one in logs:
        best = one.amax(dim=(2, 3), keepdim=True)
        total = total + resized(torch.exp(one - best), size, corners=True)
    best = total.amax(dim=(2, 3), keepdim=True)
    # what is too unlikely for float32 is as unlikely as float32 can say
    return -torch.log((total / best).clamp_min(torch.finfo(total.dtype).tiny))


_MAPS = {"multiplied": multiplied, "added": added}


def _worst(nats: Tensor, share: float) -> Tensor:
    """Return (B,) -ln of the mean P over the share of places with the smallest P.

    1 - exp(-it) is the mean of the largest 1 - P, as the paper scores a picture.
    """
    count = max(1, int(nats.shape[2] * nats.shape[3] * share))
    # (B, 1, H, W) -> (B, H * W) -> (B, count)
    largest = nats.flatten(1).topk(count, dim=1).values
    return math.log(count) - torch.logsumexp(-largest, dim=1)
