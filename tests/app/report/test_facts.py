"""What a report says of a lot that was counted by hand, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from app.errors import UsageError
from app.inspection.review import Review
from app.month import Month, fill, true_rates
from app.quality.rates import estimate_rates
from app.report.as_json import as_json
from app.report.attention import what_stands_out
from app.report.document import Note
from app.report.facts import Facts, Tally
from app.report.gathering import gather
from app.report.scope import of_checkpoint, of_lot, of_shift, of_time
from app.store import open_store
from app.store.database import Database
from tests.rigs import reported_lot as lot
from tests.rigs.postgres_server import PostgresServer


@pytest.fixture
def facts(store: Database) -> Facts:
    lot.store_it(store)
    return gather(
        store, of_lot(store, lot.LOT), "Choi", now=lot.START + timedelta(days=1), zone=UTC
    )


def test_counts_and_yield(facts: Facts) -> None:
    assert facts.tally == Tally(ok=90, ng=6, review=3, error=1)
    assert facts.tally.parts == 100
    assert facts.tally.good_share == 0.90
    assert facts.tally.ng_share == 0.06
    assert (facts.first, facts.last) == (lot.START, lot.START + timedelta(minutes=99))
    assert facts.stations == ("station-1",)
    assert facts.made_by == "Choi"
    assert [(group.name, group.tally.parts) for group in facts.lots] == [(lot.LOT, 100)]


def test_the_queue_is_what_is_for_review(facts: Facts) -> None:
    assert facts.queued == lot.SAMPLED + lot.NG + lot.REVIEW + lot.ERROR
    # open are one NG part and the one without verdict
    assert facts.reviewed == facts.queued - 2


def test_rates_are_those_of_the_reviews(facts: Facts) -> None:
    groups = [
        (("OK", "good", True), 9),
        (("OK", "defective", True), 1),
        (("OK", None, False), 80),
        (("NG", "defective", False), 4),
        (("NG", "good", False), 1),
        (("NG", None, False), 1),
        (("REVIEW", "good", False), 3),
        (("ERROR", None, False), 1),
    ]
    assert [row.recipe for row in facts.rates] == [""]
    rates = facts.rates[0].rates
    assert rates == estimate_rates(groups)
    # 1 of 10 drawn is defective, so 9 of 90 OK parts; caught were 4 of 5 decided of 6 NG.
    assert rates.escape_rate is not None
    assert rates.escape_rate.value == pytest.approx(9 / (9 + 6 * 4 / 5))


def test_pareto_takes_peoples_word_first(facts: Facts) -> None:
    # four confirmed dents and the open NG part that the model calls a dent; one crack escaped
    assert [(bar.name, bar.count) for bar in facts.pareto] == [("dent", 5), ("crack", 1)]
    assert facts.pareto[-1].cumulative_share == 1.0


def test_ng_over_the_hours(facts: Facts) -> None:
    trend = facts.trend
    assert trend is not None
    assert trend.unit == "hour"
    assert (trend.ng, trend.totals) == ((0, 6), (60, 40))
    assert trend.chart.centre == pytest.approx(0.06)


def test_histogram_counts_every_score(facts: Facts) -> None:
    (histogram,) = facts.histograms
    assert histogram.everything.sum() == 99
    assert histogram.good.sum() == 9 + 1 + 3
    assert histogram.defective.sum() == 1 + 4
    assert (histogram.limits_ng, histogram.limits_review) == ((0.5,), (0.45,))


def test_drift_is_of_the_ok_parts(facts: Facts) -> None:
    by_name = {drift.measure: drift for drift in facts.drift}
    assert by_name["brightness"].levels.mean() == pytest.approx(129.0, abs=0.1)
    assert by_name["score"].levels.max() < 0.29
    assert not by_name["score"].has_baseline


def test_versions_limits_and_checkpoint_in_force(store: Database) -> None:
    store.save_recipe("{}", lot.RECIPE, 3, "Han", "taught")
    lot.store_it(store)
    (row,) = gather(store, of_lot(store, lot.LOT)).in_force
    assert (row.recipe, row.version, row.author, row.reason) == (lot.RECIPE, 3, "Han", "taught")
    assert (row.checkpoint, row.checkpoint_sha256) == (lot.CHECKPOINT, lot.SHA256)
    assert (row.limit_ng, row.limit_review, row.tally.parts) == (0.5, 0.45, 100)


def test_golden_samples_with_the_one_who_let_production_go_on(facts: Facts) -> None:
    (golden,) = facts.golden
    assert not golden.check.passed
    assert golden.check.failed[0].name == "scratch 1"
    assert golden.overridden_by == "Kim"


def test_running_time_and_faults(facts: Facts) -> None:
    found = facts.uptime
    assert found is not None
    assert found.running_s == 90 * 60
    assert found.stopped_s == 9 * 60
    assert [(span.cause, span.sentence) for span in found.faults] == [
        ("camera", "The camera does not answer.")
    ]


def test_listed_are_ng_escapes_and_parts_without_verdict(facts: Facts) -> None:
    assert facts.ng.count == lot.NG
    assert facts.ng.parts[0].record.serial == "S0095"
    assert facts.escapes.count == 1
    assert facts.escapes.parts[0].said[-1].defect == "crack"
    assert facts.errors.count == 1


def test_the_list_of_ng_is_bounded_and_says_what_it_leaves_out(store: Database) -> None:
    lot.store_it(store)
    ng = gather(store, of_lot(store, lot.LOT), ng_shown=2).ng
    assert [one.record.serial for one in ng.parts] == ["S0095", "S0094"]
    assert ng.left_out == 4


def test_a_review_taken_back_does_not_count(store: Database) -> None:
    parts = lot.store_it(store)
    at = lot.START + timedelta(hours=6)
    store.add_review(Review(parts[0].id, at, "Han", "withdrawn"))
    assert gather(store, of_lot(store, lot.LOT)).escapes.count == 0


def test_json_has_every_number(facts: Facts) -> None:
    found = json.loads(json.dumps(as_json(facts), allow_nan=False))
    assert found["tally"]["parts"] == 100
    assert found["tally"]["good_share"] == 0.9
    assert found["scope"]["name"] == lot.LOT
    assert found["rates"][0]["rates"]["escape_rate"]["events"] == 1
    assert found["ng"]["parts"][0]["record"]["serial"] == "S0095"


def test_an_empty_time_gives_empty_facts(store: Database) -> None:
    lot.store_it(store)
    later = lot.START + timedelta(days=30)
    facts = gather(store, of_time(later, later + timedelta(days=1)))
    assert facts.is_empty
    assert facts.tally.good_share is None
    assert facts.trend is None
    assert facts.pareto == facts.histograms == facts.drift == ()
    assert facts.ng.parts == ()


def test_unknown_names_are_sentences_that_name_the_known(store: Database) -> None:
    lot.store_it(store)
    with pytest.raises(UsageError, match="There is no lot 'L-78'; known are: 'L-77'"):
        of_lot(store, "L-78")
    with pytest.raises(UsageError, match=r"no checkpoint 'x'.*gasket-a"):
        of_checkpoint(store, "x")
    with pytest.raises(UsageError, match="no part of shift 'A' that began on 2026-10-06"):
        of_shift(store, "A", date(2026, 10, 6), zone=UTC)
    with pytest.raises(UsageError, match="no shift 'Z'; known are: 'A'"):
        of_shift(store, "Z")
    with pytest.raises(UsageError, match="ends before it begins"):
        of_time(lot.START, lot.START - timedelta(hours=1))


def test_a_checkpoint_is_found_by_name_and_by_its_hash(store: Database) -> None:
    lot.store_it(store)
    assert of_checkpoint(store, lot.CHECKPOINT) == of_checkpoint(store, "ABAB")


def test_a_night_shift_belongs_to_the_day_it_began_on(store: Database) -> None:
    month = Month(seed=4, records=2000, days=3, first_day=date(2026, 10, 5))
    fill(store, month)
    night = of_shift(store, "C", date(2026, 10, 6), zone=UTC)
    facts = gather(store, night, zone=UTC)
    assert facts.first is not None
    assert facts.last is not None
    assert facts.first >= datetime(2026, 10, 6, 22, tzinfo=UTC)
    assert datetime(2026, 10, 7, 5, tzinfo=UTC) < facts.last < datetime(2026, 10, 7, 6, tzinfo=UTC)
    newest = of_shift(store, "C", zone=UTC)
    assert newest.day == date(2026, 10, 7)


def test_one_name_for_the_whole_day_is_divided_by_the_calendar(store: Database) -> None:
    parts = [lot.part(number * 30, 0.2) for number in range(48 * 3)]
    store.add_many(parts)
    facts = gather(store, of_shift(store, "A", date(2026, 10, 6), zone=UTC), zone=UTC)
    assert facts.tally.parts == 48
    assert facts.first == datetime(2026, 10, 6, tzinfo=UTC)


def test_a_month_gives_the_known_rates_within_their_intervals(store: Database) -> None:
    month = Month(seed=6, records=20_000)
    fill(store, month)
    facts = gather(store, of_time(None, None), zone=UTC)
    assert facts.tally.parts == 20_000
    assert sum(group.tally.parts for group in facts.lots) == 20_000
    assert {row.recipe for row in facts.rates} == {"", "gasket-30", "housing-12", "connector-8"}
    known, rates = true_rates(month), facts.rates[0].rates
    assert rates.false_call_rate is not None
    assert rates.escape_rate is not None
    assert known.false_call in rates.false_call_rate.interval
    assert known.escape in rates.escape_rate.interval
    assert facts.trend is not None
    assert facts.trend.unit == "day"
    assert sum(facts.trend.totals) == 20_000


def test_postgres_tells_the_same_as_sqlite(store: Database, server: PostgresServer) -> None:
    other = open_store(server.url)
    try:
        now = lot.START + timedelta(days=1)
        told = []
        for one in (store, other):
            lot.store_it(one)
            facts = as_json(gather(one, of_lot(one, lot.LOT), now=now, zone=UTC))
            told.append(json.loads(json.dumps(facts)))
        assert told[0] == told[1]
    finally:
        other.close()


def test_the_blurred_shift_stands_out(store: Database) -> None:
    month = Month(seed=2, records=8000, first_day=date(2026, 10, 1), days=21)
    fill(store, month)
    blurred = date(2026, 10, 1) + timedelta(days=20)
    words = {}
    for day in (blurred, blurred - timedelta(days=1)):
        facts = gather(store, of_shift(store, "B", day, zone=UTC), zone=UTC)
        notes = (block.text for block in what_stands_out(facts, UTC) if isinstance(block, Note))
        words[day] = " ".join(notes)
    assert "Focus of" in words[blurred]
    assert "The golden samples failed once" in words[blurred]
    assert "Focus of" not in words[blurred - timedelta(days=1)]
