"""Slow ramps of light, focus and position on the demo line: the alarm comes in time.

The pictures are those of the demo line, small, and their optics are measured. The scores are
drawn from what the demo checkpoint gave on the same line (tests/rigs/demo_ramps.py): mean and
spread at each level of a fault, measured once.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.camera.simulated import SimulatedLine
from app.inspection.optics import measure
from app.quality.baseline import FIGURES, Baseline, make_baseline
from app.quality.drift import Alarm, Drift
from tests.rigs.demo_ramps import with_fault

SCALE = 0.25
SIZE = (320, 256)
REGION = (50, 18, 220, 220)
BASELINE_PARTS, RAMP_PARTS = 300, 600
TABLE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "demo_ramps.json").read_text(encoding="utf-8")
)


@cache
def line() -> SimulatedLine:
    found = SimulatedLine(seed=32, size=SIZE, defects=0)
    found.open()
    return found


class Scores:
    """Scores of good parts at a level of a fault, drawn from the measured table."""

    def __init__(self, fault: str) -> None:
        rows = TABLE["faults"][fault]
        order = np.argsort([row["level"] for row in rows])
        self._levels, self._change, self._width = (
            np.array([rows[i][name] for i in order]) for name in ("level", "change", "width")
        )
        self.start = float(rows[0]["level"])
        self.end = float(rows[-1]["level"])

    def draw(self, rng: np.random.Generator, level: float, count: int = 1) -> np.ndarray:
        known = np.array(TABLE["scores"])
        base = np.interp(rng.random(count), np.linspace(0, 1, len(known)), known)
        change = np.interp(level, self._levels, self._change)
        width = np.interp(level, self._levels, self._width)
        return np.asarray(known.mean() + change + width * (base - known.mean()))

    def false_calls(self, level: float) -> float:
        scores = self.draw(np.random.default_rng(1), level, 40_000)
        return float((scores >= TABLE["limit"]).mean())

    def doubled_at(self) -> float:
        """The level at which false calls are twice as many as without the fault."""
        before = self.false_calls(self.start)
        levels = np.linspace(self.start, self.end, 200)
        return float(next(one for one in levels if self.false_calls(one) >= 2 * before))


def part(number: int, fault: str, level: float, score: float) -> dict[str, float]:
    x, y, width, height = REGION
    image = with_fault(line().picture(number)[0], fault, level, SCALE)
    seen = measure(np.ascontiguousarray(image[y : y + height, x : x + width]))
    figures = {name: float(getattr(seen, name)) for name in FIGURES[1:]}
    # What is called NG is not on the chart of the OK parts.
    return figures | ({"score": score} if score < TABLE["limit"] else {})


@cache
def baseline() -> Baseline:
    rng = np.random.default_rng(5)
    scores = Scores("dark").draw(rng, 1.0, BASELINE_PARTS)
    parts = [part(n, "none", 0.0, float(scores[n])) for n in range(BASELINE_PARTS)]
    columns = {name: np.array([one.get(name, np.nan) for one in parts]) for name in FIGURES}
    columns["taken_utc"] = np.arange(BASELINE_PARTS, dtype=np.float64)
    found = make_baseline(columns, "demo", "d" * 64, REGION)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("fault", "figure", "direction"),
    [
        ("dark", "brightness", "down"),
        ("bright", "brightness", "up"),
        ("blur", "sharpness", "down"),
        ("shift", "shift_x", "up"),
    ],
)
def test_the_alarm_comes_before_false_calls_double(fault: str, figure: str, direction: str) -> None:
    scores = Scores(fault)
    doubled = scores.doubled_at()
    rng = np.random.default_rng(6)
    drift, alarms = Drift(baseline()), list[Alarm]()
    for step in range(RAMP_PARTS):
        level = scores.start + (doubled - scores.start) * step / RAMP_PARTS
        score = float(scores.draw(rng, level)[0])
        alarms += drift.add(part(1000 + step, fault, level, score), float(step))
    told = next(alarm for alarm in alarms if alarm.figure == figure)
    assert told.direction == direction
    # well before: at two thirds of the way to twice as many false calls, at the latest
    assert told.at < RAMP_PARTS * 2 / 3
    reached = scores.start + (doubled - scores.start) * told.at / RAMP_PARTS
    assert scores.false_calls(reached) < 1.7 * scores.false_calls(scores.start)


def test_the_demo_line_without_a_fault_gives_no_alarm() -> None:
    rng = np.random.default_rng(7)
    drift = Drift(baseline())
    scores = Scores("dark").draw(rng, 1.0, RAMP_PARTS)
    for number in range(RAMP_PARTS):
        figures = part(3000 + number, "none", 0.0, float(scores[number]))
        assert drift.add(figures, float(number)) == []
