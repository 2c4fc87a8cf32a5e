"""What pixel figures need of each picture, small enough to draw pictures a thousand times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.atomic import whole_file
from model.comparison.resampling import Bools, Counts, Floats
from model.metrics import aupro, pixel_auroc
from model.region_overlap import counted, overlap_area, thresholds_of
from model.types import FloatMap

_BINS = 2048
_SAMPLED = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class PixelCounts:
    """Counts of the pictures whose defects are known by place, P of them.

    Attributes:
        numbers: (P,) which pictures of the test they are.
        good: (P, K) good pixels in each bin of map values, low to high.
        bad: (P, K) defective pixels in each bin.
        false: (P, T) good pixels above each threshold of AUPRO.
        background: (P,) good pixels.
        covered: (P, T) covered fractions added up over the picture's defects.
        regions: (P,) defects.
        pixel_auroc: Exactly, on all pictures; NaN where it is not defined.
        aupro: Likewise.
    """

    numbers: Counts
    good: Counts
    bad: Counts
    false: Counts
    background: Counts
    covered: Floats
    regions: Counts
    pixel_auroc: float
    aupro: float

    def save(self, path: Path) -> None:
        """Write the counts, whole or not at all.

        Raises:
            OSError: They cannot be written.
        """
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        with whole_file(path) as part, part.open("wb") as stream:
            np.savez_compressed(stream, **arrays)

    @classmethod
    def load(cls, path: Path) -> PixelCounts:
        """Read what `save` wrote.

        Raises:
            OSError: The file cannot be read.
            KeyError: It is another file.
            ValueError: It is damaged.
        """
        # its own stream, which numpy leaves open where the file is damaged
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            arrays: dict[str, Any] = {name: found[name] for name in cls.__dataclass_fields__}
        for name in ("pixel_auroc", "aupro"):
            arrays[name] = float(arrays[name])
        return cls(**arrays)


def counted_pixels(masks: Sequence[Bools | None], maps: Sequence[FloatMap]) -> PixelCounts | None:
    """Return the counts of the pictures that have a mask; None where none shows a defect.

    Args:
        masks: (S, S) each, True where defective; None where the place is not known.
        maps: (S, S) each, higher is more anomalous.
    """
    numbers = [i for i, mask in enumerate(masks) if mask is not None]
    known = [mask for mask in masks if mask is not None]
    seen = [maps[i] for i in numbers]
    if not any(mask.any() for mask in known):
        return None
    edges = _edges(seen)
    pairs = list(zip(known, seen, strict=True))
    thresholds = thresholds_of(seen)
    parts = [counted(mask, values, thresholds) for mask, values in pairs]
    return PixelCounts(
        np.array(numbers, np.int64),
        np.stack([_histogram(values[~mask], edges) for mask, values in pairs]),
        np.stack([_histogram(values[mask], edges) for mask, values in pairs]),
        np.stack([one.false for one in parts]),
        np.array([one.background for one in parts], np.int64),
        np.stack([one.covered for one in parts]),
        np.array([one.regions for one in parts], np.int64),
        pixel_auroc(known, seen),
        aupro(known, seen),
    )


def pixel_aurocs(pixels: PixelCounts, counts: Counts) -> Floats:
    """Return (b,) areas under the ROC curve of all pixels; those of one bin count as equal.

    Args:
        pixels: Of the test.
        counts: (b, n) of `draws`, over all pictures of the test.
    """
    drawn = counts[:, pixels.numbers].astype(np.float64)
    # (b, P) @ (P, K) -> (b, K), higher bins first
    good = (drawn @ pixels.good)[:, ::-1]
    bad = (drawn @ pixels.bad)[:, ::-1]
    middle = np.cumsum(bad, axis=1) - bad / 2
    total = good.sum(axis=1) * bad.sum(axis=1)
    area = (good * middle).sum(axis=1)
    shares = np.divide(area, total, out=np.full_like(area, np.nan), where=total > 0)
    return np.asarray(shares, np.float64)


def aupros(pixels: PixelCounts, counts: Counts) -> Floats:
    """Return (b,) AUPRO; arguments as those of `pixel_aurocs`."""
    drawn = counts[:, pixels.numbers].astype(np.float64)
    false, background = drawn @ pixels.false, drawn @ pixels.background
    covered, regions = drawn @ pixels.covered, drawn @ pixels.regions
    found = np.full(len(drawn), np.nan)
    for row in np.flatnonzero((background > 0) & (regions > 0)):
        found[row] = overlap_area(false[row] / background[row], covered[row] / regions[row])
    return found


def _edges(maps: Sequence[FloatMap]) -> Floats:
    """Return (K - 1,) inner edges of bins that hold about as many pixels each."""
    step = max(1, sum(one.size for one in maps) // _SAMPLED)
    values = np.concatenate([one.ravel()[::step] for one in maps])
    shares = np.linspace(0, 1, _BINS + 1)[1:-1]
    return np.unique(np.quantile(values, shares)).astype(np.float64)


def _histogram(values: FloatMap, edges: Floats) -> Counts:
    """Return (K,) counts; numpy's own is slow for uneven bins."""
    bins = np.searchsorted(edges, values, "right")
    return np.bincount(bins, minlength=edges.size + 1).astype(np.int32)
