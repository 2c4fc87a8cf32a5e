"""What every record store finds, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.inspection.record import InspectionRecord
from app.inspection.review import Finding, Review, standing
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import Database
from app.store.reviewing import derived_of_record
from tests.rigs.records import a_record

on_one_store = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
FINDINGS: tuple[Finding, ...] = ("confirmed", "good", "defective", "unsure", "withdrawn", "escape")


def made(i: int) -> InspectionRecord:
    return a_record(
        list(Verdict)[i % 4],
        lot=f"L{i % 3}",
        recipe="bolt" if i % 5 else "nut",
        recipe_version=1 + i % 2,
        product="p" if i % 3 else "",
        serial=f"SN_{i:02d}%",
        taken_utc=START + timedelta(minutes=i),
        score=None if i % 4 == 3 else (i % 8) / 8,
        sampled=i % 4 == 0 and i % 3 == 0,
        second_opinion=i % 2 == 0,
        defect="scratch" if i % 7 == 1 else "",
        checkpoint_sha256=("a" if i % 6 else "b") * 64,
    )


def said(i: int, record: InspectionRecord) -> list[Review]:
    """Return up to three reviews of two persons."""
    return [
        Review(
            record.id,
            START + timedelta(hours=number),
            "kim" if (i + number) % 3 else "lee",
            FINDINGS[(i + number * i) % len(FINDINGS)],
            defect="dent" if i % 4 == 1 else "",
        )
        for number in range(i % 4)
    ]


@pytest.fixture
def forty(store: Database) -> list[InspectionRecord]:
    """Forty records by id, a few of them reviewed."""
    parts = [made(i) for i in range(40)]
    for part in parts[:20]:
        store.add(part)
    reviews = [review for i, part in enumerate(parts) for review in said(i, part)]
    early = {part.id for part in parts[:20]}
    for review in reviews:
        if review.record_id in early:
            store.add_review(review)
    store.add_many(parts[20:], [review for review in reviews if review.record_id not in early])
    return sorted(parts, key=lambda part: part.id)


def matches(record: InspectionRecord, query: Query, reviews: list[Review]) -> bool:
    """Say the same as the store in plain Python."""
    score = record.score
    wanted = query.text.lower()
    held = standing(reviews)
    row = derived_of_record(record, reviews)
    return (
        (not query.verdicts or record.verdict in query.verdicts)
        and query.lot in (None, record.context.lot)
        and query.recipe in (None, record.recipe)
        and query.shift in (None, record.context.shift)
        and query.product in (None, record.product)
        and query.recipe_version in (None, record.recipe_version)
        and query.checkpoint_sha256 in (None, record.checkpoint_sha256)
        and (wanted in record.serial.lower() or wanted in record.context.lot.lower())
        and (query.since is None or record.taken_utc >= query.since)
        and (query.until is None or record.taken_utc < query.until)
        and (query.score_from is None or (score is not None and score >= query.score_from))
        and (query.score_to is None or (score is not None and score < query.score_to))
        and (query.order == "time" or score is not None)
        and query.reviewed in (None, bool(held))
        and query.defect in (None, row["named"])
        and query.queued in (None, bool(row["queued"]))
        and query.sampled in (None, record.sampled)
        and (not query.findings or row["finding"] in query.findings)
        and query.part in (None, row["part"])
        and (query.second_opinion_by is None or waits_for(query.second_opinion_by, record, held))
    )


def waits_for(person: str, record: InspectionRecord, held: tuple[Review, ...]) -> bool:
    return record.second_opinion and len(held) == 1 and held[0].by != person


moments = st.none() | st.integers(-5, 45).map(lambda minutes: START + timedelta(minutes=minutes))
queries = st.builds(
    Query,
    verdicts=st.lists(st.sampled_from(Verdict), max_size=2, unique=True).map(tuple),
    lot=st.sampled_from([None, None, "L0", "L2", "none"]),
    recipe=st.sampled_from([None, None, "bolt", "nut"]),
    text=st.sampled_from(["", "", "sn_0", "%", "_", "l1", "39", "\\", "x"]),
    since=moments,
    until=moments,
    score_from=st.none() | st.floats(0, 1),
    score_to=st.none() | st.floats(0, 1),
    reviewed=st.sampled_from([None, True, False]),
    shift=st.sampled_from([None, None, "early", "late"]),
    product=st.sampled_from([None, None, "p", ""]),
    recipe_version=st.sampled_from([None, None, 1, 2]),
    checkpoint_sha256=st.sampled_from([None, None, "a" * 64, "b" * 64]),
    defect=st.sampled_from([None, None, "scratch", "dent", ""]),
    queued=st.sampled_from([None, None, True, False]),
    sampled=st.sampled_from([None, None, True, False]),
    findings=st.lists(st.sampled_from(FINDINGS), max_size=2, unique=True).map(tuple),
    part=st.sampled_from([None, None, "good", "defective"]),
    second_opinion_by=st.sampled_from([None, None, None, "kim", "lee", "park"]),
    order=st.sampled_from(["time", "score"]),
    newest_first=st.booleans(),
    limit=st.integers(0, 50),
)
# Most fields at rest, so that something is found.
sparse_queries = st.builds(
    lambda query, names: Query(**{name: getattr(query, name) for name in names}),
    queries,
    st.lists(st.sampled_from(Query.__match_args__[:23]), min_size=1, max_size=4, unique=True).map(
        lambda names: [n for n in names if n not in ("after_id", "after_score", "limit")]
    ),
)


@pytest.fixture
def reviews(store: Database, forty: list[InspectionRecord]) -> dict[str, list[Review]]:
    return {part.id: store.reviews(part.id) for part in forty}


@on_one_store
@given(query=queries | sparse_queries)
def test_filters(
    store: Database,
    forty: list[InspectionRecord],
    reviews: dict[str, list[Review]],
    query: Query,
) -> None:
    expected = [part for part in forty if matches(part, query, reviews[part.id])]
    if query.order == "score":
        expected.sort(key=lambda part: (part.score, part.id))
    if query.newest_first:
        expected.reverse()
    found = store.find(query)
    assert found == expected[: query.limit]
    assert [row.id for row in store.rows(query)] == [part.id for part in found]
    counted = store.count(query)
    assert counted == {v: sum(part.verdict is v for part in expected) for v in Verdict}


@pytest.mark.parametrize("order", ["time", "score"])
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("verdicts", [(), (Verdict.NG,)])
def test_pages_cover_all_once(
    store: Database,
    forty: list[InspectionRecord],
    order: str,
    newest_first: bool,
    verdicts: tuple[Verdict, ...],
) -> None:
    query = Query(verdicts=verdicts, newest_first=newest_first, limit=7, order=order)  # type: ignore[arg-type]
    seen: list[InspectionRecord] = []
    while page := store.find(query):
        seen += page
        query = replace(query, after_id=page[-1].id, after_score=page[-1].score)
    wanted = [part for part in forty if not verdicts or part.verdict in verdicts]
    if order == "score":
        wanted = [part for part in wanted if part.score is not None]
        wanted.sort(key=lambda part: (part.score, part.id))
    assert seen == (wanted[::-1] if newest_first else wanted)


def test_a_page_by_score_needs_its_score(store: Database) -> None:
    with pytest.raises(ValueError, match="after_score"):
        store.find(Query(order="score", after_id="x"))


def test_rows_show_what_the_records_say(store: Database, forty: list[InspectionRecord]) -> None:
    for row in store.rows(Query()):
        record = next(part for part in forty if part.id == row.id)
        known = derived_of_record(record, store.reviews(record.id))
        assert (row.taken_utc, row.lot, row.shift) == (
            record.taken_utc,
            record.context.lot,
            record.context.shift,
        )
        assert (row.serial, row.recipe, row.recipe_version) == (
            record.serial,
            record.recipe,
            record.recipe_version,
        )
        assert record.limits is not None
        assert (row.score, row.limit_ng) == (record.score, record.limits.ng)
        assert (row.verdict, row.sampled) == (record.verdict, record.sampled)
        for name in ("named", "finding", "part", "reviewers", "reviewer"):
            assert getattr(row, name) == known[name]
        assert row.queued == bool(known["queued"])
        assert not row.has_picture


def test_facets_are_what_occurs(store: Database, forty: list[InspectionRecord]) -> None:
    store.add(a_record(lot="newest", recipe="nut", recipe_version=7))
    found = store.facets(Query())
    assert found.lots[0] == "newest"
    assert set(found.lots) == {"L0", "L1", "L2", "newest"}
    assert found.shifts == ("early",)
    assert found.recipes == ("bolt", "nut")
    assert found.versions == (("bolt", 2), ("bolt", 1), ("nut", 7), ("nut", 2), ("nut", 1))
    assert found.products == ("p",)
    assert found.checkpoints == (("default", "a" * 64), ("default", "b" * 64))
    assert found.defects == ("dent", "scratch")
    assert store.facets(Query(lot="newest")).recipes == ("nut",)
