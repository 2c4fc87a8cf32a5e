from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.calibration import Sighting, calibrate, of_predictions, upper_limit
from model.types import Prediction, PredictionTimes


def sightings(scores: np.ndarray) -> list[Sighting]:
    return [Sighting(float(s), float(s) + 0.1, float(s) + 0.5) for s in scores]


@pytest.mark.parametrize("count", [5, 10, 30, 100, 200])
def test_about_one_new_normal_in_fifty_exceeds_the_limit(count: int) -> None:
    rng = np.random.default_rng(count)
    rates = []
    for _ in range(400):
        limit = upper_limit(rng.normal(3, 0.5, count))
        rates.append((rng.normal(3, 0.5, 200) >= limit).mean())
    assert 0.008 < np.mean(rates) < 0.03


def test_skewed_scores_stay_within_a_few_false_calls() -> None:
    rng = np.random.default_rng(6)
    rates = []
    for _ in range(300):
        limit = upper_limit(rng.gamma(4, 1, 20))
        rates.append((rng.gamma(4, 1, 200) >= limit).mean())
    assert np.mean(rates) < 0.045


def test_one_defective_image_among_the_normal_ones_does_not_open_the_limit() -> None:
    rng = np.random.default_rng(8)
    clean = rng.normal(1, 0.1, 20)
    assert upper_limit(np.append(clean, 50.0)) < upper_limit(clean) + 0.5


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60))
def test_limits_can_always_be_used(scores: list[float]) -> None:
    calibration = calibrate(sightings(np.array(scores)))
    assert calibration.is_usable
    assert calibration.n_normal == len(scores)
    assert calibration.limit >= np.median(scores)


def test_few_images_get_a_wider_limit() -> None:
    spread = np.array([-1.0, 1.0])
    limits = [upper_limit(np.tile(spread, n)) for n in (1, 2, 5, 50)]
    assert limits == sorted(limits, reverse=True)
    assert np.isfinite(upper_limit([4.0]))


def test_defective_images_put_the_limit_midway() -> None:
    calibration = calibrate(sightings(np.array([1.0, 1.2, 1.4])), [3.4, 5.0], "tried")
    assert calibration.limit == pytest.approx(2.4)
    assert (calibration.n_normal, calibration.n_defective) == (3, 2)
    assert calibration.method == "tried; limit of the best F1"


def test_predictions_are_summarised_by_high_quantiles() -> None:
    ramp = np.linspace(0, 1, 10001, dtype=np.float32).reshape(1, -1)
    prediction = Prediction(0.7, ramp, PredictionTimes(0, 0, 0))
    calibration = of_predictions([prediction] * 3)
    assert calibration.typical == pytest.approx(0.7)
    assert calibration.map_typical == pytest.approx(0.99, abs=1e-3)
    assert calibration.map_limit == pytest.approx(0.9999, abs=1e-3)


def test_no_normal_image_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one normal"):
        calibrate([])
