"""Which product comes next: one large button for each recipe."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.screens.products_loading import Product

_COLUMNS = 2


class RecipeChooser(QDialog):
    """Shows the recipes that may be used; a press takes one.

    Signals:
        chosen: A recipe was pressed. arg: its name.
    """

    chosen = pyqtSignal(str)

    def __init__(
        self, products: tuple[Product, ...], in_force: str, parent: QWidget | None = None
    ) -> None:
        """Build the dialog.

        Args:
            products: The recipes of the station.
            in_force: Name of the recipe that judges now.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Change the product"))
        self.setMinimumSize(720, 420)
        said = QLabel(
            tr("Press the product that comes next, or scan its code. The line judges on meanwhile.")
        )
        said.setWordWrap(True)
        inner = QWidget()
        inner.setObjectName("screen")
        grid = QGridLayout(inner)
        grid.setSpacing(8)
        self.buttons: dict[str, QPushButton] = {}
        for number, product in enumerate(products):
            button = self._button(product, product.name == in_force)
            grid.addWidget(button, number // _COLUMNS, number % _COLUMNS)
        grid.setRowStretch(len(products), 1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        self.leave_button = QPushButton(tr("Cancel"))
        self.leave_button.setAutoDefault(False)
        self.leave_button.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(said)
        column.addWidget(area, 1)
        column.addWidget(self.leave_button, 0, Qt.AlignmentFlag.AlignRight)

    def _button(self, product: Product, is_used: bool) -> QPushButton:
        title = product.product or product.name
        lines = [title, f"{product.name}"]
        if is_used:
            lines[1] += f"  ·  {tr('● in force')}"
        elif product.problem:
            lines[1] += f"  ·  {tr('✕ cannot be read')}"
        elif product.usable is None:
            lines[1] += f"  ·  {tr('waits for approval')}"
        else:
            lines[1] += "  ·  " + tr("version {version}").format(version=product.usable)
        button = QPushButton("\n".join(lines).replace("&", "&&"))
        button.setProperty("target", "large")
        button.setAutoDefault(False)
        button.setMinimumHeight(72)
        button.setEnabled(not is_used and product.usable is not None and not product.problem)
        button.clicked.connect(partial(self._on_pressed, product.name))
        self.buttons[product.name] = button
        return button

    def _on_pressed(self, name: str) -> None:
        self.accept()
        self.chosen.emit(name)
