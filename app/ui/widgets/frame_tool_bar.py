"""The buttons of the frame editor: tools, steps, magnification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import N_, tr
from app.ui.widgets.frame_tools import TOOLS, Tool


@dataclass(frozen=True, slots=True)
class _Sign:
    """A small button: what is on it, its keys, and what it does in full."""

    name: str
    sign: str
    key: str
    tip: str


_SIGNS = (
    _Sign("undo", "↶", "Ctrl+Z", N_("Undo")),
    _Sign("redo", "↷", "Ctrl+Y", N_("Redo")),
    _Sign("delete", "✕", "Delete", N_("Remove what is selected")),
    _Sign("closer", "+", "+", N_("Magnify")),
    _Sign("farther", "−", "−", N_("Show more of the picture")),
    _Sign("fit", "", "0", N_("Show the whole picture")),
)


class FrameToolBar(QWidget):
    """Two rows: what to draw, and what to do with it.

    Signals:
        chosen: A tool was taken. arg: Tool.
        pressed: A step or a magnification was asked for. arg: its name.

    Attributes:
        tools: The buttons by tool.
        signs: The small buttons by name.
        second: The second row; the editor puts its fields there.
    """

    chosen = pyqtSignal(object)
    pressed = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("frameToolBar")
        self.tools = {tool: QPushButton() for tool in Tool}
        self.signs = {sign.name: QPushButton(sign.sign) for sign in _SIGNS}
        self.second = QHBoxLayout()
        first = QHBoxLayout()
        for tool, button in self.tools.items():
            button.setCheckable(True)
            button.clicked.connect(lambda _, tool=tool: self.chosen.emit(tool))
            first.addWidget(button, 1)
        for name, button in self.signs.items():
            button.setMinimumWidth(44)
            button.clicked.connect(lambda _, name=name: self.pressed.emit(name))
            self.second.addWidget(button)
        for button in (*self.tools.values(), *self.signs.values()):
            # The picture keeps the keyboard: arrows and Tab belong to what is drawn.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAutoDefault(False)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        for row in (first, self.second):
            row.setSpacing(6)
            rows.addLayout(row)

    def offer(self, tools: Sequence[Tool]) -> None:
        """Show the buttons of these tools only."""
        for tool, button in self.tools.items():
            button.setVisible(tool in tools)

    def show_tool(self, chosen: Tool) -> None:
        """Mark the tool in hand."""
        for tool, button in self.tools.items():
            button.setChecked(tool is chosen)

    def retranslate(self) -> None:
        """Set all texts anew."""
        for tool, button in self.tools.items():
            facts = TOOLS[tool]
            button.setText(f"{tr(facts.text)} ({facts.cap})")
            button.setToolTip(f"{tr(facts.tip)} ({facts.cap})")
            button.setAccessibleName(tr(facts.text))
        for sign in _SIGNS:
            self.signs[sign.name].setToolTip(f"{tr(sign.tip)} ({sign.key})")
            self.signs[sign.name].setAccessibleName(tr(sign.tip))
        self.signs["fit"].setText(tr("Fit"))
