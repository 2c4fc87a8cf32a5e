from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from app.quality.groups import by_lot, by_shift

HOUR = 3600.0
BEGIN = datetime(2026, 5, 4, 6).astimezone().timestamp()


def test_lots_come_in_the_order_of_their_first_part() -> None:
    lots = ["b", "a", "b", "a", "a"]
    verdicts = ["OK", "NG", "NG", "ERROR", "REVIEW"]
    first, second = by_lot(lots, verdicts, np.arange(5.0))
    assert (first.name, first.begin, first.end, first.ng, first.total) == ("b", 0, 2, 1, 2)
    assert (second.name, second.ng, second.total) == ("a", 1, 2)


def test_a_lot_of_errors_alone_is_no_lot() -> None:
    assert by_lot(["a"], ["ERROR"], np.zeros(1)) == ()
    assert by_lot([], [], np.empty(0)) == ()
    assert by_shift([], [], np.empty(0)) == ()


def test_shifts_change_with_their_name_and_after_a_pause() -> None:
    hours = np.array([0, 4, 8, 12, 16, 20, 24, 48])
    shifts = ["A", "A", "B", "B", "C", "C", "A", "A"]
    groups = by_shift(shifts, ["OK"] * 8, BEGIN + hours * HOUR)
    assert [group.name for group in groups] == [
        "05-04 A",
        "05-04 B",
        "05-04 C",
        "05-05 A",
        "05-06 A",
    ]
    assert [group.total for group in groups] == [2, 2, 2, 1, 1]


def test_without_shifts_half_days_stand_in() -> None:
    hours = np.arange(48)
    groups = by_shift([""] * 48, ["NG"] * 48, BEGIN + hours * HOUR)
    assert sum(group.total for group in groups) == 48
    assert all(group.end - group.begin <= 14 * HOUR for group in groups)
    day = datetime.fromtimestamp(BEGIN, UTC).astimezone()
    assert groups[0].name == f"{day:%m-%d}"
