"""Change of product on the live screen: a button, and a barcode reader."""

from __future__ import annotations

from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSlot

from app.station import tasks
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.recipe_scanning import RecipeScanning
from app.ui.screens.live import LiveScreen
from app.ui.screens.products_loading import Product, load_products
from app.ui.widgets.recipe_chooser import RecipeChooser


class RecipeSwitch(QObject):
    """Puts the recipe button of the live screen to use, and listens to scanned codes there.

    Nothing is shown or listened to where the desk has no change-over.

    Args:
        desk: Its `change_over` does it.
        live: The live screen.
    """

    def __init__(self, desk: QaDesk, live: LiveScreen, parent: QObject | None = None) -> None:
        super().__init__(parent or live)
        self._desk, self._live = desk, live
        self.notice = live.layout_.recipe_notice
        self.button = live.layout_.recipe_button
        self.dialog: RecipeChooser | None = None
        self.scanning: RecipeScanning | None = None
        change = desk.change_over
        if change is None:
            return
        self.scanning = RecipeScanning(desk, [live], self)
        self.scanning.failed.connect(self.notice.show_problem)
        self.notice.follow(change)
        self.button.show()
        self.button.clicked.connect(self._on_clicked)

    @pyqtSlot()
    def _on_clicked(self) -> None:
        tasks.run(partial(load_products, self._desk), self._on_loaded, self._on_failed)

    def _on_loaded(self, products: tuple[Product, ...]) -> None:
        change = self._desk.change_over
        if sip.isdeleted(self) or change is None:
            return
        in_force = change.station.status().recipe.name
        self.dialog = RecipeChooser(products, in_force, self._live)
        self.dialog.chosen.connect(self._on_chosen)
        self.dialog.open()

    @pyqtSlot(str)
    def _on_chosen(self, name: str) -> None:
        change = self._desk.change_over
        if change is not None:
            change.begin(name, change.station.status().context.operator, "button")

    def _on_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self.notice.show_problem(sentence_of(error))
