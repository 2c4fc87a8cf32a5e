from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.tally import Tally
from app.inspection.verdict import Verdict
from tests.rigs.records import a_record


@given(st.lists(st.sampled_from(Verdict), max_size=30))
def test_every_part_is_counted_once(verdicts: list[Verdict]) -> None:
    tally = Tally()
    for verdict in verdicts:
        tally = tally.add(a_record(verdict))
    counts = {verdict: verdicts.count(verdict) for verdict in Verdict}
    assert tally == Tally.of(counts)
    assert tally.total == len(verdicts)
    if verdicts:
        assert tally.yield_percent == pytest.approx(100 * counts[Verdict.OK] / len(verdicts))


def test_a_tally_is_not_changed() -> None:
    empty = Tally()
    assert empty.yield_percent is None
    assert empty.add(a_record(Verdict.NG)) == Tally(ng=1)
    assert empty == Tally()


def test_only_ok_counts_for_the_yield() -> None:
    assert Tally(ok=3, ng=1).yield_percent == 75
    assert Tally(ok=1, review=1, error=2).yield_percent == 25
