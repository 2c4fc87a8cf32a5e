"""A scanned code calls a recipe up."""

from __future__ import annotations

from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.settings.recipe_saving import recipes_with_code
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.scan_filter import ScanFilter


class RecipeScanning(QObject):
    """Looks a code up among the recipes and begins the change-over.

    Signals:
        failed: Nothing was begun. arg: why, one sentence.

    Args:
        desk: Its `change_over` does it; nothing is listened to without one.
        screens: Where codes may be scanned.
        parent: Qt owner.
    """

    failed = pyqtSignal(str)

    def __init__(self, desk: QaDesk, screens: list[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.filter = ScanFilter(screens, self)
        self.filter.scanned.connect(self._on_scanned)

    @pyqtSlot(str)
    def _on_scanned(self, code: str) -> None:
        if self._desk.change_over is not None:
            tasks.run(
                partial(recipes_with_code, self._desk.recipes, code),
                partial(self._on_found, code),
                self._on_failed,
            )

    def _on_found(self, code: str, names: list[str]) -> None:
        change = self._desk.change_over
        if sip.isdeleted(self) or change is None:
            return
        if not names:
            text = tr("No recipe has the scanned code {code}; the line goes on as before.")
            self.failed.emit(text.format(code=code))
        elif len(names) > 1:
            text = tr("Several recipes have the scanned code {code}: {names}. Change one of them.")
            self.failed.emit(text.format(code=code, names=", ".join(names)))
        elif not change.begin(names[0], change.station.status().context.operator, "scan"):
            self.failed.emit(tr("Another change of recipe is under way; try again in a moment."))

    def _on_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self.failed.emit(sentence_of(error))
