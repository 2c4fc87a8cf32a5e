"""From records to a sample: what counts, with which weight, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest, norm

from app.quality.record_sample import Edition, UnusableRecords, sample_of_records
from app.quality.score_sample import Population
from app.quality.suggestion import NoPromise, suggest
from app.quality.tolerance import TooFewNormals, false_call_limit
from tests.app.quality.parts import Columns, Line, columns, joined

EDITIONS = {1: Edition(0.2), 2: Edition(0.2), 3: Edition(0.5), 4: Edition(0.0)}


def test_flagged_parts_count_once_and_drawn_ones_for_five() -> None:
    line = columns(Line())
    sample = sample_of_records(line, EDITIONS)
    flagged = line["score"] >= 2.0
    assert sample.good.complete.size == int((flagged & ~line["truth"]).sum())
    assert sample.defective.complete.size == int((flagged & line["truth"]).sum())
    assert (sample.good.share, sample.good.complete_from) == (0.2, 2.0)
    assert sample.good.parts == pytest.approx(int((~line["truth"]).sum()), rel=0.12)
    assert sample.defect_share == pytest.approx(0.05, abs=0.01)
    assert not sample.limits_moved


def test_weighted_parts_lie_as_all_good_parts_do() -> None:
    # The reviewed ones as such do not: far too many of them lie above the limit.
    sample = sample_of_records(columns(Line(40_000, share=0.1)), {1: Edition(0.1)})
    reviewed = np.concatenate([sample.good.drawn, sample.good.complete])
    assert kstest(reviewed, norm.cdf).pvalue < 1e-6
    _lies_normally(sample.normals)
    _lies_normally(sample.good)


def _lies_normally(kind: Population) -> None:
    """Check the weighted share at or above some scores: within four standard deviations."""
    for score in (-1.0, 0.0, 1.0, 1.5, 2.0, 2.5):
        truth = norm.sf(score)
        spread = math.sqrt(truth * (1 - truth) / kind.reviewed)
        assert kind.rate_above(score).share == pytest.approx(truth, abs=4 * spread)


def test_they_are_one_too_when_limits_and_shares_moved() -> None:
    records = joined(
        columns(Line(20_000, limit=1.0)), columns(Line(20_000, limit=2.0, version=3, share=0.5))
    )
    sample = sample_of_records(records, EDITIONS)
    assert sample.limits_moved
    assert sample.good.complete_from == 2.0
    _lies_normally(sample.normals)
    assert sample.good.rate_above(1.5).share == pytest.approx(norm.sf(1.5), rel=0.15)
    assert norm.sf(1.5) in sample.good.rate_above(1.5).interval


def test_a_review_band_is_flagged_too() -> None:
    sample = sample_of_records(columns(Line(review=1.0)), EDITIONS)
    assert sample.good.complete_from == 1.0
    assert norm.sf(2.0) in sample.good.rate_above(2.0).interval


def test_errors_and_parts_without_a_score_are_left_out() -> None:
    line = columns(Line())
    before = sample_of_records(line, EDITIONS)
    broken = columns(Line(50, seed=9))
    broken["verdict"][:] = "ERROR"
    broken["score"][::2] = math.nan
    broken["checkpoint_sha256"][:] = ""
    after = sample_of_records(joined(line, broken), EDITIONS)
    assert np.array_equal(after.normals.complete, before.normals.complete)
    assert np.array_equal(after.normals.drawn, before.normals.drawn)


def test_two_checkpoints_are_refused() -> None:
    records = joined(columns(Line()), columns(Line(checkpoint="d" * 64, seed=2)))
    with pytest.raises(UnusableRecords, match=r"2 checkpoints .*cccccccccccc, dddddddddddd"):
        sample_of_records(records, EDITIONS)


def test_two_regions_of_interest_are_refused() -> None:
    records = joined(columns(Line()), columns(Line(version=2, seed=2)))
    editions = {1: Edition(0.2), 2: Edition(0.2, (0, 0, 10, 10))}
    with pytest.raises(UnusableRecords, match="since version 2"):
        sample_of_records(records, editions)


def test_a_version_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnusableRecords, match="Version 7"):
        sample_of_records(columns(Line(version=7)), EDITIONS)


def test_records_without_judgement_are_refused() -> None:
    line = columns(Line(20))
    line["verdict"][:] = "ERROR"
    with pytest.raises(UnusableRecords, match="no judged parts"):
        sample_of_records(line, EDITIONS)


def test_records_that_nobody_reviewed_are_refused() -> None:
    line = columns(Line())
    line["part"][:] = None
    with pytest.raises(UnusableRecords, match="Nobody has reviewed"):
        sample_of_records(line, EDITIONS)
    line = columns(Line())
    line["part"][line["verdict"] != "OK"] = None
    with pytest.raises(UnusableRecords, match="flagged parts is reviewed"):
        sample_of_records(line, EDITIONS)


def test_records_from_before_the_drawing_are_refused() -> None:
    # Nothing was drawn: no escape among them would be no sign of none.
    line = columns(Line())
    line["sampled"][:] = 0
    line["part"][line["verdict"] == "OK"] = None
    with pytest.raises(UnusableRecords, match=r"0 of .* asks for 20 %"):
        sample_of_records(line, EDITIONS)


def test_an_escape_that_was_not_drawn_is_told_but_not_counted() -> None:
    line = columns(Line())
    before = sample_of_records(line, EDITIONS)
    missed = np.flatnonzero((line["verdict"] == "OK") & (line["sampled"] == 0) & line["truth"])
    line["part"][missed[0]] = "defective"
    after = sample_of_records(line, EDITIONS)
    assert after.found_otherwise == 1
    assert after.defective.rate_below(2.0) == before.defective.rate_below(2.0)


def _unreviewed(share: float) -> Columns:
    line = columns(Line())
    taken = np.flatnonzero(line["sampled"] == 1)
    line["part"][taken[: int(share * taken.size)]] = None
    return line


def test_open_parts_count_as_normals_of_the_promise() -> None:
    all_known = sample_of_records(columns(Line(defects=0.0)), EDITIONS)
    line = columns(Line(defects=0.0))
    line["part"][np.flatnonzero(line["verdict"] == "NG")[:20]] = None
    some_open = sample_of_records(line, EDITIONS)
    assert some_open.flagged_open == 20
    assert np.array_equal(some_open.normals.complete, all_known.normals.complete)
    assert some_open.normals.share == all_known.normals.share


def test_too_many_open_parts_carry_no_promise() -> None:
    assert suggest(sample_of_records(_unreviewed(0.05), EDITIONS)).tolerance.bound <= 0.01
    with pytest.raises(NoPromise, match="not decided yet"):
        suggest(sample_of_records(_unreviewed(0.5), EDITIONS))


def test_no_drawn_part_carries_no_promise_and_tells_nothing_of_escapes() -> None:
    sample = sample_of_records(columns(Line(share=0.0, version=4)), EDITIONS)
    escapes = sample.defective.rate_below(2.0)
    assert math.isnan(escapes.share)
    assert (escapes.interval.low, escapes.interval.high) == (0.0, 1.0)
    assert sample.defect_share is None
    with pytest.raises(NoPromise, match="No OK part was drawn"):
        suggest(sample)


def test_few_drawn_parts_say_how_many_more() -> None:
    with pytest.raises(TooFewNormals) as refused:
        suggest(sample_of_records(columns(Line(100)), EDITIONS), 0.001)
    assert refused.value.missing > 0


def test_the_promise_holds_through_the_machines_own_choice() -> None:
    """Many weeks of a line: the limit from what was reviewed calls at most 5 % of good parts."""
    weeks = [
        sample_of_records(columns(Line(600, limit=1.0, seed=seed)), EDITIONS) for seed in range(300)
    ]
    kept = [norm.sf(suggest(week, 0.05).tolerance.limit) <= 0.05 for week in weeks]
    assert np.mean(kept) > 0.93
    # Drawn OK parts alone are no random sample of good parts: their promise never holds.
    naive = [norm.sf(false_call_limit(week.good.drawn, 0.05).limit) <= 0.05 for week in weeks]
    assert not any(naive)


def test_escapes_that_one_person_saw_are_told() -> None:
    line = columns(Line(limit=4.0))
    escapes = np.flatnonzero((line["sampled"] == 1) & (line["part"] == "defective"))
    assert sample_of_records(line, EDITIONS).seen_once == 0
    line["reviewers"][escapes[:2]] = 1
    assert sample_of_records(line, EDITIONS).seen_once == 2
