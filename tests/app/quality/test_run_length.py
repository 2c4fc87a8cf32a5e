from __future__ import annotations

import math

import pytest

from app.quality.run_length import average_run_length, ewma_limit


# Lucas and Saccucci (1990), Table 1: weight and width with a run length of 500 in control, and
# the run lengths after a shift of 0.5, 1 and 2 standard deviations.
@pytest.mark.parametrize(
    ("weight", "width", "lengths"),
    [
        (0.25, 2.998, (500, 48.2, 11.1, 3.6)),
        (0.10, 2.814, (500, 31.3, 10.3, 4.4)),
        (0.03, 2.437, (500, 29.2, 12.6, 6.0)),
    ],
)
def test_run_lengths_of_the_literature(
    weight: float, width: float, lengths: tuple[float, ...]
) -> None:
    limit = width * math.sqrt(weight / (2 - weight))
    found = [average_run_length(weight, limit, shift) for shift in (0, 0.5, 1, 2)]
    assert found == pytest.approx(lengths, rel=0.02)


def test_a_known_target_gives_the_wanted_rate() -> None:
    limit = ewma_limit(0.1, 0, 1 / 500)
    assert limit == pytest.approx(2.814 * math.sqrt(0.1 / 1.9), rel=0.002)


def test_a_small_baseline_widens_the_limit() -> None:
    limits = [ewma_limit(0.02, parts, 1e-5) for parts in (200, 1000, 10_000, 0)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] > 1.1 * limits[-1]
