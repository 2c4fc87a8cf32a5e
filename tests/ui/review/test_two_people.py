from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PyQt5.QtCore import Qt

from app.inspection.judgement import Inspection
from app.inspection.review import Review
from app.review.filtering import Show
from tests.rigs.review_desk import a_part
from tests.ui.review.conftest import Bench

K = Qt.Key


@pytest.fixture
def parts() -> list[Inspection]:
    return [a_part(number, second_opinion=number % 2 == 0) for number in range(1, 7)]


def elsewhere(bench: Bench, serial: str, finding: str, by: str = "lee", **words: str) -> None:
    """Somebody at another desk decides."""
    review = Review(bench.record_id(serial), datetime.now(UTC), by, finding, **words)  # type: ignore[arg-type]
    bench.store.add_review(review)


def all_texts(bench: Bench) -> str:
    """Everything that can be read of the part and its row."""
    layout = bench.page.layout_
    history = " ".join(layout.history.item(row).text() for row in range(layout.history.count()))
    facts = " ".join(value for _, value in layout.facts._facts)
    return " ".join((history, facts, bench.word(bench.serial()), bench.notice()))


def test_second_opinions_are_offered_without_the_first_word(bench: Bench) -> None:
    elsewhere(bench, "0006", "false-call", comment="only dust", defect="stain")
    elsewhere(bench, "0005", "confirmed")
    bench.page.watch.count()
    bench.wait(lambda: "(1)" in bench.page.layout_.filters.show_box.itemText(1))
    bench.press(K.Key_S)
    bench.wait_for("0006")
    assert bench.page.layout_.filters.filter.show is Show.SECOND
    bench.wait(lambda: "Second opinion" in bench.notice())
    read = all_texts(bench)
    assert "One opinion is given" in read
    for secret in ("false call", "only dust", "stain", "lee"):
        assert secret not in read
    assert bench.word("0006") == "1 of 2"


def test_disagreement_is_said_after_the_decision_and_listed(bench: Bench) -> None:
    elsewhere(bench, "0006", "false-call")
    elsewhere(bench, "0004", "confirmed")
    bench.press(K.Key_S)
    bench.wait_for("0006")
    bench.press(K.Key_Return)
    bench.wait_for("0004")
    bench.wait(lambda: "contradict" in bench.notice())
    assert "lee" in bench.notice()
    bench.press(K.Key_Return)
    bench.wait(lambda: bench.message().startswith("All parts"))
    bench.wait_said("0004", "confirmed", "confirmed")
    assert bench.rows(disputed=True) == ["0006"]
    filters = bench.page.layout_.filters
    filters.show_box.setCurrentIndex(filters.show_box.findData(Show.DISPUTED))
    filters.show_box.activated.emit(filters.show_box.currentIndex())
    bench.wait_for("0006")
    assert "They disagree: lee, kim" in all_texts(bench)


def test_the_same_person_gives_no_second_opinion(bench: Bench) -> None:
    bench.press(K.Key_Return)
    bench.wait_said("0006", "confirmed")
    bench.press(K.Key_S)
    bench.wait(lambda: bench.message().startswith("No part waits for your second opinion"))
    bench.press(K.Key_S)
    bench.wait_for("0005")


def test_other_capitals_are_no_other_person(bench: Bench) -> None:
    elsewhere(bench, "0006", "confirmed", by="Kim")
    bench.press(K.Key_S)
    bench.wait_for("0006")
    bench.press(K.Key_O)
    assert "another person" in bench.notice()
    assert len(bench.said("0006")) == 1


def test_a_decision_of_another_desk_is_seen_while_the_part_is_shown(bench: Bench) -> None:
    bench.press(K.Key_Down)
    bench.wait_for("0005")
    elsewhere(bench, "0005", "false-call")
    bench.page.watch._on_time()
    bench.wait(lambda: "lee decided this part meanwhile: false call" in bench.notice())
    bench.wait(lambda: bench.word("0005") == "done by another")
    # This person may go on or have the own word too; both are kept.
    bench.press(K.Key_Return)
    bench.wait_said("0005", "false-call", "confirmed")


def test_what_others_decided_is_passed_over(bench: Bench) -> None:
    elsewhere(bench, "0005", "confirmed")
    elsewhere(bench, "0004", "confirmed")
    bench.page.watch._on_time()
    bench.wait(lambda: bench.word("0005") == bench.word("0004") == "done by another")
    bench.press(K.Key_Return)
    bench.wait_for("0003")


def test_a_second_opinion_that_came_meanwhile_stays_blind(bench: Bench) -> None:
    elsewhere(bench, "0006", "false-call")
    bench.page.watch._on_time()
    bench.wait(lambda: "yours is the second opinion" in bench.notice())
    assert "false call" not in all_texts(bench)


def test_two_words_at_the_same_moment_are_both_kept(bench: Bench) -> None:
    elsewhere(bench, "0005", "false-call")
    bench.press(K.Key_Down)
    bench.wait_for("0005")
    bench.press(K.Key_Return)
    bench.wait_said("0005", "false-call", "confirmed")
    assert bench.rows(disputed=True) == ["0005"]


def test_taking_back_a_second_opinion_offers_it_again_blind(bench: Bench) -> None:
    elsewhere(bench, "0006", "false-call")
    bench.press(K.Key_S)
    bench.wait_for("0006")
    bench.press(K.Key_Return, K.Key_Z)
    bench.wait_said("0006", "false-call", "confirmed", "withdrawn")
    bench.wait_for("0006")
    bench.wait(lambda: "One opinion is given" in all_texts(bench))


def test_the_unsure_of_the_first_person_is_secret_too(bench: Bench) -> None:
    elsewhere(bench, "0006", "unsure")
    elsewhere(bench, "0005", "unsure")
    filters = bench.page.layout_.filters
    filters.show_box.setCurrentIndex(filters.show_box.findData(Show.UNSURE))
    filters.show_box.activated.emit(filters.show_box.currentIndex())
    bench.wait_for("0005")
    assert bench.page.layout_.model.rowCount() == 1
