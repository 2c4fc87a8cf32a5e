from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quality.baseline import FIGURES, FigureBaseline, figure_baseline
from app.quality.drift import FALSE_ALARMS, Alarm, Drift, drift_chart, ewma_of
from tests.app.quality.test_baseline import a_baseline


def figure(values: np.ndarray, name: str = "brightness") -> FigureBaseline:
    found = figure_baseline(name, values)
    assert found is not None
    return found


def alternating(rng: np.random.Generator, kind: str, count: int) -> np.ndarray:
    if kind == "normal":
        return rng.normal(100, 3, count)
    if kind == "skewed":
        return 100 * rng.exponential(1.0, count)
    noise = rng.normal(0, 3, count + 1)
    return 100 + noise[1:] + 0.9 * noise[:-1]  # neighbours alike, autocorrelation 0.5


@pytest.mark.parametrize("kind", ["normal", "skewed", "alike"])
@pytest.mark.parametrize("parts", [200, 1000])
def test_a_flat_run_gives_at_most_one_false_alarm_in_10_000_parts(kind: str, parts: int) -> None:
    """On average over baselines and runs, all seven charts together."""
    rng = np.random.default_rng(20)
    alarms, runs, length = 0, 150, 10_000
    taken = np.arange(length, dtype=np.float64)
    for _ in range(runs):
        values = alternating(rng, kind, parts + length)
        chart = drift_chart("brightness", figure(values[:parts]), values[parts:], taken)
        alarms += len(chart.alarms)
    assert alarms * len(FIGURES) / (runs * length) <= FALSE_ALARMS


def test_a_jump_is_called_at_once_and_half_a_spread_within_three_hundred_parts() -> None:
    rng = np.random.default_rng(21)
    base = figure(rng.normal(100, 3, 1000))
    for shift, parts in ((12.0, 12), (-12.0, 12), (3.0, 60), (1.5, 300)):
        values = np.concatenate((rng.normal(100, 3, 500), rng.normal(100 + shift, 3, 1000)))
        chart = drift_chart("brightness", base, values, np.arange(1500, dtype=np.float64))
        (alarm,) = chart.alarms
        assert 500 <= alarm.at < 500 + parts
        assert alarm.direction == ("up" if shift > 0 else "down")
        assert abs(alarm.since - 500) < 200
        assert alarm.low < alarm.baseline < alarm.high
        assert not alarm.low <= alarm.value <= alarm.high
        assert chart.ends == (1500,)


def test_an_alarm_ends_and_may_come_again() -> None:
    rng = np.random.default_rng(22)
    base = figure(rng.normal(100, 3, 1000))
    shift = np.repeat([0.0, 9.0, 0.0, -9.0], 600)
    chart = drift_chart(
        "brightness", base, rng.normal(100, 3, 2400) + shift, np.arange(2400, dtype=np.float64)
    )
    assert [alarm.direction for alarm in chart.alarms] == ["up", "down"]
    assert 1200 < chart.ends[0] < 1500
    assert chart.ends[1] == 2400


def test_one_odd_picture_is_no_alarm() -> None:
    rng = np.random.default_rng(23)
    base = figure(rng.normal(100, 3, 300))
    values = rng.normal(100, 3, 300)
    values[150] = 1e12
    assert drift_chart("brightness", base, values, np.arange(300.0)).alarms == ()


def test_what_was_not_measured_is_passed_over() -> None:
    rng = np.random.default_rng(24)
    base = figure(rng.normal(100, 3, 300))
    values = rng.normal(100, 3, 300)
    values[::3] = np.nan
    chart = drift_chart("brightness", base, values, np.arange(300.0))
    assert chart.index.tolist() == [i for i in range(300) if i % 3]
    assert np.isfinite(chart.levels).all()
    empty = drift_chart("brightness", base, np.full(5, np.nan), np.arange(5.0))
    assert (empty.levels.size, empty.alarms) == (0, ())


def test_neighbours_that_are_alike_widen_the_limits() -> None:
    rng = np.random.default_rng(25)
    assert ewma_of(figure(alternating(rng, "alike", 1000))).width > 1.3 * (
        ewma_of(figure(alternating(rng, "normal", 1000))).width
    )


def facts(alarms: list[Alarm]) -> list[tuple[float, str, str, float]]:
    return sorted((one.at, one.figure, one.direction, one.since) for one in alarms)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), drifting=st.sampled_from(FIGURES))
def test_part_by_part_and_all_at_once_agree(seed: int, drifting: str) -> None:
    baseline = a_baseline()
    rng = np.random.default_rng(seed)
    values = {name: rng.normal(50, 4, 600) for name in FIGURES}
    values[drifting] += np.concatenate((np.linspace(0, 12, 300), np.zeros(300)))
    values["score"][rng.random(600) < 0.1] = np.nan
    drift, begun = Drift(baseline), []
    for part in range(600):
        figures = {name: float(column[part]) for name, column in values.items()}
        begun += drift.add(figures, float(part))
    charts = [
        drift_chart(name, baseline.figures[name], values[name], np.arange(600.0))
        for name in FIGURES
    ]
    expected = [alarm for chart in charts for alarm in chart.alarms]
    assert facts(begun) == facts(expected)
    levels = [sorted(alarm.value for alarm in some) for some in (begun, expected)]
    assert levels[0] == pytest.approx(levels[1])
    assert drifting in {alarm.figure for alarm in begun}
    standing = {c.figure for c in charts if c.ends and c.ends[-1] == len(c.levels)}
    assert {alarm.figure for alarm in drift.alarms} == standing
