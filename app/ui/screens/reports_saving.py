"""Writes the files of the reports screen, with progress and a way to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QObject, QUrl, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QFileDialog, QWidget

from app.i18n import tr
from app.report.facts import Facts
from app.report.saving import FORMATS, Cancelled, Format, save_records, save_report
from app.report.scope import Scope
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.screens.reports_layout import ReportsLayout

AskFile = Callable[[QWidget, Path], Path | None]


def ask_file(parent: QWidget, suggested: Path) -> Path | None:
    """Ask where to save a file; None if the person changes their mind."""
    name, _ = QFileDialog.getSaveFileName(
        parent, tr("Save report"), str(suggested), f"*{suggested.suffix}"
    )
    if not name:
        return None
    chosen = Path(name)
    return chosen if chosen.suffix else chosen.with_suffix(suggested.suffix)


class ReportSaver(QObject):
    """Saves one file at a time.

    Args:
        desk: Where records and pictures come from.
        layout: Shows progress and result.
        page: The screen.

    Signals:
        wanted: A button was pressed. arg: format of the file.
        saved: A file is complete. arg: its path.
        ended: Nothing is being written any more.
    """

    wanted = pyqtSignal(str)
    saved = pyqtSignal(object)
    ended = pyqtSignal()
    _advanced = pyqtSignal(int)

    def __init__(self, desk: QaDesk, layout: ReportsLayout, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._layout, self._page = desk, layout, page
        self.ask_file: AskFile = ask_file
        self._file: Path | None = None
        self._whole = 0
        self._stop: threading.Event | None = None
        for file_format in FORMATS:
            layout.buttons[file_format].clicked.connect(partial(self._on_pressed, file_format))
        layout.cancel.clicked.connect(self._on_cancel)
        layout.open_folder.clicked.connect(self._on_open_folder)
        self._advanced.connect(self._on_advanced)

    @property
    def is_busy(self) -> bool:
        """True while a file is being written."""
        return self._stop is not None

    def save(self, facts: Facts, file_format: Format, language: str) -> None:
        """Ask where to, then write the report or its records."""
        if self.is_busy:
            return
        file = self.ask_file(self._page, self._suggested(facts.scope, file_format))
        if file is None:
            return
        self._file, self._whole = file, facts.tally.parts
        stop = self._stop = threading.Event()
        is_table = file_format in ("csv", "parquet")
        text = tr("{file} is being written …").format(file=file.name)
        self._layout.show_result("", can_open=False)
        self._layout.show_saving(text, 0, self._whole if is_table else 0)
        advance = partial(self._advance, stop)
        job: Callable[[], object]
        if is_table:
            job = partial(save_records, self._desk.store, facts.scope, file, advance)
        else:
            check = partial(_check, stop)
            job = partial(save_report, facts, file, self._desk.evidence, language, check=check)
        tasks.run(job, self._on_saved, self._on_failed)

    def _suggested(self, scope: Scope, file_format: Format) -> Path:
        words = [scope.kind, scope.name, scope.day.isoformat() if scope.day else ""]
        if scope.kind == "time" and scope.since is not None:
            words.append(f"{scope.since.astimezone():%Y-%m-%d}")
        name = "-".join(filter(None, words))
        safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)
        folder = self._file.parent if self._file is not None else self._desk.home.root / "reports"
        return folder / f"{safe}.{file_format}"

    def _advance(self, stop: threading.Event, done: int) -> None:
        """Tell how far it is; called on the thread that writes."""
        _check(stop)
        self._advanced.emit(done)

    def _on_pressed(self, file_format: Format, _: bool = False) -> None:
        self.wanted.emit(file_format)

    @pyqtSlot(int)
    def _on_advanced(self, done: int) -> None:
        self._layout.progress.setValue(done)

    def _on_cancel(self) -> None:
        if self._stop is not None:
            self._stop.set()

    def _on_saved(self, _: object) -> None:
        if sip.isdeleted(self) or self._file is None:
            return
        text = tr("Saved: {file}").format(file=self._file)
        self._end(text, can_open=True)
        self.saved.emit(self._file)

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        cancelled = isinstance(error, Cancelled)
        text = tr("Cancelled; nothing was written.") if cancelled else sentence_of(error)
        self._end(text, can_open=False)

    def _end(self, text: str, can_open: bool) -> None:
        self._stop = None
        self._layout.show_saving(None)
        self._layout.show_result(text, can_open)
        self.ended.emit()

    def _on_open_folder(self) -> None:
        if self._file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._file.parent)))


def _check(stop: threading.Event) -> None:
    """Raise `Cancelled` if the person does not want it any more."""
    if stop.is_set():
        raise Cancelled(tr("Cancelled; nothing was written."))
