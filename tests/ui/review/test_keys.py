from __future__ import annotations

import pytest
from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from app.inspection.judgement import Inspection
from app.inspection.verdict import Verdict
from app.ui.screens.review_keys import KEYS
from tests.rigs.review_desk import a_part
from tests.ui.review.conftest import Bench

K = Qt.Key


@pytest.fixture
def parts() -> list[Inspection]:
    kinds = [Verdict.OK, Verdict.REVIEW, Verdict.ERROR, Verdict.NG, Verdict.NG, Verdict.NG]
    return [
        a_part(number, verdict, sampled=verdict is Verdict.OK)
        for number, verdict in enumerate(kinds, start=1)
    ]


def test_no_key_means_two_things() -> None:
    used = [pair for key in KEYS for pair in key.keys]
    assert len(used) == len(set(used))
    assert not {code for code, modifiers in used if not modifiers} & set(range(K.Key_1, K.Key_9))


def test_every_key_does_something(bench: Bench) -> None:
    assert {key.name for key in KEYS} == set(bench.page._doings)


def test_the_newest_open_part_is_shown_first(bench: Bench) -> None:
    assert bench.serial() == "0006"
    layout = bench.page.layout_
    assert layout.place.text() == "1 of 6"
    assert layout.view.picture is not None
    assert layout.reason.text() == "2 regions, largest 1.4 mm²"
    assert layout.gauge.reading is not None
    assert layout.keys["confirm"].text() == "Confirm: part is defective"
    assert layout.keys["overrule"].text() == "Overrule: part is good"
    assert layout.kinds.buttons[1].text() == "dent 0.71"


def test_confirm_goes_to_the_next_by_itself(bench: Bench) -> None:
    bench.press(K.Key_Return)
    bench.wait_for("0005")
    bench.wait_said("0006", "confirmed")
    assert bench.said("0006")[0].by == "kim"
    assert bench.word("0006") == "✓ confirmed"
    assert bench.page.layout_.place.text() == "2 of 6 · 1 decided"


@pytest.mark.parametrize(
    ("key", "findings"),
    [
        (K.Key_Enter, ("confirmed", "defective", "defective", "confirmed")),
        (K.Key_O, ("false-call", "good", "good", "escape")),
        (K.Key_U, ("unsure",) * 4),
    ],
)
def test_each_verdict_is_answered(bench: Bench, key: Qt.Key, findings: tuple[str, ...]) -> None:
    bench.press(K.Key_Down)
    bench.wait_for("0005")
    bench.press(K.Key_Down)
    # NG, ERROR, REVIEW, OK
    for serial, finding in zip(("0004", "0003", "0002", "0001"), findings, strict=True):
        bench.wait_for(serial)
        bench.press(key)
        bench.wait_said(serial, finding)


def test_the_kinds_of_defects_are_the_digits(bench: Bench) -> None:
    kinds = bench.page.layout_.kinds
    bench.press(K.Key_1)
    assert kinds.kind == "scratch"
    bench.press(K.Key_3)
    assert kinds.kind == "stain"
    bench.press(K.Key_3)
    assert kinds.kind == ""
    bench.press(K.Key_9)
    assert kinds.kind == ""
    bench.press(K.Key_2, K.Key_Return)
    bench.wait_said("0006", "confirmed")
    assert bench.said("0006")[0].defect == "dent"
    bench.wait_for("0005")
    assert kinds.kind == ""
    assert bench.rows(defect="dent") == ["0006"]


def test_a_good_part_gets_no_kind(bench: Bench) -> None:
    bench.press(K.Key_1, K.Key_O)
    bench.wait_said("0006", "false-call")
    assert bench.said("0006")[0].defect == ""


def test_a_comment_is_typed_and_enter_decides_nothing(bench: Bench) -> None:
    bench.press(K.Key_C, "bo2u z", K.Key_Return)
    assert bench.page.hasFocus()
    assert bench.serial() == "0006"
    assert bench.said("0006") == []
    bench.press(K.Key_O)
    bench.wait_said("0006", "false-call")
    assert bench.said("0006")[0].comment == "bo2u z"
    assert bench.page.layout_.comment.text() == ""


def test_next_and_previous_decide_nothing(bench: Bench) -> None:
    bench.press(K.Key_Up)
    assert bench.notice() == "This is the first part."
    for key, serial in (
        (K.Key_Down, "0005"), (K.Key_N, "0004"), (K.Key_PageDown, "0003"),
        (K.Key_Up, "0004"), (K.Key_P, "0005"), (K.Key_PageUp, "0006"),
    ):  # fmt: skip
        bench.press(key)
        bench.wait_for(serial)
    assert bench.rows(reviewed=True) == []


def test_blink_shows_the_raw_picture_while_held(bench: Bench) -> None:
    view = bench.page.layout_.view
    for key in (K.Key_B, K.Key_Space):
        QTest.keyPress(bench.page, key)
        assert view.is_raw
        # A held key repeats press and release.
        QApplication.sendEvent(
            bench.page,
            QKeyEvent(QEvent.Type.KeyRelease, key, Qt.KeyboardModifier.NoModifier, "", True),
        )
        assert view.is_raw
        QTest.keyRelease(bench.page, key)
        assert not view.is_raw
    QTest.keyPress(bench.page, K.Key_B)
    bench.page.layout_.comment.setFocus()
    assert not view.is_raw


def test_heatmap_and_outlines_are_toggled(bench: Bench) -> None:
    view, keys = bench.page.layout_.view, bench.page.layout_.keys
    bench.press(K.Key_H, K.Key_L)
    assert (view.heat_is_on, view.contours_are_on) == (False, False)
    assert not keys["heat"].isChecked()
    bench.press(K.Key_H, K.Key_L)
    assert (view.heat_is_on, view.contours_are_on) == (True, True)
    assert keys["contours"].isChecked()


def test_the_view_is_kept_from_part_to_part(bench: Bench) -> None:
    view = bench.page.layout_.view
    bench.press(K.Key_E)
    assert view.magnification == 8
    bench.press(K.Key_Right, K.Key_Down, shift=True)
    place = view.centre
    bench.press(K.Key_Return)
    bench.wait_for("0005")
    assert (view.magnification, view.centre) == (8, place)
    bench.press(K.Key_A)
    assert view.magnification == 1
    bench.press(K.Key_Plus)
    assert view.magnification == pytest.approx(1.25)
    bench.press(K.Key_Minus)
    assert view.magnification == pytest.approx(1)
    bench.press(K.Key_F)
    assert view.fits
    bench.press(K.Key_Down)
    bench.wait_for("0004")
    assert view.fits


def test_regions_are_looked_at_one_after_the_other(bench: Bench) -> None:
    view, strip = bench.page.layout_.view, bench.page.layout_.regions
    view.zoom_to(30)
    bench.press(K.Key_G)
    assert (view.centre.x(), view.centre.y()) == (14, 14)
    bench.press(K.Key_G)
    assert (view.centre.x(), view.centre.y()) == (43, 33)
    bench.press(K.Key_G)
    assert strip.currentRow() == 0
    assert "1.4 mm²" in strip.item(0).text()


def test_the_column_at_the_right_has_three_sides(bench: Bench) -> None:
    layout = bench.page.layout_
    for key, side in ((K.Key_T, "history"), (K.Key_W, "why"), (K.Key_I, "facts")):
        bench.press(key)
        assert layout.shown_side == side
        assert [name for name in ("facts", "history", "why") if layout.keys[name].isChecked()] == [
            side
        ]


def test_what_does_not_fit_is_reached_by_the_same_key(bench: Bench) -> None:
    bench.page.layout_.facts.setMaximumHeight(80)
    bench.bot.wait(20)
    bar = bench.page.layout_.facts.verticalScrollBar()
    assert bar.maximum() > 0
    bench.press(K.Key_I)
    assert bar.value() > 0
    while bar.value() < bar.maximum():
        bench.press(K.Key_I)
    bench.press(K.Key_I)
    assert bar.value() == 0


def test_neighbours_of_the_lot_and_back(bench: Bench) -> None:
    bench.press(K.Key_Left)
    bench.wait_for("0005")
    bench.press(K.Key_Left)
    bench.wait_for("0004")
    assert bench.page.layout_.place.text() == "Beside the list"
    bench.press(K.Key_Right)
    bench.wait_for("0005")
    bench.press(K.Key_Escape)
    bench.wait_for("0006")
    bench.press(K.Key_Right)
    assert "no further part" in bench.notice()


def test_what_is_on_the_screen_is_decided_also_beside_the_list(bench: Bench) -> None:
    bench.press(K.Key_Left)
    bench.wait_for("0005")
    bench.press(K.Key_O)
    bench.wait_said("0005", "false-call")
    bench.wait_for("0006")
    assert bench.said("0006") == []


def test_escape_gives_the_keyboard_back(bench: Bench) -> None:
    bench.press(K.Key_Slash)
    assert bench.page.layout_.filters.search.hasFocus()
    bench.press(K.Key_Escape)
    assert bench.page.hasFocus()
    bench.page.layout_.filters.order_box.setFocus()
    bench.press(K.Key_O)
    assert bench.said("0006") == []
    bench.press(K.Key_Escape)
    assert bench.page.hasFocus()


def test_the_window_gets_no_key_of_ours(bench: Bench) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, K.Key_Space, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(bench.page, event)
    assert event.isAccepted()


def test_the_mouse_can_do_it_too(bench: Bench) -> None:
    keys = bench.page.layout_.keys
    keys["overrule"].click()
    bench.wait_said("0006", "false-call")
    bench.wait_for("0005")
    keys["next"].click()
    bench.wait_for("0004")
    keys["undo"].click()
    bench.wait_for("0006")
    keys["blink"].pressed.emit()
    assert bench.page.layout_.view.is_raw
    keys["blink"].released.emit()
    assert not bench.page.layout_.view.is_raw
    assert bench.page.hasFocus()
