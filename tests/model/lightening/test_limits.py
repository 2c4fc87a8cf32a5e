from __future__ import annotations

import math

import numpy as np
import pytest

from model.lightening.limits import moved
from model.types import Calibration, Prediction, PredictionTimes

LIMITS = Calibration(1.0, 2.0, 0.5, 1.5, 10, 0, "made up")


def said(score: float, level: float) -> Prediction:
    return Prediction(score, np.full((4, 4), level, np.float32), PredictionTimes(0, 0, 0))


def test_limits_move_with_the_values() -> None:
    before = [said(1.0 + n / 10, 0.5) for n in range(5)]
    after = [said(one.score + 0.25, 0.4) for one in before]
    found = moved(LIMITS, before, after)
    limits = found.calibration
    assert (limits.typical, limits.limit) == pytest.approx((1.25, 2.25))
    assert (limits.map_typical, limits.map_limit) == pytest.approx((0.4, 1.4))
    assert limits.is_usable
    assert "moved by +0.25" in limits.method
    assert "+0.25 (image) and -0.1 (map), the median change on 5 pictures" in found.to_text()


def test_one_defective_picture_moves_nothing() -> None:
    before = [said(1.0, 0.5)] * 5
    after = [said(1.0, 0.5)] * 4 + [said(9.0, 9.0)]
    assert moved(LIMITS, before, after).calibration.limit == LIMITS.limit


def test_without_limits_there_are_none_afterwards() -> None:
    found = moved(Calibration(), [said(1, 1)], [said(2, 2)])
    assert not found.calibration.is_usable
    assert math.isnan(found.calibration.limit)


@pytest.mark.parametrize("after", [[], [said(1, 1)] * 2, [said(math.nan, 1)]])
def test_what_cannot_be_compared_is_refused(after: list[Prediction]) -> None:
    with pytest.raises(ValueError, match=r"compared|finite"):
        moved(LIMITS, [said(1, 1)], after)
