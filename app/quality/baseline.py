"""What a recipe's figures look like while the machine is right: the measure of all drift."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

FIGURES = ("score", "brightness", "sharpness", "shift_x", "shift_y", "colour_a", "colour_b")
"""Columns of a record that are watched: the score of OK parts, the optics of all parts."""

LEAST_PARTS = 200
"""A baseline of fewer parts promises nothing."""

FORMAT = 1

# Normal scores at which the distribution of a figure is kept; beyond them values are cut.
_SCORES: Floats = np.linspace(-3.0, 3.0, 49)

# How far beyond the outermost values a score goes on, spreads.
_FAR = 9.0

# Where mean and spread cut: at the normal scores -2.25 and 2.25, 1.2 % on either side.
_CUT = np.array([6, 42])

# Differences that cannot matter: (absolute, relative to the median)
_GRAIN = {
    "score": (1e-9, 1e-3),
    "brightness": (0.2, 0.0),
    "sharpness": (1e-6, 5e-3),
    "shift_x": (0.1, 0.0),
    "shift_y": (0.1, 0.0),
    "colour_a": (0.1, 0.0),
    "colour_b": (0.1, 0.0),
}


@dataclass(frozen=True, slots=True)
class FigureBaseline:
    """The distribution of one figure.

    Attributes:
        parts: Measurements behind it.
        mean: Mean, the outermost 1.2 % on either side cut; unit of the figure.
        spread: Standard deviation of the same values, same unit.
        quantiles: (49,) rising values at the normal scores -3 to 3, same unit.
        offset: Mean of the measurements' own normal scores.
        scale: Their standard deviation.
        autocorrelation: Of neighbouring parts, 0 to 0.9.
    """

    parts: int
    mean: float
    spread: float
    quantiles: tuple[float, ...]
    offset: float
    scale: float
    autocorrelation: float

    def normal_scores(self, values: Floats) -> Floats:
        """Return how far out values are, whatever the distribution: mean 0, spread 1 in control.

        A value is given the normal score of its place among the baseline's values, so that
        charts work alike for skewed figures; far values are cut at about 3, so that a single
        odd picture moves no chart. (Van der Waerden scores; control charts for ranks as in
        Hackl and Ledolter, 1991, Journal of Quality Technology 23(2), 117-124.)
        """
        placed = np.interp(values, self.quantiles, _SCORES)
        return np.asarray((placed - self.offset) / self.scale, np.float64)

    def far_scores(self, values: Floats) -> Floats:
        """Return the same, going on evenly beyond the baseline's values, cut at about 12."""
        low, high = self.quantiles[0], self.quantiles[-1]
        beyond = np.maximum(values - high, 0.0) + np.minimum(values - low, 0.0)
        further = np.clip(beyond / self.spread, -_FAR, _FAR) / self.scale
        return np.asarray(self.normal_scores(values) + further, np.float64)

    def value_at(self, score: Floats) -> Floats:
        """Return the value, unit of the figure, that has a score of `far_scores`."""
        placed = np.asarray(score) * self.scale + self.offset
        inside = np.interp(placed, _SCORES, self.quantiles)
        beyond = np.maximum(placed - _SCORES[-1], 0.0) + np.minimum(placed - _SCORES[0], 0.0)
        return np.asarray(inside + beyond * self.spread, np.float64)


@dataclass(frozen=True, slots=True)
class Baseline:
    """All figures of a recipe with a checkpoint.

    Attributes:
        recipe: Name of the recipe.
        checkpoint_sha256: The checkpoint that gave the scores.
        region_of_interest: (x, y, width, height) that was looked at; None for the whole frame.
        first: Time of the first part, epoch seconds.
        last: Time of the last part, epoch seconds.
        figures: Those that were measured, by name of `FIGURES`.
        by: Who chose it; "" where the first parts were taken.
        score_below: Scores below this count, whatever the verdict: limits may move, and what
            is compared must not move with them. None: the scores of OK parts count.
    """

    recipe: str
    checkpoint_sha256: str
    region_of_interest: tuple[int, int, int, int] | None
    first: float
    last: float
    figures: Mapping[str, FigureBaseline]
    by: str = ""
    score_below: float | None = None

    @property
    def parts(self) -> int:
        """The largest number of measurements behind a figure."""
        return max((figure.parts for figure in self.figures.values()), default=0)

    def to_json(self) -> str:
        """Return the document that is stored."""
        return json.dumps({"format": FORMAT, **asdict(self)}, allow_nan=False)


def from_json(document: str) -> Baseline:
    """Return a stored baseline.

    Raises:
        ValueError: It is damaged or of a newer program.
    """
    try:
        found: dict[str, Any] = json.loads(document)
        if found.pop("format") != FORMAT:
            raise ValueError("a baseline of a newer program")
        region = found.pop("region_of_interest")
        figures = {
            name: FigureBaseline(**{**one, "quantiles": tuple(one["quantiles"])})
            for name, one in found.pop("figures").items()
            if name in FIGURES
        }
        box = None if region is None else (region[0], region[1], region[2], region[3])
        return Baseline(**found, region_of_interest=box, figures=figures)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not a baseline: {error!r}") from error


def figure_baseline(name: str, values: Floats) -> FigureBaseline | None:
    """Return the distribution of a figure; None if too few were measured.

    Args:
        name: One of `FIGURES`.
        values: (N,) in the order of the parts; NaN where it was not measured.
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if len(known) < LEAST_PARTS:
        return None
    absolute, relative = _GRAIN[name]
    grain = max(absolute, relative * abs(float(np.median(known))))
    raw = np.quantile(known, ndtr(_SCORES), method="median_unbiased")
    # Equal values would have no place of their own.
    quantiles = raw + grain * _SCORES
    placed = np.interp(known, quantiles, _SCORES)
    offset, scale = float(placed.mean()), max(0.3, float(placed.std(ddof=1)))
    standard = (placed - offset) / scale
    power = float(standard @ standard)
    lag = float(standard[:-1] @ standard[1:]) / power if power > 0 else 0.0
    cut = np.clip(known, *quantiles[_CUT])
    return FigureBaseline(
        parts=len(known),
        mean=float(cut.mean()),
        spread=max(grain, float(cut.std(ddof=1))),
        quantiles=tuple(float(value) for value in quantiles),
        offset=offset,
        scale=scale,
        # the estimate is too low by about (1 + 3 phi) / N (Kendall, 1954)
        autocorrelation=min(0.9, max(0.0, lag + (1 + 3 * lag) / len(known))),
    )


def make_baseline(
    columns: Mapping[str, Floats],
    recipe: str,
    checkpoint_sha256: str,
    region_of_interest: tuple[int, int, int, int] | None,
    by: str = "",
    score_below: float | None = None,
) -> Baseline | None:
    """Return the baseline of parts in order; None if too few parts have been measured.

    Args:
        columns: (N,) each: "taken_utc" (epoch seconds) and the figures, NaN where a part has
            none. The score must be NaN where it does not count.
        recipe: Name of the recipe.
        checkpoint_sha256: Checkpoint of all these parts.
        region_of_interest: Region of all these parts.
        by: Who chose them.
        score_below: Which scores count, see `Baseline`.
    """
    found = {
        name: figure
        for name in FIGURES
        if name in columns and (figure := figure_baseline(name, columns[name])) is not None
    }
    taken = columns["taken_utc"]
    if not found or not len(taken):
        return None
    first, last = float(np.nanmin(taken)), float(np.nanmax(taken))
    if not (math.isfinite(first) and math.isfinite(last)):
        return None
    return Baseline(
        recipe, checkpoint_sha256, region_of_interest, first, last, found, by, score_below
    )
