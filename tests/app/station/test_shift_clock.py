"""Shifts begin by the clock, each once, and over midnight."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.station.shift_clock import Shift, ShiftClock, shift_at, shifts_of
from tests.app.station.conftest import MakeRig

THREE = shifts_of(("22:00 night", "06:00 early", "14:00 late"))


@pytest.mark.parametrize(
    ("now", "name"),
    [
        ("05:59", "night"),
        ("06:00", "early"),
        ("13:59", "early"),
        ("14:00", "late"),
        ("22:00", "night"),
        ("00:00", "night"),
    ],
)
def test_the_shift_of_a_time(now: str, name: str) -> None:
    assert shift_at(THREE, time.fromisoformat(now)) == name


@given(st.lists(st.times(), min_size=1, max_size=6, unique=True), st.times())
def test_every_time_has_the_shift_that_began_last(begins: list[time], now: time) -> None:
    shifts = tuple(Shift(at, at.isoformat()) for at in sorted(begins))
    earlier = [at for at in begins if at <= now]
    assert shift_at(shifts, now) == max(earlier or begins).isoformat()


@pytest.mark.parametrize("text", ["06:00", "06:00 ", "six A", "25:00 A"])
def test_what_is_no_shift_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"shift|isoformat|hour"):
        shifts_of((text,))


def test_a_shift_begins_once_and_a_person_may_name_another(make_rig: MakeRig) -> None:
    rig = make_rig()
    moment = [datetime(2026, 3, 2, 13, 59)]
    clock = ShiftClock(rig.station, THREE, lambda: moment[0])
    clock.start()

    def shift() -> str:
        return rig.station.status().context.shift

    assert shift() == "early"
    rig.station.set_context("L", shift="overtime")
    clock.look()
    assert shift() == "overtime"
    moment[0] = datetime(2026, 3, 2, 14, 0)
    clock.look()
    assert shift() == "late"
    assert rig.station.status().context.lot == "L"
    clock.stop()


def test_without_shifts_the_clock_rests(make_rig: MakeRig) -> None:
    rig = make_rig()
    ShiftClock(rig.station, ()).start()
    assert rig.station.status().context.shift == ""
