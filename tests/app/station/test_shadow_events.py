"""Disagreements as events and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.verdict import Verdict
from app.station.shadow_events import disagreement_event, disagreement_of, ended_event
from app.station.shadow_status import Disagreement, ShadowState, ShadowStatus

verdicts = st.sampled_from(list(Verdict))
scores = st.none() | st.floats(allow_nan=False, allow_infinity=False)
FOUND = Disagreement(
    "0190", datetime(2026, 1, 2, tzinfo=UTC), Verdict.NG, 0.5, Verdict.OK, 0.1,
    "a", "old", "1" * 64, "new", "2" * 64,
)  # fmt: skip


@given(verdicts, scores, verdicts, scores, st.datetimes(timezones=st.just(UTC)), st.text())
def test_a_disagreement_survives_the_store(
    verdict: Verdict,
    score: float | None,
    candidate: Verdict,
    candidate_score: float | None,
    taken: datetime,
    name: str,
) -> None:
    found = replace(
        FOUND, verdict=verdict, score=score, candidate_verdict=candidate,
        candidate_score=candidate_score, taken_utc=taken, candidate=name,
    )  # fmt: skip
    event = disagreement_event(found, "station-1")
    stored = replace(event, details=json.loads(json.dumps(dict(event.details))))
    assert disagreement_of(stored) == found


@pytest.mark.parametrize("damage", [{}, {"verdict": "maybe"}, {"taken_utc": 5}])
def test_a_damaged_event_is_left_out(damage: dict[str, object]) -> None:
    event = disagreement_event(FOUND, "station-1")
    details = {**event.details, **damage} if damage else {}
    assert disagreement_of(replace(event, details=details)) is None


def test_the_end_says_what_came_of_it() -> None:
    status = ShadowStatus(
        ShadowState.ENDED, judged=200, skipped=7, agreed=200, sentence="It was ended."
    )
    event = ended_event(status, "station-1", 0)
    assert (event.kind, event.text) == ("shadow", "It was ended.")
    assert event.details["agreed_high"] == 1
    assert event.details["agreed_low"] == pytest.approx(0.9817, abs=1e-4)  # 0.025 ** (1 / 200)
    assert ShadowStatus().interval.low == 0
    assert ShadowStatus().interval.high == 1
