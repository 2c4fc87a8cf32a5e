from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.review import Review, part_of
from app.inspection.verdict import Verdict
from app.review.decisions import (
    Choice,
    Word,
    disagree,
    is_blind,
    objection,
    own_word,
    part_after,
    person,
    review_of,
    withdrawal,
)
from tests.rigs.records import a_record

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def said(by: str, finding: str, hour: int = 0, **changes: object) -> Review:
    return Review("r", NOW + timedelta(hours=hour), by, finding, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "confirmed", "overruled"),
    [
        (Verdict.OK, "good", "defective"),
        (Verdict.NG, "defective", "good"),
        (Verdict.REVIEW, "defective", "good"),
        (Verdict.ERROR, "defective", "good"),
    ],
)
def test_confirming_agrees_with_where_the_machine_put_the_part(
    verdict: Verdict, confirmed: str, overruled: str
) -> None:
    assert part_after(verdict, Choice.CONFIRM) == confirmed
    assert part_after(verdict, Choice.OVERRULE) == overruled
    assert part_after(verdict, Choice.UNSURE) is None


@pytest.mark.parametrize(("verdict", "choice"), list(product(Verdict, Choice)))
def test_the_review_says_of_the_part_what_the_choice_meant(
    verdict: Verdict, choice: Choice
) -> None:
    record = a_record(verdict)
    review = review_of(record, Word(choice, "dent", " seen "), "Kim  Lee ", NOW)
    assert part_of(verdict, review.finding) == part_after(verdict, choice)
    assert (review.record_id, review.by, review.comment) == (record.id, "Kim Lee", "seen")
    assert review.defect == ("" if part_after(verdict, choice) == "good" else "dent")


def test_a_good_part_has_no_defective_pixels() -> None:
    square = ((1, 1), (5, 1), (5, 5))
    record = a_record(Verdict.NG)
    good = review_of(record, Word(Choice.OVERRULE, mask=(square,)), "kim", NOW)
    defective = review_of(record, Word(Choice.CONFIRM, mask=(square,)), "kim", NOW)
    undrawn = review_of(record, Word(Choice.OVERRULE), "kim", NOW)
    assert (good.mask, defective.mask, undrawn.mask) == ((), (square,), None)


def test_a_decision_needs_a_name() -> None:
    assert "name" in objection(a_record(Verdict.NG), [], "  ")
    assert objection(a_record(Verdict.NG), [], "kim") == ""


def test_the_second_opinion_is_blind_and_by_another_person() -> None:
    record = a_record(Verdict.NG, second_opinion=True)
    first = [said("Kim", "confirmed")]
    assert not is_blind(record, [], "lee")
    assert is_blind(record, first, "lee")
    assert not is_blind(record, first, "Kim")
    assert objection(record, first, "lee") == ""
    assert "Kim" in objection(record, first, "kim")
    assert objection(record, first, "Kim") == ""  # may correct the own word
    both = [*first, said("lee", "false-call", 1)]
    assert not is_blind(record, both, "lee")
    assert not is_blind(record, both, "park")


def test_a_part_for_one_opinion_hides_nothing() -> None:
    record = a_record(Verdict.NG)
    assert not is_blind(record, [said("kim", "confirmed")], "lee")


def test_what_was_taken_back_makes_nobody_first() -> None:
    record = a_record(Verdict.NG, second_opinion=True)
    reviews = [said("kim", "confirmed"), withdrawal("r", "kim", NOW + timedelta(hours=1))]
    assert not is_blind(record, reviews, "lee")
    assert own_word(reviews, "kim") is None


@pytest.mark.parametrize(
    ("words", "contradict"),
    [
        ([("kim", "confirmed")], False),
        ([("kim", "confirmed"), ("lee", "false-call")], True),
        ([("kim", "confirmed"), ("lee", "unsure")], False),
        ([("kim", "confirmed"), ("lee", "false-call"), ("lee", "withdrawn")], False),
        ([("kim", "confirmed"), ("kim", "false-call")], False),
        ([("kim", "false-call"), ("lee", "acknowledged"), ("lee", "confirmed")], True),
    ],
)
def test_persons_contradict_each_other_not_themselves(
    words: list[tuple[str, str]], contradict: bool
) -> None:
    reviews = [said(by, finding, hour) for hour, (by, finding) in enumerate(words)]
    assert disagree(Verdict.NG, reviews) is contradict


@given(st.text(max_size=30))
def test_a_name_is_the_same_with_spaces_around(name: str) -> None:
    assert person(f"  {name} ") == person(name) == person(person(name))
