"""One stored part, large, with its facts; to look at only."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.widgets.fact_list import FactList, Facts
from app.ui.widgets.image_view import PART_WITHOUT_PICTURE, ImageView, Picture


class RecordDialog(QDialog):
    """Picture at the left, facts at the right; Enter or Esc closes it."""

    def __init__(
        self, facts: Facts, picture: Picture | None, parent: QWidget | None = None
    ) -> None:
        """Build the dialog.

        Args:
            facts: (English name, value) in the order shown.
            picture: The part; None if no picture was kept.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Stored part"))
        self.view, self.facts = ImageView(), FactList()
        self.view.set_placeholder(PART_WITHOUT_PICTURE)
        self.view.show_picture(picture)
        self.facts.show_facts(facts)
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        side = QVBoxLayout()
        side.addWidget(self.facts, 1)
        side.addWidget(close)
        row = QHBoxLayout(self)
        row.addWidget(self.view, 3)
        row.addLayout(side, 2)
