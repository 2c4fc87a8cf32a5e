"""Sentences of the suggestion: right numbers, and every doubt is told."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from app.quality.promise import doubts, escape_text, per_thousand, percent, promise_text
from app.quality.record_sample import Edition, sample_of_records
from app.quality.score_sample import ScoreSample, sample_of_lists
from app.quality.tolerance import false_call_limit
from app.quality.working_point import working_point
from tests.app.quality.parts import Line, columns


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"), (0.01, "1 %"), (0.0075, "0.75 %"), (0.00012, "0.012 %"), (0.123, "12.3 %"),
        (1.0, "100 %"), (0.1, "10 %"), (math.nan, "-"),
    ],
)  # fmt: skip
def test_shares_in_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0"), (0.0026, "2.6"), (0.00017, "0.17"), (0.4789, "479"), (0.01, "10"),
        (math.nan, "-"),
    ],
)  # fmt: skip
def test_shares_of_a_thousand(share: float, text: str) -> None:
    assert per_thousand(share) == text


def test_the_promise_says_all_its_numbers() -> None:
    text = promise_text(false_call_limit(np.arange(2000.0), 0.01, 0.95))
    for part in ("1 %", "95 %", "12 of 2,000", "1987"):
        assert part in text


def test_escapes_are_told_or_said_to_be_unknown() -> None:
    known = working_point(sample_of_lists([0.0], np.arange(60.0)), 0.0)
    assert "At most 4.87 %" in escape_text(known)
    assert "60 reviewed" in escape_text(known)
    nothing = working_point(sample_of_lists([0.0], []), 0.0)
    assert "No defective part" in escape_text(nothing)


def _sample() -> ScoreSample:
    return sample_of_records(columns(Line()), {1: Edition(0.2)})


def test_a_clean_sample_raises_no_doubt() -> None:
    assert doubts(_sample()) == ()
    assert doubts(replace(_sample(), flagged_open=3, drawn_open=3)) == ()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"limits_moved": True}, "limits moved"),
        ({"flagged_open": 500}, "500 flagged parts"),
        ({"drawn_open": 300}, "300 drawn OK parts"),
        ({"found_otherwise": 2}, "2 defective parts were found"),
        ({"seen_once": 4}, "stands for 5 parts"),
    ],
)
def test_each_doubt_is_told(changes: dict[str, object], part: str) -> None:
    (text,) = doubts(replace(_sample(), **changes))  # type: ignore[arg-type]
    assert part in text
