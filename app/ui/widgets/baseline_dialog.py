"""Which parts a recipe is measured by from now on, and who says so."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from PyQt5.QtCore import QDateTime
from PyQt5.QtWidgets import (
    QDateTimeEdit,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.quality.baseline import LEAST_PARTS

_FORMAT = "yyyy-MM-dd HH:mm:ss"


class BaselineDialog(QDialog):
    """Asks for a span and a name; says how many parts lie in the span.

    Args:
        summary: What it is for, a few lines (translated).
        taken: (N,) rising times of the parts to choose from, epoch seconds.
        span: First and last part to begin with, epoch seconds.
        author: Name to begin with.
        parent: Window that it belongs to.
    """

    def __init__(
        self,
        summary: str,
        taken: npt.NDArray[np.float64],
        span: tuple[float, float],
        author: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Choose a baseline"))
        self.setMinimumWidth(560)
        self._taken = taken
        text = QLabel(summary)
        text.setWordWrap(True)
        self.begin, self.end = (_field(at) for at in span)
        self.author = QLineEdit(author)
        self.author.setMaxLength(80)
        form = QFormLayout()
        form.addRow(QLabel(tr("First part after")), self.begin)
        form.addRow(QLabel(tr("Last part before")), self.end)
        form.addRow(QLabel(tr("Your name")), self.author)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.save_button, cancel = QPushButton(tr("Make this the baseline")), QPushButton()
        cancel.setText(tr("Cancel"))
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.save_button)
        buttons.addWidget(cancel)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(text)
        column.addLayout(form)
        column.addWidget(self.note)
        column.addLayout(buttons)
        self.author.textChanged.connect(self._check)
        self.begin.dateTimeChanged.connect(self._check)
        self.end.dateTimeChanged.connect(self._check)
        (self.begin if author else self.author).setFocus()
        self._check()

    @property
    def span(self) -> tuple[float, float]:
        """First and last moment, epoch seconds; the last second is in it."""
        return _epoch(self.begin), _epoch(self.end) + 1

    @property
    def parts(self) -> int:
        """Parts in the span."""
        low, high = np.searchsorted(self._taken, self.span)
        return max(0, int(high - low))

    def _check(self) -> None:
        parts = self.parts
        text = tr("{parts} parts in this span.").format(parts=f"{parts:,}")
        if parts < LEAST_PARTS:
            text += " " + tr("At least {least} are needed.").format(least=LEAST_PARTS)
        elif not self.author.text().strip():
            text += " " + tr("Your name is needed.")
        self.note.setText(text)
        complete = parts >= LEAST_PARTS and bool(self.author.text().strip())
        self.save_button.setEnabled(complete)


def _field(at: float) -> QDateTimeEdit:
    field = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(at)))
    field.setDisplayFormat(_FORMAT)
    field.setCalendarPopup(True)
    return field


def _epoch(field: QDateTimeEdit) -> float:
    moment = field.dateTime().toSecsSinceEpoch()
    return datetime.fromtimestamp(moment, UTC).timestamp()
