"""The day of a trained person: a hundred parts by keyboard alone."""

from __future__ import annotations

from collections import Counter

import pytest

from app.inspection.judgement import Inspection
from tests.rigs.review_desk import a_part
from tests.rigs.review_walk import TURNS, walk
from tests.ui.review.conftest import Bench

PARTS = 100


@pytest.fixture
def parts() -> list[Inspection]:
    return [a_part(number) for number in range(1, PARTS + 1)]


def test_a_hundred_parts_by_keyboard(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    done = walk(bench.page, PARTS)
    with capsys.disabled():
        print(f"\nkeyboard walk: {done.told()}")
    bench.wait(lambda: bench.message() == "All parts of this list are decided.")
    findings = Counter(bench.said(f"{number:04d}")[0].finding for number in range(1, PARTS + 1))
    each = PARTS // len(TURNS)
    assert findings == {"confirmed": 3 * each, "false-call": each, "unsure": each}
    assert len(bench.rows(defect="dent", limit=PARTS)) == each
    assert len(bench.rows(reviewed=False, limit=PARTS)) == 0
