"""The stage before the first epoch: every picture read once, its features kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.training.config import LoopConfig
from model.training.distributed import Processes
from model.training.fingerprint import joint_hash
from model.training.interrupt import Cancelled
from model.training.order import own_part
from model.training.reading import Key
from model.training.source import Source

TRAINING, VALIDATION = "training", "validation"
_VARIED = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """Views of one turn.

    Attributes:
        keys: The views.
        is_kept: Their features are wanted again.
        is_needed: They are read even where no feature can be kept: the data is known by them.
    """

    keys: tuple[Key, ...]
    is_kept: bool
    is_needed: bool


def own_views(
    config: LoopConfig, processes: Processes, training: int, validation: int
) -> tuple[Stage, ...]:
    """Return this process's views in the order in which they are read.

    Args:
        config: Its `turns` and `epochs` say which are seen at all.
        processes: A picture belongs to one of them; validation to the first.
        training: Number of pictures.
        validation: Number of pictures.
    """
    own = own_part(range(training), processes.rank, processes.size, is_kept=True)
    turns = min(max(1, config.turns), config.epochs)
    stages = [
        Stage(tuple(Key(TRAINING, i, turn) for i in own), config.turns > 0, turn == 0)
        for turn in range(turns)
    ]
    if config.turns != 1:
        # the first turn may be the plain picture: how pictures are varied shows in the second
        sample = tuple(Key(TRAINING, i, 1) for i in own if i < _VARIED)
        stages.append(Stage(sample, is_kept=False, is_needed=True))
    if processes.is_main:
        keys = tuple(Key(VALIDATION, index, 0) for index in range(validation))
        stages.append(Stage(keys, is_kept=True, is_needed=True))
    return tuple(stages)


def prepare(
    source: Source,
    stages: Sequence[Stage],
    processes: Processes,
    report: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    *,
    is_read_only: bool,
) -> str:
    """Fill the cache and return a hash of all pictures, masks, labels and names.

    Args:
        source: Reads and keeps.
        stages: Of this process.
        processes: All must call it.
        report: Called with the views done and all there are.
        cancelled: Asked between views.
        is_read_only: No features are wanted: the run is at its end.

    Raises:
        Cancelled: It was asked for in any of the processes.
        DatasetError: A view cannot be read.
    """
    total = sum(len(stage.keys) for stage in stages)
    digests: dict[Key, str] = {}
    done, is_cancelled = 0, False
    for stage in stages:
        if stage.is_needed or (source.is_worth_more() and not is_read_only):
            try:
                found = source.prepare(
                    stage.keys,
                    lambda count, before=done: report(before + count, total),  # type: ignore[misc]
                    cancelled,
                    is_kept=stage.is_kept and not is_read_only,
                )
            except Cancelled:
                is_cancelled = True
                break
            digests |= found if stage.is_needed else {}
        done += len(stage.keys)
    parts = processes.gathered((is_cancelled, digests))
    if any(stopped for stopped, _ in parts):
        raise Cancelled
    return joint_hash({key: value for _, own in parts for key, value in own.items()})
