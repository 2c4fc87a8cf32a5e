"""Channel pruning: a detector with fewer channels inside, that says nearly the same."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from model.detector import Detector
from model.errors import ModelError
from model.images import Picture
from model.lightening.channels import ChannelGroup, channel_groups
from model.lightening.interpolation import Matrix, kept_channels, told_by
from model.lightening.listening import products_seen

SMALLEST, LARGEST = 0.05, 0.9
_WORTH = 0.2
_WIDE = 32
_STEP = 8


class PruningRefused(ModelError):
    """Pruning makes no sense for this detector; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken out.

    Attributes:
        share: Of the channels that was asked for.
        channels: Of all groups before.
        kept: Of them afterwards.
        weights: Numbers in the network before.
        weights_kept: Afterwards.
        operations: Floating-point operations for one picture before.
        operations_kept: Afterwards.
    """

    share: float
    channels: int
    kept: int
    weights: int
    weights_kept: int
    operations: int
    operations_kept: int

    def to_text(self) -> str:
        """Return it for people, a few lines."""
        rows = (
            ("channels inside", self.channels, self.kept),
            ("weights", self.weights, self.weights_kept),
            ("operations a picture", self.operations, self.operations_kept),
        )
        lines = [f"pruned by {self.share:.0%}"]
        return "\n".join(
            lines
            + [
                f"  {name:<24} {before:,} -> {after:,} ({after / max(1, before):.0%})"
                for name, before, after in rows
            ]
        )


def pruned(
    detector: Detector, share: float, pictures: Sequence[Picture]
) -> tuple[Detector, Pruned]:
    """Return a lighter copy of a detector.

    A share of the channels that only its own convolutions see is dropped; the convolutions that
    read them take up what the dropped ones would have said, as far as the others tell it on the
    pictures. Nothing is trained; the same pictures give the same network.

    Args:
        detector: In evaluation mode, on the CPU; stays as it is.
        share: Of the channels of each group, 0.05..0.9.
        pictures: (H, W, 3) uint8 BGR, of the product; a dozen suffice.

    Raises:
        PruningRefused: Hardly any of its work is done in channels that may go.
        ModelError: The share is out of range, there is no picture, or the detector cannot be
            drawn as a graph.
    """
    if not SMALLEST <= share <= LARGEST:
        raise ModelError(f"The share to prune is {share:g}; it must be {SMALLEST} to {LARGEST}.")
    if not pictures:
        raise ModelError("Pruning needs pictures of the product.")
    groups = channel_groups(detector)
    before = operations(detector)
    _check_worth(detector, groups, before)
    lighter = copy.deepcopy(detector)
    readers = {name for one in groups for name in one.readers}
    products = products_seen(detector, readers, pictures)
    weights = {name: _strength(detector.get_submodule(name)) for name in readers}
    stays = [_stays(one, products, weights, share) for one in groups]
    with torch.no_grad():
        for group, kept in zip(groups, stays, strict=True):
            _drop(lighter, group, kept, products)
    facts = Pruned(
        share,
        sum(one.channels for one in groups),
        sum(map(len, stays)),
        _weights(detector),
        _weights(lighter),
        before,
        operations(lighter),
    )
    return lighter, facts


def operations(detector: Detector, inside: frozenset[str] | None = None) -> int:
    """Return the floating-point operations for one picture.

    Args:
        detector: In evaluation mode.
        inside: Count those of these modules alone.
    """
    side = detector.preprocess.size
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        detector(torch.zeros(1, 3, side, side, device=detector.device))
    if inside is None:
        return int(counter.get_total_flops())
    counts = counter.get_flop_counts()
    root = type(detector).__name__
    return int(sum(sum(counts.get(f"{root}.{name}", {}).values()) for name in inside))


def _check_worth(detector: Detector, groups: Sequence[ChannelGroup], total: int) -> None:
    touched = frozenset(name for one in groups for name in one.touched)
    part = operations(detector, touched) / max(1, total) if touched else 0.0
    if part < _WORTH:
        raise PruningRefused(
            f"Channel pruning makes no sense for {detector.kind}: only {part:.0%} of its work is "
            "done in convolutions with channels that nothing else sees. Use --int8 instead."
        )


def _stays(
    group: ChannelGroup, products: dict[str, Matrix], weights: dict[str, Matrix], share: float
) -> list[int]:
    wished = max(1, round(group.channels * (1 - share)))
    if group.channels >= _WIDE:
        # processors work on whole eights of channels
        wished = min(group.channels, -(-wished // _STEP) * _STEP)
    readers = group.readers
    return kept_channels(
        [products[name] for name in readers], [weights[name] for name in readers], wished
    )


def _strength(reader: nn.Module) -> Matrix:
    """Return (C,) how strongly a convolution reads each of its input channels."""
    weight: Any = reader.weight
    # (O, C, k, k) -> (C,)
    return np.asarray(weight.detach().square().sum((0, 2, 3)).sqrt().numpy(), np.float64)


def _drop(
    detector: Detector, group: ChannelGroup, kept: list[int], products: dict[str, Matrix]
) -> None:
    for name in group.readers:
        reader: Any = detector.get_submodule(name)
        mixing = torch.from_numpy(told_by(products[name], kept))
        # (O, C, k, k), (C, K) -> (O, K, k, k)
        folded = torch.einsum("ocyx,ck->okyx", reader.weight.double(), mixing)
        _put(reader, "weight", folded.to(reader.weight.dtype))
        reader.in_channels = len(kept)
    numbers = torch.tensor(kept)
    for full, side in group.cuts:
        path, _, last = full.rpartition(".")
        owner: Any = detector.get_submodule(path)
        if side == 0:
            _put(owner, last, getattr(owner, last).index_select(0, numbers))
            _count(owner, len(kept))


def _put(owner: nn.Module, name: str, value: Tensor) -> None:
    old = getattr(owner, name)
    new = value.contiguous()
    setattr(owner, name, nn.Parameter(new, False) if isinstance(old, nn.Parameter) else new)


def _count(owner: Any, kept: int) -> None:
    if isinstance(owner, nn.BatchNorm2d):
        owner.num_features = kept
        return
    if owner.groups > 1:
        owner.groups = owner.in_channels = kept
    owner.out_channels = kept


def _weights(detector: Detector) -> int:
    return int(sum(one.numel() for one in detector.parameters()))
