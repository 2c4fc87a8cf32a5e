"""What the review screen tells of a record."""

from __future__ import annotations

from app.inspection.record import Placement, RegionResult
from app.inspection.verdict import Decision, Verdict
from app.ui.review_words import record_facts
from tests.rigs.records import a_record


def test_regions_and_position_stand_among_the_facts() -> None:
    record = a_record(
        Verdict.NG,
        decision=Decision(Verdict.NG, ("score-above-limit: thread",)),
        region_results=(
            RegionResult("thread", Verdict.NG, 0.8123, 0.5),
            RegionResult("rim", Verdict.ERROR, 0.2, None),
        ),
        placement=Placement(-17.46, 7.37, 0.35, 0.96),
    )
    facts = dict(record_facts(record))
    assert facts["Regions"] == "thread: NG, score 0.812, limit 0.5\nrim: ERROR"
    assert facts["Position"] == "-17.5 px across, +7.4 px down, turned +0.3°"
    assert "Cause" not in facts


def test_a_record_without_regions_says_nothing_of_them() -> None:
    failed = a_record(Verdict.ERROR, decision=Decision(Verdict.ERROR, ("model-failed: no luck",)))
    facts = dict(record_facts(failed))
    assert facts["Cause"] == "no luck"
    assert not {"Regions", "Position"} & facts.keys()
