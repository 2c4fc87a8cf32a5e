from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.verdict import Verdict
from app.review.filtering import Filter, Period, Show, filter_of
from app.store.base import Query

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
text = st.none() | st.text(min_size=1, max_size=4)
times = st.none() | st.datetimes(timezones=st.just(UTC))

wanted = st.builds(
    Query,
    verdicts=st.sampled_from([(), (Verdict.NG,)]),
    lot=text,
    shift=text,
    recipe=text,
    defect=text,
    text=st.text(max_size=3),
    score_from=st.none() | st.floats(0, 1),
    order=st.sampled_from(["time", "score"]),
    newest_first=st.booleans(),
)
spans = st.builds(
    lambda query, since, until: replace(query, since=since, until=until), wanted, times, times
)
relative = st.sampled_from([period for period in Period if period is not Period.SPAN])
shows = st.sampled_from(Show)
filters = st.builds(Filter, shows, relative, wanted) | st.builds(
    Filter, shows, st.just(Period.SPAN), spans
)


@given(filters)
def test_a_saved_filter_comes_back_as_it_was(chosen: Filter) -> None:
    assert filter_of(chosen.timeless, chosen.period.value) == chosen


@given(filters)
def test_no_person_and_no_clock_is_saved(chosen: Filter) -> None:
    saved = chosen.timeless
    assert saved.second_opinion_by in (None, "")
    if chosen.period is not Period.SPAN:
        assert (saved.since, saved.until) == (None, None)


def test_the_default_is_what_waits_for_a_first_word() -> None:
    assert Filter().query("kim", NOW) == Query(queued=True, reviewed=False)
    assert Filter().is_default
    assert not Filter(wanted=Query(lot="L")).is_default
    assert Filter(wanted=Query(order="score", newest_first=False)).is_default


def test_second_opinions_are_those_of_this_person_and_tell_nothing() -> None:
    query = Filter(Show.SECOND, wanted=Query(defect="dent", lot="L")).query("kim", NOW)
    assert query == Query(second_opinion_by="kim", lot="L")


@pytest.mark.parametrize(
    ("period", "since"),
    [
        (Period.ANY, None),
        (Period.HOUR, NOW - timedelta(hours=1)),
        (Period.TODAY, NOW.replace(hour=0, minute=0)),
        (Period.WEEK, NOW - timedelta(days=7)),
    ],
)
def test_a_period_goes_with_the_clock(period: Period, since: datetime | None) -> None:
    old = Query(since=NOW - timedelta(days=400), until=NOW - timedelta(days=300))
    query = Filter(Show.ALL, period, replace(old, until=None)).query("kim", NOW)
    assert (query.since, query.until) == (since, None)
    span = Filter(Show.ALL, Period.SPAN, old).query("kim", NOW)
    assert (span.since, span.until) == (old.since, old.until)


def test_a_filter_of_before_goes_by_its_times() -> None:
    assert filter_of(Query(since=NOW)).period is Period.SPAN
    assert filter_of(Query(lot="L")) == Filter(Show.ALL, Period.ANY, Query(lot="L"))


def test_details_count_what_narrows() -> None:
    assert Filter().details == 0
    assert Filter(wanted=Query(lot="L", score_from=0.5, text="7")).details == 2
