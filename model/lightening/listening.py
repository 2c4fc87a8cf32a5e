"""What the convolutions of a network see on a few pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.detector import Detector
from model.images import Picture
from model.lightening.interpolation import Matrix


def products_seen(
    detector: Detector, names: set[str], pictures: Sequence[Picture]
) -> dict[str, Matrix]:
    """Return for each convolution (C, C): how its input channels go together.

    Means of x_i x_j over all pictures and places.

    Args:
        detector: In evaluation mode.
        names: Of its convolutions.
        pictures: (H, W, 3) uint8 BGR each, at least one.
    """
    sums: dict[str, Tensor] = {}
    counts = dict.fromkeys(names, 0)

    def hear(name: str, seen: Tensor) -> None:
        # (B, C, h, w) -> (C, B h w)
        rows = seen.transpose(0, 1).flatten(1)
        product = (rows @ rows.T).double()
        sums[name] = product if name not in sums else sums[name] + product
        counts[name] += rows.shape[1]

    with _listening(detector, names, hear), torch.no_grad():
        for one in pictures:
            images = detector.preprocess(np.ascontiguousarray(one))
            detector(images.to(detector.device))
    return {name: np.asarray(sums[name].cpu().numpy() / counts[name]) for name in names}


@contextmanager
def _listening(detector: Detector, names: set[str], hear: Any) -> Iterator[None]:
    def listener(name: str) -> Any:
        def listen(_: nn.Module, seen: tuple[Tensor, ...]) -> None:
            hear(name, seen[0])

        return listen

    hooks = [
        detector.get_submodule(name).register_forward_pre_hook(listener(name)) for name in names
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
