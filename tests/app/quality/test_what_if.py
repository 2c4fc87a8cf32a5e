"""What-if says the same as the one place that decides."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.verdict import Limits, Verdict, decide
from app.quality.what_if import what_if

scores = st.one_of(st.none(), st.floats(-5, 5), st.sampled_from([0.0, 1.0, 2.0]))
judged = st.lists(st.tuples(scores, st.sampled_from(list(Verdict))), max_size=30)


def _columns(parts: list[tuple[float | None, Verdict]]) -> dict[str, np.ndarray]:
    return {
        "score": np.array([math.nan if score is None else score for score, _ in parts]),
        "verdict": np.array([verdict.value for _, verdict in parts], object),
        "part": np.array([None] * len(parts), object),
    }


@given(judged, st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([None, 0.0, 0.5]))
def test_it_decides_like_the_pipeline(
    parts: list[tuple[float | None, Verdict]], limit: float, width: float | None
) -> None:
    review = None if width is None else limit - width
    found = what_if(_columns(parts), limit, review)
    expected: dict[tuple[Verdict, Verdict], list[int]] = {}
    for place, (score, before) in enumerate(parts):
        if before is Verdict.ERROR or score is None:
            continue
        after = decide(score, Limits(limit, review, 1.0, 0.0)).verdict
        if after is not before:
            expected.setdefault((before, after), []).append(place)
    assert {(c.before, c.after): c.places.tolist() for c in found.changes} == expected
    assert found.judged + found.errors == len(parts)


@given(judged, st.floats(-5, 5))
def test_an_error_stays_an_error(parts: list[tuple[float | None, Verdict]], limit: float) -> None:
    errors = {place for place, (_, verdict) in enumerate(parts) if verdict is Verdict.ERROR}
    touched = {place for c in what_if(_columns(parts), limit).changes for place in c.places}
    assert not errors & touched


def test_it_says_what_people_called_the_parts() -> None:
    columns = {
        "score": np.array([1.5, 1.5, 1.5, 0.0]),
        "verdict": np.array(["NG"] * 3 + ["OK"], object),
        "part": np.array(["good", "defective", None, None], object),
    }
    (change,) = what_if(columns, 2.0).changes
    assert (change.before, change.after, change.count) == (Verdict.NG, Verdict.OK, 3)
    assert (change.good, change.defective) == (1, 1)


@pytest.mark.parametrize("limits", [(1.0, 2.0), (math.nan, None), (math.inf, None)])
def test_impossible_limits_are_refused(limits: tuple[float, float | None]) -> None:
    with pytest.raises(ValueError, match="limits"):
        what_if(_columns([]), *limits)
