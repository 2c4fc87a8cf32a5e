from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quality.baseline import (
    FIGURES,
    LEAST_PARTS,
    Baseline,
    FigureBaseline,
    figure_baseline,
    from_json,
    make_baseline,
)


def figure(values: np.ndarray, name: str = "brightness") -> FigureBaseline:
    found = figure_baseline(name, values)
    assert found is not None
    return found


def a_baseline(parts: int = 300, seed: int = 1) -> Baseline:
    rng = np.random.default_rng(seed)
    columns = {name: rng.normal(50, 4, parts) for name in FIGURES}
    columns["taken_utc"] = np.arange(parts, dtype=np.float64)
    found = make_baseline(columns, "bolt", "a" * 64, (1, 2, 3, 4), "kim")
    assert found is not None
    return found


def test_mean_and_spread_are_those_of_the_parts() -> None:
    found = figure(np.random.default_rng(2).normal(90, 5, 5000))
    assert found.parts == 5000
    assert found.mean == pytest.approx(90, abs=0.3)
    assert found.spread == pytest.approx(5, rel=0.05)
    assert found.autocorrelation < 0.05


@pytest.mark.parametrize("kind", ["normal", "exponential", "uniform", "rounded"])
def test_normal_scores_are_normal_whatever_the_figure(kind: str) -> None:
    rng = np.random.default_rng(3)
    draws = {
        "normal": rng.normal(0, 9, 8000),
        "exponential": rng.exponential(9, 8000),
        "uniform": rng.uniform(0, 9, 8000),
        "rounded": np.round(rng.normal(0, 2, 8000)),
    }[kind]
    found = figure(draws[:4000])
    scores = found.normal_scores(draws[4000:])
    assert scores.mean() == pytest.approx(0, abs=0.06)
    assert scores.std() == pytest.approx(1, abs=0.06)
    assert np.abs(scores).max() < 4


def test_a_picture_that_is_always_the_same_is_no_reason_to_divide_by_zero() -> None:
    found = figure(np.full(500, 80.0))
    assert found.normal_scores(np.array([80.0]))[0] == pytest.approx(0)
    up, down = found.normal_scores(np.array([82.0, 78.0]))
    assert up == pytest.approx(-down)
    assert up > 3


def test_neighbours_that_are_alike_are_noticed() -> None:
    rng = np.random.default_rng(5)
    series = [0.0]
    for noise in rng.standard_normal(4000):
        series.append(0.6 * series[-1] + noise)
    assert figure(np.array(series)).autocorrelation == pytest.approx(0.6, abs=0.05)


def test_one_mad_value_changes_little() -> None:
    values = np.random.default_rng(6).normal(90, 5, 400)
    plain, mad = figure(values), figure(np.append(values, 1e9))
    assert mad.spread == pytest.approx(plain.spread, rel=0.2)
    assert mad.value_at(np.array([0.0]))[0] == pytest.approx(90, abs=1)


def test_too_few_parts_are_no_baseline() -> None:
    values = np.full(LEAST_PARTS, np.nan)
    values[: LEAST_PARTS - 1] = 1.0
    assert figure_baseline("score", values) is None
    columns = {"score": values, "taken_utc": np.arange(LEAST_PARTS, dtype=np.float64)}
    assert make_baseline(columns, "bolt", "a" * 64, None) is None
    columns = {"score": np.empty(0), "taken_utc": np.empty(0)}
    assert make_baseline(columns, "bolt", "a" * 64, None) is None


def test_figures_that_were_not_measured_are_left_out() -> None:
    columns = {name: np.full(300, np.nan) for name in FIGURES}
    columns["score"] = np.random.default_rng(7).normal(size=300)
    columns["taken_utc"] = 1000 + np.arange(300, dtype=np.float64)
    found = make_baseline(columns, "bolt", "a" * 64, None)
    assert found is not None
    assert list(found.figures) == ["score"]
    assert (found.parts, found.first, found.last, found.by) == (300, 1000, 1299, "")


def test_documents_come_back_unchanged() -> None:
    found = a_baseline()
    assert from_json(found.to_json()) == found


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "figures": {"score": {}}}']
)
def test_damaged_documents_are_refused(document: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(document)


def test_figures_of_a_later_program_are_passed_over() -> None:
    document = json.loads(a_baseline().to_json())
    document["figures"]["humidity"] = document["figures"]["score"]
    assert set(from_json(json.dumps(document)).figures) == set(FIGURES)


@settings(deadline=None, max_examples=30)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=LEAST_PARTS, max_size=LEAST_PARTS + 40),
    name=st.sampled_from(FIGURES),
)
def test_scores_rise_with_the_values_and_lead_back(values: list[float], name: str) -> None:
    found = figure(np.array(values), name)
    assert (np.diff(found.quantiles) >= 0).all()
    scores = found.normal_scores(np.sort(values))
    assert np.isfinite(scores).all()
    assert (np.diff(scores) >= 0).all()
    inside = np.linspace(found.quantiles[0], found.quantiles[-1], 7)
    back = found.value_at(found.normal_scores(inside))
    assert back == pytest.approx(inside, abs=1e-6 * (1 + np.abs(values).max()))
