"""What was put into the bin, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.candidates.entry import Binned
from app.i18n import tr
from app.ui.widgets.checkpoint_table import size_text


class BinDialog(QDialog):
    """Lists removed checkpoints; the chosen one can be brought back.

    Signals:
        restore_wanted: arg: the `Binned`.
    """

    restore_wanted = pyqtSignal(object)

    def __init__(self, binned: Sequence[Binned], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Checkpoints in the bin"))
        self.resize(680, 420)
        self._binned = tuple(binned)
        said = QLabel(
            tr("They are kept until the folder is emptied by hand; bringing one back keeps notes.")
            if binned
            else tr("The bin is empty.")
        )
        said.setWordWrap(True)
        self.list = QListWidget()
        self.list.setSpacing(2)
        self.list.setAccessibleName(tr("Checkpoints in the bin"))
        for one in self._binned:
            self.list.addItem(QListWidgetItem(_line(one)))
        self.back_button, self.close_button = (
            QPushButton(tr("Bring back")),
            QPushButton(tr("Close")),
        )
        self.back_button.setEnabled(False)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.back_button)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(said)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        self.list.setVisible(bool(binned))
        self.back_button.setVisible(bool(binned))
        self.list.currentRowChanged.connect(self._on_chosen)
        self.list.itemDoubleClicked.connect(self._on_back)
        self.back_button.clicked.connect(self._on_back)
        self.close_button.clicked.connect(self.reject)
        if self._binned:
            self.list.setCurrentRow(0)

    def _on_chosen(self, row: int) -> None:
        self.back_button.setEnabled(row >= 0)

    def _on_back(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._binned):
            self.accept()
            self.restore_wanted.emit(self._binned[row])


def _line(one: Binned) -> str:
    when = one.removed.astimezone().strftime("%Y-%m-%d %H:%M")
    text = tr("{file}, removed {when}, {size}").format(
        file=one.origin.name, when=when, size=size_text(one.size_bytes)
    )
    return f"{text}\n{one.origin.parent}"
