"""The queue of trainings as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.i18n import N_, tr
from app.jobs.job import Job, JobState
from app.station.job_look import JobLook
from app.ui import theme
from app.ui.training_words import duration, percent, state_text
from app.ui.widgets.row_table import dress_as_rows

HEADINGS = (
    N_("Training"),
    N_("State"),
    N_("Progress"),
    N_("Time left"),
    N_("Line slower"),
)
NAME, STATE, PROGRESS, LEFT, SLOWER = range(5)
_LEAST_PX = 165


class TrainingQueue(QTableWidget):
    """One row a job: what runs, what waits in its order, then what has ended, the newest first.

    Signals:
        chosen: Another job is looked at. arg: its id, "" for none.
    """

    chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADINGS), parent)
        self._ids: tuple[str, ...] = ()
        dress_as_rows(self, (NAME,))
        self.itemSelectionChanged.connect(lambda: self.chosen.emit(self.current_id()))
        self.set_scale(1.0)

    def current_id(self) -> str:
        """Return the id of the chosen job, "" for none."""
        rows = self.selectionModel()
        chosen = rows.selectedRows() if rows is not None else []
        return self._ids[chosen[0].row()] if chosen else ""

    def choose(self, job_id: str) -> None:
        """Look at a job."""
        if job_id in self._ids:
            self.selectRow(self._ids.index(job_id))

    def show_jobs(self, jobs: Sequence[Job], look: JobLook | None) -> None:
        """Show the jobs; the chosen one stays chosen."""
        chosen = self.current_id()
        shown = _in_order(jobs)
        ids = tuple(job.id for job in shown)
        if ids != self._ids:
            with QSignalBlocker(self):
                self._ids = ids
                self.setRowCount(len(ids))
                self.clearSelection()
                if chosen in ids:
                    self.selectRow(ids.index(chosen))
            if chosen and chosen not in ids:
                self.chosen.emit("")
        for row, job in enumerate(shown):
            for column, text in enumerate(_cells(job, look)):
                self._set(row, column, text)

    def set_scale(self, scale: float) -> None:
        """Fit the rows to the window's size; three of them are seen at least."""
        self.setMinimumHeight(round(_LEAST_PX * scale))
        rows = self.verticalHeader()
        if rows is not None:
            rows.setDefaultSectionSize(theme.px("key", scale))

    def retranslate(self) -> None:
        """Name the columns anew; `show_jobs` sets the rest."""
        self.setHorizontalHeaderLabels([tr(text) for text in HEADINGS])
        for column in (NAME, STATE):
            heading = self.horizontalHeaderItem(column)
            if heading is not None:
                heading.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _set(self, row: int, column: int, text: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            right = (
                Qt.AlignmentFlag.AlignRight if column >= PROGRESS else Qt.AlignmentFlag.AlignLeft
            )
            item.setTextAlignment(int(right | Qt.AlignmentFlag.AlignVCenter))
            self.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)
            item.setToolTip(text if column == NAME else "")


def _in_order(jobs: Sequence[Job]) -> list[Job]:
    running = [job for job in jobs if job.state is JobState.RUNNING]
    waiting = [job for job in jobs if job.state is JobState.WAITING]
    ended = [job for job in jobs if not job.is_open]
    return [*running, *waiting, *reversed(ended)]


def _cells(job: Job, look: JobLook | None) -> tuple[str, ...]:
    runs = look is not None and look.job_id == job.id
    done = look.share if runs and look is not None else None
    if job.state is JobState.DONE:
        done = 1.0
    left = look.seconds_left if runs and look is not None else None
    slower = job.slower
    if runs and look is not None and look.slowdown is not None:
        slower = look.slowdown.share
    return (job.name, state_text(job, look), percent(done), duration(left), percent(slower))
