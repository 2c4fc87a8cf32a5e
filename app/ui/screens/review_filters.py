"""The filters of the review screen: saved ones, and the values that occur."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app import log
from app.errors import ExpectedError
from app.i18n import tr
from app.review.filtering import Filter, filter_of
from app.station import tasks
from app.store.base import Query
from app.store.filters import SavedFilter
from app.store.listing import Facets
from app.ui.qa_desk import QaDesk
from app.ui.widgets.filter_bar import FilterBar
from app.ui.widgets.name_dialog import NameDialog


class ReviewFilters(QObject):
    """Reads and writes saved filters on pool threads and fills the filter bar.

    Signals:
        failed: The store cannot be read or written. arg: a sentence.
        told: Something was done. arg: a sentence.
    """

    failed = pyqtSignal(str)
    told = pyqtSignal(str)

    def __init__(self, desk: QaDesk, bar: FilterBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bar = bar
        self._page = parent
        self._saved: dict[str, SavedFilter] = {}
        bar.save_wanted.connect(self._on_save_wanted)
        bar.remove_wanted.connect(self.remove)
        bar.saved_chosen.connect(self._on_saved_chosen)

    def read(self) -> None:
        """Read the saved filters and the values that occur."""
        store = self._desk.store
        self._run(store.filters.all, self._on_saved)
        self._run(lambda: store.facets(Query(queued=True)), self._on_facets)

    @pyqtSlot()
    def _on_save_wanted(self) -> None:
        self.ask_name()

    @pyqtSlot(int)
    def _on_finished(self, answer: int) -> None:
        self._page.activateWindow()
        self._page.setFocus()

    def ask_name(self) -> NameDialog:
        """Ask for the name of a new saved filter."""
        dialog = NameDialog(
            tr("Save filter"),
            tr("Name of this filter; one of the same name is replaced."),
            parent=self._page,
        )
        dialog.named.connect(self.save)
        dialog.finished.connect(self._on_finished)
        dialog.open()
        return dialog

    @pyqtSlot(str)
    def save(self, name: str) -> None:
        """Save what the bar shows under a name."""
        saved = _saved(name, self._bar.filter, self._desk.reviewer)
        store = self._desk.store

        def work() -> list[SavedFilter]:
            store.filters.save(saved)
            return store.filters.all()

        def done(all_: list[SavedFilter]) -> None:
            self._on_saved(all_)
            self._bar.choose_saved(name)
            self.told.emit(tr("The filter {name} is saved.").format(name=name))

        self._run(work, done)

    @pyqtSlot(str)
    def remove(self, name: str) -> None:
        """Remove a saved filter."""
        store = self._desk.store

        def work() -> list[SavedFilter]:
            store.filters.remove(name)
            return store.filters.all()

        def done(all_: list[SavedFilter]) -> None:
            self._on_saved(all_)
            self.told.emit(tr("The filter {name} is removed.").format(name=name))

        self._run(work, done)

    @pyqtSlot(str)
    def _on_saved_chosen(self, name: str) -> None:
        saved = self._saved.get(name)
        if saved is not None:
            self._bar.show_filter(filter_of(saved.query, saved.period))
            self._bar.changed.emit()

    def _on_saved(self, all_: list[SavedFilter]) -> None:
        self._saved = {saved.name: saved for saved in all_}
        self._bar.show_saved([saved.name for saved in all_])

    def _on_facets(self, facets: Facets) -> None:
        self._bar.show_facets(facets)

    def _run(self, work: Callable[[], object], done: Callable[..., None]) -> None:
        """Run `work` on a pool thread and `done` here, unless the screen is gone by then."""

        def success(result: object) -> None:
            if not sip.isdeleted(self):
                done(result)

        tasks.run(work, success, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        if not isinstance(error, ExpectedError):
            log.ui.error("the filters cannot be read or written", exc_info=error)
        self.failed.emit(str(error))


def _saved(name: str, shown: Filter, by: str) -> SavedFilter:
    return SavedFilter(name, shown.timeless, by, shown.period.value)
