"""Asks which shift begins and who works."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
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


class ShiftDialog(QDialog):
    """Two fields; both may be left empty where a plant names neither.

    Signals:
        begun: Shift and operator were given. args: shift, operator.
    """

    begun = pyqtSignal(str, str)

    def __init__(
        self, shift: str, operator: str, checks: bool, parent: QWidget | None = None
    ) -> None:
        """Build the dialog.

        Args:
            shift: In force.
            operator: At work.
            checks: Another shift begins with a check of the golden samples.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Shift and operator"))
        self.setMinimumWidth(440)
        self.shift, self.operator = QLineEdit(shift), QLineEdit(operator)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        for field, name in ((self.shift, tr("Shift")), (self.operator, tr("Operator"))):
            field.setMaxLength(80)
            field.setAccessibleName(name)
            form.addRow(QLabel(name), field)
        self.note = QLabel(tr("Another shift begins with a check of the golden samples."))
        self.note.setProperty("role", "faint")
        self.note.setWordWrap(True)
        self.take_button, self.leave_button = QPushButton(tr("Use")), QPushButton(tr("Cancel"))
        self.take_button.setDefault(True)
        self.take_button.clicked.connect(self._on_taken)
        self.leave_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self.leave_button)
        buttons.addWidget(self.take_button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(12)
        column.addLayout(form)
        if checks:
            column.addWidget(self.note)
        column.addLayout(buttons)
        self.shift.selectAll()

    def _on_taken(self) -> None:
        shift = " ".join(self.shift.text().split())
        operator = " ".join(self.operator.text().split())
        self.accept()
        self.begun.emit(shift, operator)
