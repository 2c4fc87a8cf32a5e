"""Which picture is seen when: pure functions of seed and epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_STREAM = 4_000_037
_CHANCE_STREAM = 4_000_039


def order(seed: int, epoch: int, count: int) -> tuple[int, ...]:
    """Return the indices 0 to count - 1 as an epoch (from 0) takes them."""
    rng = np.random.default_rng([abs(seed), int(seed < 0), epoch, _STREAM])
    return tuple(int(index) for index in rng.permutation(count))


def turn_of(epoch: int, turns: int) -> int:
    """Return the variant that an epoch (from 0) sees; with `turns` 0 always a new one."""
    return epoch % turns if turns else epoch


def batches(indices: Sequence[int], size: int) -> tuple[tuple[int, ...], ...]:
    """Cut indices into batches; the last may be smaller."""
    return tuple(tuple(indices[at : at + size]) for at in range(0, len(indices), size))


def own_part(batch: Sequence[int], rank: int, ranks: int, is_kept: bool) -> tuple[int, ...]:
    """Return what one of several processes takes of a batch.

    Args:
        batch: Indices of the whole batch.
        rank: From 0.
        ranks: Number of processes.
        is_kept: Features are kept: a picture then belongs to one process for the whole run, so
            that no other computes or stores its features; the parts may differ in size, some
            may be empty. Otherwise they are as equal as possible.
    """
    if is_kept:
        return tuple(index for index in batch if index % ranks == rank)
    first, last = (len(batch) * part // ranks for part in (rank, rank + 1))
    return tuple(batch[first:last])


def chance_seed(seed: int, epoch: int, step: int, rank: int) -> int:
    """Return the seed of torch's generators for one step, so that no state needs keeping."""
    entropy = [abs(seed), int(seed < 0), epoch, step, rank, _CHANCE_STREAM]
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint32)[0])
