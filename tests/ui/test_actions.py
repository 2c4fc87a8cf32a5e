from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QApplication, QMessageBox

from app.station.status import StationState
from app.store.base import Query
from app.ui import icons
from app.ui.actions import ACTIONS, is_enabled
from app.ui.widgets.part_dialog import PartDialog
from tests.ui.conftest import Desk
from tests.ui.test_staleness import RUNNING

KEYS = [info.key for info in ACTIONS]


def phase(desk: Desk) -> StationState:
    return desk.station.status().phase


@pytest.mark.parametrize("key", KEYS)
def test_every_action_has_icon_text_tip_and_shortcut(desk: Desk, key: str) -> None:
    action = desk.window.actions_[key]
    assert not action.icon().isNull()
    assert action.text()
    assert action.shortcut()
    assert action.shortcut().toString() in action.toolTip()


def test_no_shortcut_is_given_twice() -> None:
    given = [QKeySequence(info.shortcut).toString() for info in ACTIONS]
    assert len(set(given)) == len(given)


def test_an_unknown_icon_names_the_known_ones(app: QApplication) -> None:
    with pytest.raises(KeyError, match="single_shot"):
        icons.icon("nonsense")


@pytest.mark.parametrize("key", KEYS)
def test_every_action_can_be_triggered_on_a_running_line(desk: Desk, key: str) -> None:
    desk.run_until("OK")
    action = desk.window.actions_[key]
    if action.isEnabled():
        action.trigger()
        desk.bot.wait(50)
        if action.isCheckable():
            action.trigger()
    else:
        assert key in ("start", "single_shot", "acknowledge", "false_call")


def test_start_pause_stop_do_what_they_say(desk: Desk) -> None:
    desk.press("start")
    desk.wait(lambda: phase(desk) is StationState.RUNNING)
    desk.press("pause")
    desk.wait(lambda: phase(desk) is StationState.PAUSED)
    desk.press("start")
    desk.wait(lambda: phase(desk) is StationState.RUNNING)
    desk.press("stop")
    desk.wait(lambda: phase(desk) is StationState.IDLE)


def test_space_judges_exactly_one_part(desk: Desk) -> None:
    with desk.bot.waitSignal(desk.station.inspected, timeout=20_000):
        desk.bot.keyClick(desk.window.live, Qt.Key.Key_Space)
    desk.wait(lambda: phase(desk) is StationState.PAUSED)
    desk.bot.wait(300)
    assert desk.station.status().tally.total == 1


def test_space_in_the_lot_field_types_a_space(desk: Desk) -> None:
    field = desk.window.live.layout_.lot_fields.lot
    field.setFocus()
    desk.bot.keyClicks(field, " A")
    assert field.text() == "L-1 A"
    desk.bot.wait(100)
    assert phase(desk) is StationState.IDLE


def test_a_lot_counts_once_it_is_confirmed(desk: Desk) -> None:
    fields = desk.window.live.layout_.lot_fields
    fields.lot.setFocus()
    fields.lot.selectAll()
    desk.bot.keyClicks(fields.lot, "L-2")
    assert fields.pending
    assert desk.station.status().context.lot == "L-1"
    desk.bot.keyClick(fields.lot, Qt.Key.Key_Return)
    desk.wait(lambda: desk.station.status().context.lot == "L-2")
    assert not fields.pending
    desk.run_until("OK")
    record = desk.window.live.shown_record()
    assert record is not None
    assert record.context.lot == "L-2"


def test_counters_are_reset_only_after_a_yes(desk: Desk) -> None:
    desk.run_until("OK")
    desk.press("stop")
    desk.wait(lambda: phase(desk) is StationState.IDLE and desk.station.status().tally.ok > 0)
    buttons = (QMessageBox.StandardButton.No, True), (QMessageBox.StandardButton.Yes, False)
    for button, left in buttons:
        desk.window.live.layout_.reset_button.click()
        (question,) = [box for box in desk.window.findChildren(QMessageBox) if box.isVisible()]
        answer = question.button(button)
        assert answer is not None
        answer.click()
        desk.bot.wait(50)
        assert (desk.station.status().tally.ok > 0) is left
    assert desk.window.live.layout_.counters.counts.ok == 0


def test_full_screen_and_back(desk: Desk) -> None:
    desk.bot.keyClick(desk.window, Qt.Key.Key_F11)
    desk.wait(desk.window.isFullScreen)
    assert desk.window.actions_["full_screen"].isChecked()
    desk.bot.keyClick(desk.window, Qt.Key.Key_F11)
    desk.wait(lambda: not desk.window.isFullScreen())
    assert not desk.window.actions_["full_screen"].isChecked()


def test_closing_while_inspecting_asks_first(desk: Desk) -> None:
    desk.run_until("OK")
    desk.window.close()
    (question,) = [box for box in desk.window.findChildren(QMessageBox) if box.isVisible()]
    assert desk.window.isVisible()
    yes = question.button(QMessageBox.StandardButton.Yes)
    assert yes is not None
    yes.click()
    desk.wait(lambda: not desk.window.isVisible())


@pytest.mark.logs_expected
def test_a_fault_is_on_top_until_it_is_acknowledged(desk: Desk) -> None:
    desk.run_until("OK")
    fault = desk.window.live.layout_.fault
    assert not fault.isVisible()
    desk.station.report_bug("The program has a fault; tell the engineer.")
    desk.wait(fault.isVisible)
    assert fault.text == "The program has a fault; tell the engineer."
    assert desk.window.live.layout_.state.text() == "Fault"
    fault.button.click()
    desk.wait(lambda: not fault.isVisible())


def test_nothing_is_started_over_an_unread_fault() -> None:
    fault = replace(RUNNING, state=StationState.FAULT, phase=StationState.IDLE)
    enabled = {key for key in KEYS if is_enabled(key, fault)}
    assert "acknowledge" in enabled
    assert not enabled & {"start", "single_shot", "pause", "stop"}


def test_a_false_call_is_stored_and_marked(desk: Desk) -> None:
    desk.scene.part = "ng"
    desk.run_until("NG")
    strip = desk.window.live.layout_.strip
    desk.wait(lambda: len(strip.thumbnails) > 0)
    desk.press("stop")
    desk.wait(lambda: phase(desk) is StationState.IDLE)
    newest = strip.thumbnails[0].record_id
    desk.press("false_call")
    (dialog,) = desk.window.findChildren(PartDialog)
    assert dialog.record_id == newest
    with desk.bot.waitSignal(desk.station.reviewed, timeout=20_000):
        dialog.false_call_button.click()
    assert not dialog.false_call_button.isEnabled()
    assert strip.thumbnails[0].false_call
    store = desk.station._services.store
    assert [review.finding for review in store.reviews(newest)] == ["marked"]
    # the line's word is no review: the part still waits for one
    assert [record.id for record in store.find(Query(findings=("marked",)))] == [newest]
    assert store.find(Query(reviewed=True)) == []
    dialog.close_button.click()
