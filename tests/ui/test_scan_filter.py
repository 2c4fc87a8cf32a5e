"""A barcode reader among the keys of people."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QLineEdit, QPushButton, QShortcut, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.scan_filter import GAP_S, LEAST, ScanFilter


@dataclass
class Screen:
    """A screen with a field and a button, a reader and a typist."""

    widget: QWidget
    field: QLineEdit
    button: QPushButton
    now: float = 0.0
    codes: list[str] = field(default_factory=list)
    pressed: int = 0
    spaces: int = 0

    def type(
        self, text: str, gap_s: float, *, enter: bool = True, at: QWidget | None = None
    ) -> None:
        target = at or self.widget
        for letter in text:
            self.now += gap_s
            QTest.keyClick(target, letter)
        if enter:
            self.now += gap_s
            QTest.keyClick(target, Qt.Key.Key_Return)

    def scan(self, text: str, at: QWidget | None = None) -> None:
        self.type(text, 0.005, at=at)


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    widget = QWidget()
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    column = QVBoxLayout(widget)
    found = Screen(widget, QLineEdit(), QPushButton())
    column.addWidget(found.field)
    column.addWidget(found.button)
    qtbot.addWidget(widget)
    filter_ = ScanFilter([widget], widget, lambda: found.now)
    filter_.scanned.connect(found.codes.append)
    shortcut = QShortcut(QKeySequence("Space"), widget)

    def space() -> None:
        found.spaces += 1

    def press() -> None:
        found.pressed += 1

    shortcut.activated.connect(space)
    found.button.clicked.connect(press)
    widget.show()
    qtbot.waitExposed(widget)
    widget.activateWindow()
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    return found


def test_a_scanned_code_is_told(screen: Screen) -> None:
    screen.scan("P-100/ab")
    screen.scan("123")
    assert screen.codes == ["P-100/ab", "123"]


def test_what_a_person_types_is_no_code(screen: Screen) -> None:
    screen.type("P-100", 2 * GAP_S)
    assert screen.codes == []


def test_a_pause_before_enter_is_a_person(screen: Screen) -> None:
    screen.type("P-100", 0.005, enter=False)
    screen.now += 1
    QTest.keyClick(screen.widget, Qt.Key.Key_Return)
    assert screen.codes == []


def test_what_was_typed_before_is_not_part_of_the_code(screen: Screen) -> None:
    screen.type("xyz", 0.5, enter=False)
    screen.now += 1
    screen.scan("P-100")
    assert screen.codes == ["P-100"]


def test_a_code_is_not_too_short(screen: Screen) -> None:
    screen.scan("A" * (LEAST - 1))
    assert screen.codes == []


def test_typing_in_a_field_is_never_touched(screen: Screen, qtbot: QtBot) -> None:
    entered: list[str] = []
    screen.field.returnPressed.connect(lambda: entered.append(screen.field.text()))
    screen.field.setFocus()
    qtbot.waitUntil(screen.field.hasFocus)
    screen.scan("lot 14 b", at=screen.field)
    assert entered == ["lot 14 b"]
    assert screen.codes == []


def test_a_space_inside_a_code_judges_no_part(screen: Screen) -> None:
    screen.scan("P 100 A")
    assert screen.codes == ["P 100 A"]
    assert screen.spaces == 0
    screen.now += 1
    QTest.keyClick(screen.widget, Qt.Key.Key_Space)
    assert screen.spaces == 1


def test_a_code_presses_no_button(screen: Screen, qtbot: QtBot) -> None:
    screen.button.setFocus()
    qtbot.waitUntil(screen.button.hasFocus)
    screen.scan("P-1 00", at=screen.button)
    assert screen.codes == ["P-1 00"]
    assert screen.pressed == 0


def test_other_windows_are_not_listened_to(screen: Screen, qtbot: QtBot) -> None:
    other = QWidget()
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    qtbot.addWidget(other)
    other.show()
    qtbot.waitExposed(other)
    other.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    screen.scan("P-100", at=other)
    assert screen.codes == []


def test_ctrl_keys_are_no_letters(screen: Screen) -> None:
    screen.type("AB", 0.005, enter=False)
    QTest.keyClick(screen.widget, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    screen.scan("CD")
    assert screen.codes == []
