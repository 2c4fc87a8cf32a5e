"""What an answer does: said, kept, and on to the next open picture."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal

from app.i18n import tr
from app.labelling.journal import GOOD, Label
from app.labelling.session import LabelSession
from app.ui.screens.label_writer import LabelWriter
from app.ui.widgets.label_grid import LabelGrid


class LabelAnswers(QObject):
    """Answers for what is marked in a grid.

    Args:
        grid: Shows the pictures of the session.
        parent: Screen that it belongs to.

    Signals:
        changed: Something was said or taken back.
        said: Something to tell the person. arg: a sentence.
    """

    changed = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(self, grid: LabelGrid, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self._session = LabelSession((), {})
        self._writer: LabelWriter | None = None

    def begin(self, session: LabelSession, writer: LabelWriter) -> None:
        """Answer for another session from now on."""
        self._session, self._writer = session, writer

    def answer(self, state: str) -> None:
        """Say something of the marked pictures and go on to the next open one.

        Args:
            state: As in `app.labelling.journal`. "good" is taken only of pictures that were shown.
        """
        marked = self._grid.marked()
        if not marked or (state == GOOD and not self._are_seen(marked)):
            return
        self._take(self._session.answer(marked, state))
        self._go_on(self._grid.last_marked)

    def answer_page(self) -> None:
        """Call good what is open on the page, and turn it; what cannot be shown stays open."""
        grid, session = self._grid, self._session
        page = grid.page()
        if not page:
            return
        if not all(grid.is_known(name) for name in page):
            self.said.emit(tr("Some pictures of this page are still being read; wait a moment."))
            return
        still_open = [name for name in page if not session.state_of(name)]
        self._take(session.answer([name for name in still_open if grid.is_seen(name)], GOOD))
        self._go_on(grid.last_of_page)
        if unseen := sum(not grid.is_seen(name) for name in still_open):
            self.said.emit(
                tr("Pictures that cannot be read stay open: {count}.").format(count=unseen)
            )

    def undo(self) -> None:
        """Take the last step back and go where it was."""
        taken = self._session.undo()
        if not taken:
            self.said.emit(tr("There is nothing to be taken back."))
            return
        self._take(taken)
        self._grid.go_to_name(taken[0].name)

    def _are_seen(self, names: tuple[str, ...]) -> bool:
        """Tell whether pictures may be called good: nobody can who has not seen them."""
        if all(self._grid.is_seen(name) for name in names):
            return True
        if all(self._grid.is_known(name) for name in names):
            self.said.emit(tr("A picture that cannot be read is not good; skip it."))
        else:
            self.said.emit(
                tr("Some of the marked pictures were not shown yet; look at them first.")
            )
        return False

    def _take(self, labels: tuple[Label, ...]) -> None:
        if self._writer is None or not labels:
            return
        self._writer.put(labels)
        self._grid.refresh([one.name for one in labels])
        self.changed.emit()

    def _go_on(self, after: int) -> None:
        """Go to the next open picture; at the end say how it goes on."""
        session, grid = self._session, self._grid

        def is_open(name: str) -> bool:
            return not session.state_of(name)

        place = grid.place_of_next(is_open, after)
        if place < 0:
            place = grid.place_of_next(is_open, -1)
            if place >= 0:
                self.said.emit(tr("That was the end; these were left open before."))
        if place >= 0:
            grid.go_to(place)
        elif session.counts.open:
            self.said.emit(tr("All that is shown has an answer; F shows the others."))
        else:
            self.said.emit(tr("Every picture has an answer. Sort them into the data set."))
