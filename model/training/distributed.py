"""Several processes that train as one, started by torchrun."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from model.errors import ModelError

T = TypeVar("T")

# a rank may wait as long as another computes features or validates
_PATIENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among those that train together.

    Attributes:
        rank: From 0; 0 alone validates and writes.
        size: Number of processes.
        local_size: Of those on this machine.
    """

    rank: int = 0
    size: int = 1
    local_size: int = 1

    @property
    def is_main(self) -> bool:
        """True for the process that validates and writes."""
        return self.rank == 0

    def gathered(self, value: T) -> list[T]:
        """Return the value of every process by rank; all must call it."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def from_main(self, value: T) -> T:
        """Return the value that rank 0 gave; all must call it."""
        if self.size == 1:
            return value
        values: list[Any] = [value]
        dist.broadcast_object_list(values, src=0)
        result: T = values[0]
        return result

    def wrapped(self, module: nn.Module) -> nn.Module:
        """Return the module whose gradients are the mean over the processes."""
        if self.size == 1:
            return module
        # a loss may leave weights out, and not the same ones in every process
        return DistributedDataParallel(
            module, forward_sync_buffers=False, find_unused_parameters=True
        )


def local_rank() -> int:
    """Return which of this machine's processes this is, from 0: its GPU by number."""
    return _number("LOCAL_RANK", 0)


def is_main() -> bool:
    """True unless torchrun has started this process as another than the first."""
    return _number("RANK", 0) == 0


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """Join the other processes if torchrun has started any; leave them at the end.

    Args:
        device: CUDA devices talk over nccl, the CPU over gloo.

    Raises:
        ModelError: The environment of torchrun is damaged, or the others cannot be reached.
    """
    size = _number("WORLD_SIZE", 1)
    if size <= 1:
        yield Processes()
        return
    is_ours = not dist.is_initialized()
    if is_ours:
        backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
        if device.type == "cuda":
            torch.cuda.set_device(device)
        try:
            dist.init_process_group(backend, init_method="env://", timeout=_PATIENCE)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The {size} training processes cannot reach each other ({error}); start them "
                "with torchrun."
            ) from error
    try:
        yield Processes(dist.get_rank(), size, max(1, _number("LOCAL_WORLD_SIZE", size)))
    finally:
        if is_ours:
            dist.destroy_process_group()


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdecimal():
        raise ModelError(f"{name} is {value!r} and must be a number; start with torchrun.")
    return int(value)
