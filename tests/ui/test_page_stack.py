from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.inspection.tally import Tally
from app.station.status import StationState
from app.ui import pages
from app.ui.pages import PAGES
from app.ui.qa_desk import QaDesk
from app.ui.screens.page import Page
from tests.ui.conftest import Desk


class Notebook(Page):
    """A page that writes down what happens to it."""

    def __init__(self, desk: QaDesk, parent: QWidget) -> None:
        super().__init__(desk, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.seen: list[str] = []
        QVBoxLayout(self).addWidget(QLabel("paint"))

    def entered(self) -> None:
        self.seen.append("entered")

    def left(self) -> None:
        self.seen.append("left")

    def set_scale(self, scale: float) -> None:
        self.seen.append(f"scale {scale}")

    def retranslate(self) -> None:
        self.seen.append("retranslated")


@pytest.fixture(autouse=True)
def notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    infos = tuple(replace(info, build=Notebook) for info in PAGES)
    monkeypatch.setattr(pages, "PAGES", infos)


def page(desk: Desk) -> Notebook:
    shown = desk.window.pages.page
    assert isinstance(shown, Notebook)
    return shown


def settled(desk: Desk) -> Tally:
    """Return the counts as soon as no part that was under way adds to them."""
    while True:
        before = desk.station.status().tally
        desk.bot.wait(500)
        if desk.station.status().tally == before:
            return before


def test_the_window_begins_with_the_live_screen(desk: Desk) -> None:
    bar = desk.window.pages.bar
    assert [key for key, button in bar.buttons.items() if button.isChecked()] == ["live"]
    assert list(bar.buttons) == ["live", *(info.key for info in PAGES)]
    assert desk.window.live.isVisible()
    assert not bar.line.isVisible()


def test_a_page_is_built_once_and_told_when_it_is_shown(desk: Desk) -> None:
    bar = desk.window.pages.bar
    bar.buttons["review"].click()
    first = page(desk)
    assert first.isVisible()
    assert not desk.window.live.isVisible()
    bar.buttons["limits"].click()
    assert page(desk) is not first
    bar.buttons["review"].click()
    assert page(desk) is first
    assert first.seen == ["scale 1.0", "entered", "left", "entered"]
    bar.buttons["review"].click()
    assert bar.buttons["review"].isChecked()
    assert first.seen[-1] == "entered"
    bar.buttons["live"].click()
    assert desk.window.live.isVisible()
    assert desk.window.pages.page is None


def test_every_screen_has_a_key(desk: Desk) -> None:
    for number, key in enumerate(desk.window.pages.bar.buttons, 1):
        desk.bot.keyClick(
            desk.window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier
        )
        desk.wait(lambda wanted=key: desk.window.pages.key == wanted)  # type: ignore[misc]


def test_space_judges_a_part_on_the_live_screen_alone(desk: Desk) -> None:
    desk.press("start")
    desk.wait(lambda: desk.station.status().phase is StationState.RUNNING)
    desk.press("pause")
    desk.wait(lambda: desk.station.status().phase is StationState.PAUSED)
    desk.window.pages.show_page("review")
    judged = settled(desk)
    desk.bot.keyClick(page(desk), Qt.Key.Key_Space)
    assert settled(desk) == judged
    desk.window.pages.show_page("live")
    desk.bot.keyClick(desk.window.live, Qt.Key.Key_Space)
    desk.wait(lambda: desk.station.status().tally != judged)


def test_stop_works_on_every_screen(desk: Desk) -> None:
    desk.run_until("OK")
    desk.window.pages.show_page("review")
    desk.bot.keyClick(page(desk), Qt.Key.Key_F7)
    desk.wait(lambda: desk.station.status().phase is StationState.IDLE)


def test_the_bar_says_what_the_line_does_meanwhile(desk: Desk) -> None:
    line = desk.window.pages.bar.line
    desk.run_until("OK")
    desk.window.pages.show_page("review")
    desk.wait(lambda: line.isVisible() and line.text() == "Inspecting · OK")
    desk.scene.part = "ng"
    desk.wait(lambda: line.text() == "Inspecting · NG")
    desk.language.use("ko")
    desk.wait(lambda: line.text() == "검사 중 · NG")
    assert page(desk).seen[-1] == "retranslated"
    assert desk.window.pages.bar.buttons["limits"].text() == "기준값"
    desk.window.pages.show_page("live")
    assert not line.isVisible()


@pytest.mark.logs_expected
def test_a_fault_is_seen_on_every_screen(desk: Desk) -> None:
    desk.run_until("OK")
    desk.window.pages.show_page("review")
    desk.scene.there = False
    line = desk.window.pages.bar.line
    desk.wait(lambda: line.text() == "ERROR · No picture: put the parts aside")
    desk.station.report_bug("The gripper is stuck; free it.")
    desk.wait(lambda: line.text() == "FAULT: The gripper is stuck; free it.")


def test_closing_lets_the_page_rest(desk: Desk) -> None:
    desk.window.pages.show_page("health")
    shown = page(desk)
    desk.window.close_for_good()
    assert shown.seen[-1] == "left"
