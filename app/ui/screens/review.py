"""The review screen: the queue, the part large, its facts, and a decision by one key."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QHBoxLayout, QTableView, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.qa_desk import QaDesk
from app.ui.screens.page import Page
from app.ui.widgets.zoom_view import ZoomView


class ReviewPage(Page):
    """Works through the flagged parts by keyboard."""

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.table, self.view, side = QTableView(), ZoomView(), QVBoxLayout()
        body = QHBoxLayout(self)
        body.addWidget(self.table, 3)
        body.addWidget(self.view, 5)
        body.addLayout(side, 3)

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Review")
