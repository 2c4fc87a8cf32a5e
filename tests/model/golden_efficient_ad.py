"""EfficientAD of the reference numbers, rebuilt from its names, and its inputs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.detectors.efficient_ad import EfficientAd, input_of
from tests.model.golden_source import source, stored

GAIN = 2**0.5
LONG = {"s": "small", "m": "medium"}


def arrays() -> dict[str, Any]:
    return stored("efficientad.npz")


def tensor(key: str) -> Tensor:
    return torch.from_numpy(np.asarray(arrays()[key]))


def images() -> Tensor:
    found: Tensor = source().seeded(1, (3, 3, 256, 256))
    return found


@lru_cache(maxsize=2)
def detector(size: str) -> EfficientAd:
    made = EfficientAd(size, input_of(256), reference=True).eval()
    for part in ("teacher", "student", "autoencoder"):
        source().fill(getattr(made, part), f"{part}.", GAIN)
    made.teacher_mean.copy_(tensor(f"{LONG[size]}_teacher_mean"))
    made.teacher_std.copy_(tensor(f"{LONG[size]}_teacher_std"))
    made.quantiles.copy_(tensor(f"{LONG[size]}_quantiles"))
    return made


def assert_equal(found: Tensor, wanted: Tensor, tolerance: float = 1e-4) -> None:
    assert found.shape == wanted.shape
    largest = float(wanted.abs().max())
    assert float((found - wanted).abs().max()) <= tolerance * max(largest, 1e-12)
