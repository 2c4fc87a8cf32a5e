"""Running and standing time, worked out by hand; hypothesis for the sums."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.event import Event, EventKind
from app.quality.uptime import FaultSpan, uptime

ZERO = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return ZERO + timedelta(minutes=minutes)


def event(minutes: float, kind: EventKind, text: str = "", **details: Any) -> Event:
    return Event(at(minutes), kind, "a", text=text, details=details)


def test_a_shift_with_a_pause_and_a_stop() -> None:
    events = [
        event(-60, "started"),
        event(10, "paused"),
        event(25, "started"),
        event(100, "stopped"),
        event(110, "started"),
    ]
    found = uptime(reversed(events), at(0), at(120))
    assert found.running_s == (10 + 75 + 10) * 60
    assert found.stopped_s == (15 + 10) * 60
    assert (found.stops, found.crashes) == (2, 0)
    assert found.share == pytest.approx(95 / 120)


def test_nothing_known_counts_as_stopped() -> None:
    found = uptime([], at(0), at(30))
    assert (found.running_s, found.stopped_s, found.share) == (0, 1800, 0)
    assert uptime([], at(0), at(0)).share == 0


def test_a_crash_ends_the_running_at_the_last_sign_of_life() -> None:
    events = [
        event(0, "started"),
        event(20, "fault", "The camera is lost.", cause="camera-lost"),
        event(21, "healed", cause="camera-lost"),
        event(50, "recipe", name="bolt", version=3),
        # Here the power went off; the program came back at 80.
        event(80, "started"),
        event(90, "stopped"),
    ]
    found = uptime(events, at(0), at(100))
    assert found.running_s == (50 + 10) * 60
    assert found.stopped_s == 40 * 60
    assert found.crashes == 1


def test_a_crash_that_the_next_start_found_out_is_exact() -> None:
    events = [
        event(0, "started"),
        event(5, "fault", "The disk is full.", cause="store"),
        event(47, "stopped", crash=True),
        event(80, "started"),
    ]
    found = uptime(events, at(0), at(100))
    assert found.running_s == (47 + 20) * 60
    assert found.crashes == 1
    assert found.faults == (FaultSpan("store", "The disk is full.", at(5), at(47), "a"),)


def test_faults_of_the_period_with_open_ends() -> None:
    events = [
        event(-90, "fault", "old", cause="store"),
        event(-80, "healed", cause="store"),
        event(-10, "fault", "before", cause="camera-lost"),
        event(5, "healed", cause="camera-lost"),
        event(20, "fault", "moved", cause="golden"),
        event(30, "fault", "moved again", cause="golden"),
        event(70, "healed", cause="never-began"),
        event(200, "healed", cause="golden"),
    ]
    found = uptime(events, at(0), at(120)).faults
    assert found == (
        FaultSpan("camera-lost", "before", at(-10), at(5), "a"),
        FaultSpan("golden", "moved", at(20), None, "a"),
    )


def test_two_stations_are_added_up() -> None:
    events = [event(0, "started"), Event(at(30), "started", "b")]
    found = uptime(events, at(0), at(60))
    assert found.running_s == (60 + 30) * 60
    assert found.stopped_s == 30 * 60


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="period"):
        uptime([], at(1), at(0))


kinds = st.sampled_from(["started", "paused", "stopped", "fault", "healed", "golden"])
histories = st.lists(
    st.builds(lambda m, k, c: event(m, k, cause=c), st.integers(-500, 900), kinds, st.text("ab")),
    max_size=30,
)


@given(histories, st.integers(0, 300), st.integers(0, 300))
def test_every_second_is_counted_once(events: list[Event], start: int, length: int) -> None:
    whole = uptime(events, at(start), at(start + length))
    assert whole.running_s + whole.stopped_s == pytest.approx(length * 60)
    middle = start + length // 2
    # Cutting the period loses nothing, unless a crash lies between the two looks.
    if whole.crashes == 0 and not _later_start(events):
        parts = [
            uptime(events, at(start), at(middle)),
            uptime(events, at(middle), at(start + length)),
        ]
        assert sum(part.running_s for part in parts) == pytest.approx(whole.running_s)


def _later_start(events: list[Event]) -> bool:
    """Return whether a start follows a start: then later news change what is known."""
    running = False
    for happened in sorted(events, key=lambda one: (one.at, one.id)):
        if happened.kind in ("started", "paused", "stopped"):
            if running and happened.kind == "started":
                return True
            running = happened.kind == "started"
    return False
