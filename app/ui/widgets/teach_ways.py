"""The ways to teach as cards: the usual ones, and the other detectors on request."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt5.QtCore import QSignalBlocker, Qt, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.teaching.draft import Way
from app.teaching.ways import WAYS
from app.ui.widgets.panel import panel

_COLUMNS = 3
_INDENT_PX = 24


class WayCards(QWidget):
    """One of the ways is chosen; each says what it is good for, or what it lacks.

    Signals:
        chosen: A person chose another one. arg: its key.
        opened: The other detectors are shown or hidden.
    """

    chosen = pyqtSignal(str)
    opened = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[Way, QRadioButton] = {info.way: QRadioButton() for info in WAYS}
        self.whats: dict[Way, QLabel] = {info.way: QLabel() for info in WAYS}
        self.more = QPushButton()
        self._others = QWidget()
        self._problems: Mapping[Way, str] = {}
        self._build()
        self.retranslate()

    def show_state(self, way: Way, problems: Mapping[Way, str], *, is_free: bool) -> None:
        """Show what is chosen and what can be.

        Args:
            way: The chosen one.
            problems: Key -> what it lacks, a sentence; "" for nothing.
            is_free: Whether another one can be chosen just now.
        """
        self._problems = problems
        for info in WAYS:
            button = self.buttons[info.way]
            with QSignalBlocker(button):
                button.setChecked(info.way == way)
            button.setEnabled(is_free and not problems.get(info.way))
            if info.way == way and not info.is_usual:
                self.more.setChecked(True)
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        for info in WAYS:
            self.buttons[info.way].setText(tr(info.text))
            self.whats[info.way].setText(self._problems.get(info.way) or tr(info.what))
        is_open = self.more.isChecked()
        self.more.setText(tr("Fewer detectors") if is_open else tr("Other detectors …"))
        self._others.setVisible(is_open)

    def height_at(self, width: int) -> int:
        """Return how high it wants to be, pixels."""
        layout = self.layout()
        assert layout is not None
        # what was hidden or has another text is not measured anew by itself
        layout.activate()
        return layout.totalHeightForWidth(width)

    @pyqtSlot()
    def _on_more(self) -> None:
        self.retranslate()
        self.opened.emit()

    def _build(self) -> None:
        group = QButtonGroup(self)
        usual, others = QGridLayout(), QGridLayout(self._others)
        for info in WAYS:
            group.addButton(self.buttons[info.way])
            grid = usual if info.is_usual else others
            number = grid.count()
            grid.addWidget(self._card(info.way), number // _COLUMNS, number % _COLUMNS)
        for grid in (usual, others):
            grid.setSpacing(6)
            grid.setContentsMargins(0, 0, 0, 0)
            for column in range(_COLUMNS):
                grid.setColumnStretch(column, 1)
        self.more.setCheckable(True)
        self.more.setAutoDefault(False)
        self.more.toggled.connect(self._on_more)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.addLayout(usual)
        rows.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addWidget(self._others)
        rows.addStretch(1)

    def _card(self, way: Way) -> QFrame:
        button, what = self.buttons[way], self.whats[way]
        button.setMinimumHeight(34)
        button.clicked.connect(lambda _, key=way: self.chosen.emit(key))
        what.setWordWrap(True)
        what.setAlignment(Qt.AlignmentFlag.AlignTop)
        what.setContentsMargins(_INDENT_PX, 0, 0, 0)
        return panel(button, what, spacing=0)
