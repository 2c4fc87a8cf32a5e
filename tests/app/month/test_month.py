from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from app.errors import StoreError
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict, decide
from app.month import FLAT, Month, fill, true_rates
from app.month.draws import BRIGHTNESS, draw
from app.month.happenings import happenings
from app.month.people import MISTAKEN
from app.month.products import PRODUCTS
from app.month.records import records
from app.month.timetable import timetable
from app.quality.baseline import from_json
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore

SMALL = Month(seed=3, records=3000, days=8)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{(tmp_path / 'station.db').as_posix()}")
    yield opened
    opened.close()


def test_the_same_seed_gives_the_same_month_and_another_seed_another() -> None:
    assert list(records(SMALL)) == list(records(SMALL))
    assert list(records(SMALL)) != list(records(replace(SMALL, seed=4)))


@pytest.mark.parametrize("number", [1, 7, 500, 3000])
def test_the_month_has_as_many_records_as_asked_for(number: int) -> None:
    assert len(list(records(replace(SMALL, records=number)))) == number


def test_identifiers_are_unique_and_follow_the_time() -> None:
    found = list(records(SMALL))
    assert all(a.id[:13] <= b.id[:13] and a.taken_utc <= b.taken_utc for a, b in pairwise(found))
    assert len({record.id for record in found}) == len(found)


def test_every_verdict_is_that_of_decide() -> None:
    for record in records(SMALL):
        fault = "" if record.score is not None else record.decision.reasons[0]
        again = decide(record.score, record.limits, record.decision.regions, fault)
        assert again == record.decision


def test_the_found_rates_agree_with_the_known_ones() -> None:
    """Within five standard errors, a chance of one in a million to fail on another seed."""
    month = Month(seed=5, records=60_000)
    rates = true_rates(month)
    judged = [record for record in records(month) if record.score is not None]
    for truth, verdict, known in (
        ("ok", Verdict.NG, rates.false_call),
        ("ng", Verdict.OK, rates.escape),
        ("ok", Verdict.REVIEW, rates.review_good),
        ("ng", Verdict.REVIEW, rates.review_defective),
    ):
        those = [record for record in judged if record.truth == truth]
        share = sum(record.verdict is verdict for record in those) / len(those)
        assert abs(share - known) < 5 * (known * (1 - known) / len(those)) ** 0.5
    assert rates.good + rates.defective == len(judged)


def test_nobody_is_judged_while_the_line_stands() -> None:
    stops = 0
    for slot in timetable(SMALL):
        if slot.stop is None:
            continue
        stops += 1
        seconds = draw(SMALL, slot).seconds
        end = slot.stop.begin_s + slot.stop.length_s
        assert not ((seconds > slot.stop.begin_s) & (seconds < end)).any()
    assert stops > 3


def test_the_lamp_ages_and_the_lens_loses_focus_on_the_known_days() -> None:
    month = Month(seed=2, records=20_000)
    by_day: dict[int, list[InspectionRecord]] = {}
    for slot, record in ((s, r) for s in timetable(month) for r in _of(month, s.index)):
        if slot.shift == "B":
            by_day.setdefault(slot.day, []).append(record)
    assert _mean(by_day[5], "brightness") - _mean(by_day[13], "brightness") > 10
    assert abs(_mean(by_day[5], "brightness") - _mean(by_day[15], "brightness")) < 1
    assert _mean(by_day[20], "sharpness") < 0.5 * _mean(by_day[19], "sharpness")
    flat = true_rates(replace(month, troubles=FLAT))
    assert true_rates(month).false_call > flat.false_call
    assert true_rates(month).escape > flat.escape


def test_the_filled_database_holds_records_reviews_events_and_recipes(store: Database) -> None:
    seen: list[tuple[int, int]] = []
    fill(store, SMALL, lambda done, whole: seen.append((done, whole)))
    assert sum(store.count(Query()).values()) == SMALL.records
    assert seen[-1] == (SMALL.records, SMALL.records)
    assert store.recipes() == [("connector-8", 1), ("gasket-30", 1), ("housing-12", 1)]
    kinds = {event.kind for event in store.events.find(limit=100_000)}
    assert {"started", "stopped", "fault", "healed", "golden", "recipe"} <= kinds
    queued = store.find(Query(queued=True, limit=SMALL.records))
    wanted = {r.id for r in records(SMALL) if r.verdict is not Verdict.OK or r.sampled}
    assert {record.id for record in queued} == wanted


def test_people_are_nearly_always_right_and_two_look_at_some(store: Database) -> None:
    fill(store, replace(SMALL, records=12_000))
    right = wrong = twice = 0
    for record in store.find(Query(reviewed=True, limit=100_000)):
        spoken = store.reviews(record.id)
        said = [review for review in spoken if review.finding not in ("unsure", "marked")]
        twice += len({review.by for review in said}) > 1
        for review in said:
            defective = review.finding in ("defective", "escape") or (
                review.finding == "confirmed" and record.verdict is Verdict.NG
            )
            if defective == (record.truth == "ng"):
                right += 1
            else:
                wrong += 1
    assert right > 400
    assert 0 < wrong < 4 * MISTAKEN * right
    assert twice > 5
    assert store.find(Query(queued=True, reviewed=False))


def test_the_newest_queued_parts_have_pictures_that_fit_their_verdict(
    store: Database, tmp_path: Path
) -> None:
    evidence = EvidenceStore(tmp_path / "evidence", min_free_bytes=0)
    fill(store, replace(SMALL, records=1500), None, evidence, pictures=12)
    shown = [r for r in store.find(Query(limit=1500)) if r.evidence is not None]
    assert len(shown) == 12
    queued = [r for r in store.find(Query(queued=True, limit=1500)) if r.score is not None]
    assert {r.id for r in shown} == {r.id for r in queued[:12]}
    for record in shown:
        assert record.evidence is not None
        assert record.limits is not None
        image = evidence.load_image(record.evidence)
        assert image.shape == (record.frame_height, record.frame_width, 3)
        anomaly_map = evidence.load_map(record.evidence)
        assert anomaly_map is not None
        is_above = float(anomaly_map.max()) >= record.limits.map_limit - 1e-3
        assert is_above == (record.verdict is Verdict.NG)
        assert bool(record.decision.regions) <= is_above


def test_a_database_in_use_is_refused(store: Database) -> None:
    fill(store, replace(SMALL, records=20))
    with pytest.raises(StoreError, match="already holds records"):
        fill(store, replace(SMALL, seed=9, records=20))


def test_a_golden_sample_moves_while_the_lens_is_out_of_focus() -> None:
    month = Month(records=10)
    golden = [event for event in happenings(month) if event.kind == "golden"]
    failed = [event for event in golden if not event.details["passed"]]
    assert len(failed) == 1
    assert sum(event.kind == "override" for event in happenings(month)) == 1


def _of(month: Month, index: int) -> list[InspectionRecord]:
    from app.month.records import slot_records

    return slot_records(month, next(s for s in timetable(month) if s.index == index))


def _mean(found: list[InspectionRecord], name: str) -> float:
    values = [getattr(record.optics, name) for record in found if record.optics is not None]
    return sum(values) / len(values)


def test_the_first_parts_are_the_baseline_of_their_checkpoint(store: Database) -> None:
    fill(store, replace(SMALL, records=2000))
    edition = PRODUCTS[0].editions[0]
    sha256 = edition.recipe.checkpoint_sha256
    document = store.baselines.newest(edition.recipe.name, sha256)
    assert document is not None
    figures = from_json(document).figures
    assert figures["brightness"].mean == pytest.approx(BRIGHTNESS, abs=0.3)
    assert figures["score"].mean == pytest.approx(edition.scores.good_mean, abs=0.02)
