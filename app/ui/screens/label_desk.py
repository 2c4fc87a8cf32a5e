"""The labelling screen behind a page: which folder, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QFileDialog, QWidget

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.labelling.place import LabelPlace, place_at
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.screens.label import LabelScreen

ChooseFolder = Callable[[QWidget], str]


def choose_folder(parent: QWidget) -> str:
    """Ask in which folder the pictures lie."""
    return QFileDialog.getExistingDirectory(parent, tr("Folder with tiles or pictures"))


class LabelDesk(QObject):
    """Asks for a folder and holds the screen on which its pictures are labelled.

    Args:
        desk: Knows who labels.
        page: Page that it belongs to.
        choose: Asks for a folder; "" for none.

    Attributes:
        screen: To be put among the others.

    Signals:
        opened: There are pictures to be shown. arg: the screen.
        left: The person has left the screen. arg: what was done, "" for nothing.
        failed: The folder cannot be used. arg: why, one sentence.
    """

    opened = pyqtSignal(QWidget)
    left = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(self, desk: QaDesk, page: QWidget, choose: ChooseFolder = choose_folder) -> None:
        super().__init__(page)
        self._page = page
        self.screen = LabelScreen(desk.reviewer, page)
        self.screen.left.connect(self._on_left)
        self._choose = choose

    @property
    def is_shown(self) -> bool:
        """Whether the screen is in front of the others."""
        return not self.screen.isHidden()

    def ask(self) -> None:
        """Ask for a folder and look into it."""
        chosen = self._choose(self._page)
        if chosen:
            tasks.run(partial(place_at, Path(chosen)), self._on_place, self._on_failed)

    def rest(self) -> None:
        """The page is no longer shown: keep what was said."""
        try:
            self.screen.rest()
        except StoreError as error:
            # The labels stay in memory; the screen says so and tries again when it is shown.
            log.ui.warning("labels wait: %s", error)

    def _on_place(self, place: LabelPlace) -> None:
        if not sip.isdeleted(self):
            self.screen.open(place)
            self.opened.emit(self.screen)
            self.screen.setFocus()

    def _on_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self.failed.emit(sentence_of(error))

    def _on_left(self, text: str) -> None:
        self.rest()
        self.left.emit(text)
