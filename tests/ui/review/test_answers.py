from __future__ import annotations

import pytest
from PyQt5.QtCore import Qt

from app.review.filtering import Filter, Show
from app.settings.keeper import SettingsKeeper
from app.ui.widgets.name_dialog import NameDialog
from tests.rigs.review_desk import a_part
from tests.ui.review.conftest import Bench

K = Qt.Key


def test_undo_takes_the_newest_decision_back_and_shows_what_was_typed(bench: Bench) -> None:
    bench.press(K.Key_2, K.Key_C, "chipped", K.Key_Return, K.Key_Return)
    bench.wait_for("0005")
    bench.press(K.Key_O)
    bench.wait_for("0004")
    bench.press(K.Key_Z)
    bench.wait_for("0005")
    bench.press(K.Key_Z)
    bench.wait_for("0006")
    layout = bench.page.layout_
    assert (layout.kinds.kind, layout.comment.text()) == ("dent", "chipped")
    bench.wait_said("0006", "confirmed", "withdrawn")
    bench.wait_said("0005", "false-call", "withdrawn")
    assert bench.rows(queued=True, reviewed=False)[:2] == ["0006", "0005"]
    assert bench.word("0006") == ""
    bench.press(K.Key_O)
    bench.wait_said("0006", "confirmed", "withdrawn", "false-call")
    bench.wait_for("0005")


def test_nothing_is_left_to_take_back(bench: Bench) -> None:
    bench.press(K.Key_Z)
    assert "Nothing" in bench.notice()
    bench.press(K.Key_Return, K.Key_Z)
    bench.press(K.Key_Z, ctrl=True)
    assert "Nothing" in bench.notice()
    bench.wait_said("0006", "confirmed", "withdrawn")


def test_undo_works_before_the_decision_is_written(bench: Bench) -> None:
    for _ in range(20):
        bench.press(K.Key_Return, K.Key_Z)
    bench.wait(lambda: bench.page.answers.writer.outbox.waiting == ())
    assert [review.finding for review in bench.said("0006")] == ["confirmed", "withdrawn"] * 20
    assert bench.rows(reviewed=True) == []


def test_a_part_is_decided_before_it_is_seen_by_nobody(bench: Bench) -> None:
    bench.page.loader.forget()
    bench.press(K.Key_Down)  # not loaded any more
    bench.press(K.Key_Return)
    assert "no part on the screen" in bench.notice()
    assert bench.rows(reviewed=True) == []


def test_the_end_of_the_list_says_so_and_the_keyboard_goes_on(bench: Bench) -> None:
    for serial in ("0006", "0005", "0004", "0003", "0002", "0001"):
        bench.wait_for(serial)
        bench.press(K.Key_Return)
    bench.wait(lambda: bench.message() == "All parts of this list are decided.")
    bench.press(K.Key_Return, K.Key_O, K.Key_1, K.Key_H, K.Key_G, K.Key_M, K.Key_E, K.Key_Left)
    bench.press(K.Key_F, K.Key_H)
    bench.wait(lambda: len(bench.rows(reviewed=True)) == 6)
    bench.wait(lambda: not bench.page.answers.writer.outbox.waiting)
    late = a_part(7).record
    bench.store.add(late)
    bench.page.watch.count()
    bench.wait(lambda: bench.message().endswith("1 new part waits: press R."))
    bench.press(K.Key_R)
    bench.wait_for("0007")
    bench.press(K.Key_U)
    bench.wait_said("0007", "unsure")
    bench.press(K.Key_R)
    bench.wait(lambda: bench.message() == "No part waits for review.")
    bench.press(K.Key_Z)
    bench.wait_for("0007")


def test_parts_that_were_passed_over_come_again(bench: Bench) -> None:
    bench.press(K.Key_Down)
    for serial in ("0005", "0004", "0003", "0002", "0001"):
        bench.wait_for(serial)
        bench.press(K.Key_Return)
    bench.wait_for("0006")
    assert "still open" in bench.notice()


class TestFirstTime:
    @pytest.fixture
    def reviewer(self) -> str:
        return ""

    def test_the_name_is_asked_once_and_the_decision_is_made_with_it(self, bench: Bench) -> None:
        bench.press(K.Key_O)
        assert bench.said("0006") == []
        bench.name("Lee Min")
        bench.wait_said("0006", "false-call")
        assert bench.said("0006")[0].by == "Lee Min"
        bench.wait_for("0005")
        bench.press(K.Key_O)
        bench.wait_said("0005", "false-call")
        assert bench.page.findChild(NameDialog) is None
        assert SettingsKeeper(bench.desk.home.settings).settings.reviewer == "Lee Min"
        assert bench.page.layout_.keys["reviewer"].text() == "Reviewer: Lee Min"

    def test_without_a_name_nothing_is_decided(self, bench: Bench) -> None:
        bench.press(K.Key_O)
        bench.wait(lambda: bench.page.findChild(NameDialog) is not None)
        dialog = bench.page.findChild(NameDialog)
        dialog.field.setText("   ")
        assert not dialog.take_button.isEnabled()
        dialog.reject()
        bench.wait(bench.page.hasFocus)
        assert (bench.serial(), bench.said("0006")) == ("0006", [])


def test_another_person_can_not_take_back_what_this_one_said(bench: Bench) -> None:
    bench.press(K.Key_Return)
    bench.wait_for("0005")
    bench.wait_said("0006", "confirmed")
    bench.sit_down("lee")
    bench.wait_for("0005")
    bench.press(K.Key_Z)
    assert "Nothing" in bench.notice()
    bench.press(K.Key_U)
    bench.wait_said("0005", "unsure")
    assert bench.said("0005")[0].by == "lee"


def test_the_history_tells_who_said_what(bench: Bench) -> None:
    bench.press(K.Key_2, K.Key_Return)
    bench.wait_for("0005")
    bench.wait_said("0006", "confirmed")
    bench.press(K.Key_Up)
    bench.wait_for("0006")
    history = bench.page.layout_.history
    bench.wait(lambda: "kim: confirmed · dent" in history.item(1).text())
    texts = [history.item(row).text() for row in range(history.count())]
    assert any("0005" in text for text in texts)
    history.itemClicked.emit(history.item(len(texts) - 1))
    bench.wait(lambda: bench.serial() != "0006")


def test_a_word_can_be_changed_and_both_are_kept(bench: Bench) -> None:
    bench.press(K.Key_Return)
    bench.wait_for("0005")
    bench.page.layout_.filters.show_filter(Filter(Show.REVIEWED))
    bench.wait_said("0006", "confirmed")
    bench.wait(lambda: not bench.page.answers.writer.outbox.waiting)
    bench.page.reload()
    bench.wait_for("0006")
    bench.press(K.Key_O)
    bench.wait_said("0006", "confirmed", "false-call")
    assert bench.rows(part="good") == ["0006"]
