"""Where everything stands on the products screen."""

from __future__ import annotations

from PyQt5.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, tr
from app.ui.widgets.panel import panel
from app.ui.widgets.recipe_notice import RecipeNotice
from app.ui.widgets.recipe_table import RecipeTable

_LIST = (N_("Product"), N_("Version"), N_("State"))
_VERSIONS = (N_("Version"), N_("Saved"), N_("By"), N_("Reason"), N_("State"))
_CHANGES = (N_("What"), N_("Before"), N_("After"))


class ProductsLayout:
    """Builds the widgets of the overview into a page and holds them."""

    def __init__(self, page: QWidget) -> None:
        self.notice = RecipeNotice()
        self.list = RecipeTable(_LIST, (0,))
        self.versions = RecipeTable(_VERSIONS, (3,))
        self.changes = RecipeTable(_CHANGES, (0, 1, 2), selectable=False)
        self.name, self.facts, self.hint, self.rule = QLabel(), QLabel(), QLabel(), QLabel()
        self.list_title, self.changes_title = QLabel(), QLabel()
        self.same = QLabel()
        self.compare = QComboBox()
        self.compare.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.compare.setMinimumWidth(150)
        self.teach, self.take_in, self.label = QPushButton(), QPushButton(), QPushButton()
        self.use, self.edit, self.copy = QPushButton(), QPushButton(), QPushButton()
        self.export, self.approve = QPushButton(), QPushButton()
        self._left = self._list_panel()
        self._build(page)
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self._left.setMinimumWidth(round(340 * scale))
        self._left.setMaximumWidth(round(470 * scale))
        for table in (self.list, self.versions, self.changes):
            table.set_scale(scale)

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew."""
        self.list_title.setText(tr("Recipes of this station"))
        self.changes_title.setText(tr("What this version changes, compared with"))
        self.teach.setText(tr("Teach a new product …"))
        self.take_in.setText(tr("Import …"))
        self.label.setText(tr("Label pictures …"))
        self.label.setToolTip(tr("Say of tiles or pictures by eye: good, defective or skip"))
        self.edit.setText(tr("Edit …"))
        self.copy.setText(tr("Copy …"))
        self.export.setText(tr("Export …"))
        self.edit.setToolTip(tr("Regions, limits, camera and the rest; saved as a new version"))
        self.copy.setToolTip(tr("The same under another name, for a similar product"))
        self.export.setToolTip(tr("Recipe, checkpoint and golden pictures as one file"))
        self.take_in.setToolTip(tr("Take in the file that another station exported"))
        self.compare.setAccessibleName(tr("Compare with"))
        self.same.setText(tr("No difference."))
        self.notice.retranslate()

    def _list_panel(self) -> QWidget:
        self.list_title.setProperty("role", "large")
        self.rule.setProperty("role", "faint")
        self.rule.setWordWrap(True)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        self.teach.setProperty("target", "large")
        self.take_in.setProperty("target", "large")
        row.addWidget(self.teach, 2)
        row.addWidget(self.take_in, 1)
        frame = panel(self.list_title, self.list, self.rule, buttons, self.label)
        return frame

    def _build(self, page: QWidget) -> None:
        whole = QVBoxLayout(page)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(8)
        whole.addWidget(self.notice)
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self._left, 4)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self._head())
        right.addWidget(panel(self.versions), 5)
        right.addWidget(self._changes_panel(), 4)
        body.addLayout(right, 6)
        whole.addLayout(body, 1)

    def _head(self) -> QWidget:
        for label in (self.name, self.facts, self.hint):
            label.setWordWrap(True)
        self.name.setProperty("role", "large")
        self.hint.setProperty("role", "faint")
        self.use.setProperty("target", "large")
        words, buttons = QWidget(), QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for label in (self.name, self.facts):
            column.addWidget(label)
        grid = QGridLayout(buttons)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.addWidget(self.use, 0, 0, 1, 2)
        for number, button in enumerate((self.approve, self.edit, self.copy, self.export)):
            grid.addWidget(button, 0, 2 + number)
        grid.addWidget(self.hint, 1, 0, 1, 6)
        for column_number in range(6):
            grid.setColumnStretch(column_number, 1)
        return panel(words, buttons)

    def _changes_panel(self) -> QWidget:
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.changes_title)
        row.addWidget(self.compare)
        row.addWidget(self.same)
        row.addStretch(1)
        top.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        frame = panel(top, self.changes)
        inner = frame.layout()
        if isinstance(inner, QVBoxLayout):
            # Where nothing is different the line stays at the top.
            inner.addStretch(0)
        return frame
