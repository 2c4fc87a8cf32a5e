"""The process that makes a checkpoint beside the running line."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal

from app import log
from app.i18n import tr
from app.paths import Home
from app.review.improve_words import (
    DATABASE_VARIABLE,
    Wish,
    improve_words,
    remove_leftovers,
)
from app.review.improvement import Improvement, ImprovementError
from app.station import tasks
from app.station.job_process import JobProcess


class ImproveProcess(QObject):
    """Runs `improve` with a low priority; it ends when this object or the program does.

    Signals:
        progressed: arg: stage, steps done, steps in all.
        succeeded: arg: the `Improvement`.
        failed: It made nothing. arg: why, one sentence; "" if it was asked to stop.
    """

    progressed = pyqtSignal(str, int, int)
    succeeded = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self._wish: Wish | None = None
        self._process = JobProcess(self)
        self._process.progressed.connect(self.progressed)
        self._process.succeeded.connect(self._on_succeeded)
        self._process.failed.connect(self._on_failed)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.is_running

    def start(self, wish: Wish) -> None:
        """Begin; `succeeded` or `failed` follows."""
        self._wish = wish
        self._process.start(improve_words(wish, self._home), {DATABASE_VARIABLE: wish.database_url})

    def stop(self) -> None:
        """Ask it to stop and to clean up; after a while it is ended."""
        self._process.stop()

    def end(self) -> None:
        """End it at once, for the exit of the program."""
        self._process.end()

    def _on_succeeded(self, result: dict[str, Any]) -> None:
        try:
            made = Improvement.from_json(result)
        except ImprovementError:
            log.ui.exception("the result of the learning is not understood")
            self.failed.emit(
                tr("The work ended without a result; nothing has changed. See the log.")
            )
        else:
            self.succeeded.emit(made)

    def _on_failed(self, sentence: str) -> None:
        if self._process.has_crashed and self._wish is not None:
            wish, home = self._wish, self._home
            tasks.run(lambda: remove_leftovers(wish, home), lambda _: None, _on_left)
        self.failed.emit(sentence)


def _on_left(error: Exception) -> None:
    log.ui.warning("what the learning process left behind cannot be removed: %s", error)
