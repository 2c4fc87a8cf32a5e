from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PyQt5.QtCore import QPoint, QPointF, Qt
from PyQt5.QtGui import QWheelEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QComboBox

from app.inspection.judgement import Inspection
from app.inspection.record import Context
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.review.filtering import Filter, Period, Show
from app.store.base import Query
from app.store.filters import SavedFilter
from app.ui.widgets.name_dialog import NameDialog
from tests.rigs.review_desk import a_part
from tests.ui.review.conftest import Bench

K = Qt.Key
NOW = datetime.now(UTC)


def context(lot: str, shift: str) -> Context:
    return Context("station-1", lot, shift, "park")


@pytest.fixture
def parts() -> list[Inspection]:
    from dataclasses import replace

    made = [
        a_part(1, Verdict.REVIEW, defect="dent"),
        a_part(2, product="Nut"),
        a_part(3, recipe_version=2),
        a_part(4, checkpoint="newer", checkpoint_sha256="b" * 64),
        a_part(5, Verdict.OK),
        a_part(6),
    ]
    lots = [
        ("L1", "early"),
        ("L1", "late"),
        ("L2", "early"),
        ("L2", "late"),
        ("L2", "late"),
        ("L3", "early"),
    ]
    ages = [40, 8, 2, 1, 0, 0]
    return [
        replace(
            part,
            record=replace(
                part.record, context=context(*lot), taken_utc=NOW - timedelta(days=age, minutes=5)
            ),
        )
        for part, lot, age in zip(made, lots, ages, strict=True)
    ]


def choose(bench: Bench, box: QComboBox, value: object) -> None:
    """Choose an entry as a person does; the values that occur must have been read."""

    def places() -> list[int]:
        return [place for place in range(box.count()) if box.itemData(place) == value]

    bench.wait(lambda: bool(places()))
    box.setFocus()
    box.setCurrentIndex(places()[0])
    box.activated.emit(places()[0])
    box.hidePopup()


def listed(bench: Bench) -> list[str]:
    model = bench.page.layout_.model
    return [row.serial for row in model.rows_from(0, 100)]


def expect(bench: Bench, *serials: str) -> None:
    bench.wait(lambda: bench.page.layout_.model.is_complete and listed(bench) == list(serials))


def test_the_list_has_what_waits(bench: Bench) -> None:
    expect(bench, "0006", "0004", "0003", "0002", "0001")


def test_each_condition_narrows_and_clear_undoes_it(bench: Bench) -> None:
    filters = bench.page.layout_.filters
    filters.more_button.click()
    everything = ("0006", "0004", "0003", "0002", "0001")
    conditions: list[tuple[str, object, tuple[str, ...]]] = [
        ("lot", "L2", ("0004", "0003")),
        ("shift", "late", ("0004", "0002")),
        ("product", "Nut", ("0002",)),
        ("recipe", ("bolt", 2), ("0003",)),
        ("recipe", ("bolt", None), everything),
        ("checkpoint_sha256", "b" * 64, ("0004",)),
        ("defect", "dent", ("0001",)),
    ]
    for name, value, serials in conditions:
        choose(bench, filters.details.boxes[name], value)
        expect(bench, *serials)
        assert "(1)" in filters.more_button.text() or value == ("bolt", 2)
        assert bench.page.hasFocus()
        bench.wait_for(serials[0])
        filters.clear_button.click()
        expect(bench, *everything)


def test_time_verdict_and_order(bench: Bench) -> None:
    filters = bench.page.layout_.filters
    choose(bench, filters.period_box, Period.WEEK)
    expect(bench, "0006", "0004", "0003")
    choose(bench, filters.period_box, Period.ANY)
    choose(bench, filters.verdict_box, Verdict.REVIEW)
    expect(bench, "0001")
    choose(bench, filters.verdict_box, None)
    choose(bench, filters.order_box, ("time", False))
    expect(bench, "0001", "0002", "0003", "0004", "0006")
    choose(bench, filters.order_box, ("score", False))
    expect(bench, "0001", "0002", "0003", "0004", "0006")
    choose(bench, filters.order_box, ("score", True))
    expect(bench, "0006", "0004", "0003", "0002", "0001")
    choose(bench, filters.show_box, Show.ALL)
    expect(bench, "0006", "0004", "0003", "0002", "0001", "0005")


def test_a_span_of_time_begins_today_and_can_be_moved(bench: Bench) -> None:
    filters = bench.page.layout_.filters
    choose(bench, filters.period_box, Period.SPAN)
    assert filters.details.since.isVisible()
    filters.details.since.setDateTime(filters.details.since.dateTime().addDays(-3))
    filters.details.since.editingFinished.emit()
    expect(bench, "0006", "0004", "0003")


def test_a_range_of_scores_is_typed(bench: Bench) -> None:
    details = bench.page.layout_.filters.details
    bench.page.layout_.filters.more_button.click()
    details.score_from.setFocus()
    bench.press("0.503", K.Key_Tab)
    expect(bench, "0006", "0004", "0003")
    details.score_to.setFocus()
    bench.press("0.504", K.Key_Tab)
    expect(bench, "0003")
    details.score_to.setFocus()
    details.score_to.selectAll()
    bench.press("o", K.Key_Backspace, K.Key_Tab)
    expect(bench, "0006", "0004", "0003")


def test_the_search_finds_serial_and_lot_by_keyboard(bench: Bench) -> None:
    bench.press(K.Key_Slash, "l2")
    expect(bench, "0004", "0003")
    bench.press(K.Key_Return)
    assert bench.page.hasFocus()
    bench.press(K.Key_F, ctrl=True)
    bench.press("0002", K.Key_Return)
    expect(bench, "0002")
    bench.press(K.Key_Slash, "nothing such", K.Key_Return)
    bench.wait(lambda: "No part fits this filter" in bench.message())


def test_a_filter_is_saved_used_and_removed(bench: Bench) -> None:
    filters = bench.page.layout_.filters
    choose(bench, filters.period_box, Period.WEEK)
    choose(bench, filters.details.boxes["lot"], "L2")
    expect(bench, "0004", "0003")
    filters.save_button.click()
    bench.wait(lambda: bench.page.findChild(NameDialog) is not None)
    dialog = bench.page.findChild(NameDialog)
    dialog.field.setText("my lot")
    QTest.keyClick(dialog.field, K.Key_Return)
    bench.wait(lambda: filters.saved_box.currentData() == "my lot")
    assert bench.store.filters.all() == [
        SavedFilter("my lot", Query(queued=True, reviewed=False, lot="L2"), "kim", "week")
    ]
    filters.clear_button.click()
    expect(bench, "0006", "0004", "0003", "0002", "0001")
    assert filters.saved_box.currentData() is None
    choose(bench, filters.saved_box, "my lot")
    expect(bench, "0004", "0003")
    assert filters.filter == Filter(Show.OPEN, Period.WEEK, Query(lot="L2"))
    filters.remove_button.click()
    bench.wait(lambda: bench.store.filters.all() == [])
    bench.wait(lambda: filters.saved_box.count() == 1)
    assert not filters.remove_button.isEnabled()


def test_the_kinds_of_work_say_how_much_waits(bench: Bench) -> None:
    box = bench.page.layout_.filters.show_box
    bench.wait(lambda: box.itemText(0) == "To be reviewed (5)")
    assert box.itemText(1) == "Second opinions (0)"


def test_all_texts_follow_the_language(bench: Bench, app: object) -> None:
    from app.ui.language import Language

    language = Language(app)  # type: ignore[arg-type]
    language.use("ko")
    filters = bench.page.layout_.filters
    assert filters.clear_button.text() == "모두 지움"
    assert filters.show_box.itemText(7) == "모든 기록"
    assert bench.page.layout_.keys["confirm"].text() == "판정 맞음: 불량"
    language.use("en")
    assert filters.clear_button.text() == "Clear"
    language.close()


def test_the_boxes_are_worked_by_keyboard(bench: Bench) -> None:
    filters = bench.page.layout_.filters
    bench.press(K.Key_Slash, K.Key_Tab)
    assert filters.show_box.hasFocus()
    bench.press(K.Key_Tab, K.Key_Tab, K.Key_Tab)
    assert filters.order_box.hasFocus()
    bench.press(K.Key_Down)
    expect(bench, "0001", "0002", "0003", "0004", "0006")
    assert filters.order_box.hasFocus()
    bench.press(K.Key_Return)
    assert bench.page.hasFocus()
    bench.wait_for("0001")
    assert bench.said("0001") == []


def test_a_wheel_over_a_box_chooses_nothing(bench: Bench) -> None:
    box = bench.page.layout_.filters.order_box
    place = QPointF(5, 5)
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert box.currentIndex() == 0


def test_what_the_line_called_good_can_be_checked(bench: Bench) -> None:
    bench.store.add_review(Review(bench.record_id("0003"), NOW, "park", "false-call"))
    choose(bench, bench.page.layout_.filters.show_box, Show.FALSE_CALLS)
    expect(bench, "0003")
    bench.wait_for("0003")
    bench.press(K.Key_Return)
    bench.wait_said("0003", "false-call", "confirmed")
    assert bench.rows(disputed=True) == ["0003"]
