from __future__ import annotations

import json

import pytest
from hypothesis import given

from app.inspection.record import InspectionRecord
from app.store.reviewing import derived_of_record
from app.store.rows import from_line, from_row, to_line, to_row
from app.store.schema import records as table
from tests.rigs.records import a_record, records


@given(record=records())
def test_rows_and_lines_come_back(record: InspectionRecord) -> None:
    assert from_row(to_row(record)) == record
    line = to_line(record)
    assert "\n" not in line
    assert from_line(line) == record


def test_a_row_has_the_columns_of_the_table() -> None:
    record = a_record()
    columns = set(to_row(record)) | set(derived_of_record(record))
    assert columns == set(table.columns.keys())


def test_a_line_of_an_earlier_version_is_read() -> None:
    record = a_record()
    old = json.loads(to_line(record))
    for name in ("product", "brightness", "sharpness", "shift_x", "shift_y", "colour_a"):
        del old[name]
    for name in ("colour_b", "class_probabilities", "sampled", "second_opinion"):
        del old[name]
    assert from_line(json.dumps(old)) == record


@pytest.mark.parametrize("line", ["", "{", "[]", "null", "3", '"text"', '{"id": "x"}'])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_line(line)


def test_a_torn_line_is_refused() -> None:
    line = to_line(a_record())
    for cut in range(len(line)):
        with pytest.raises(ValueError, match=r".*"):
            from_line(line[:cut])


def test_no_number_is_written_that_json_does_not_know() -> None:
    line = to_line(a_record(score=float("nan"), taken_monotonic=float("inf")))
    assert json.loads(line)["score"] is None
    assert "NaN" not in line
    assert "Infinity" not in line
