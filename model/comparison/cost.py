"""What a detector is made of: parameters, and operations of one picture."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from model.detector import Detector

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cost:
    """Size of a detector; None where it cannot be counted.

    Attributes:
        parameters: Weights, the frozen backbone's included.
        other_values: Numbers kept beside them: memory banks, statistics.
        flops: Floating-point operations of one picture of its input size: two for each
            multiplication in convolutions, matrix products and attention; the rest, and
            distances to a memory bank that are no matrix product, are not counted.
        input_side: Side of that square input, pixels.
        file_mib: Checkpoint file, without a frozen backbone.
    """

    parameters: int
    other_values: int
    flops: int | None
    input_side: int
    file_mib: float | None


def cost_of(detector: Detector, file: Path) -> Cost:
    """Return what a detector costs.

    Args:
        detector: On its device, in evaluation mode.
        file: Its checkpoint.
    """
    return Cost(
        sum(one.numel() for one in detector.parameters()),
        sum(one.numel() for one in detector.buffers()),
        _flops(detector),
        detector.preprocess.size,
        file.stat().st_size / 2**20 if file.is_file() else None,
    )


def _flops(detector: Detector) -> int | None:
    side = detector.preprocess.size
    picture = torch.zeros(1, 3, side, side, device=detector.device)
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), _attention_counted(), counter:
            detector(picture)
    except (RuntimeError, NotImplementedError, TypeError) as error:
        # an operation that the counter cannot follow; the detector itself is judged elsewhere
        log.info("the operations of %s cannot be counted: %s", detector.kind, error)
        return None
    return int(counter.get_total_flops()) or None


@contextmanager
def _attention_counted() -> Iterator[None]:
    """Take torch's attention apart, whose fused form is counted as nothing."""
    was = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was)
