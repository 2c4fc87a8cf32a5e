"""What came of a training: the epochs to choose from, the figures of the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import N_, tr
from app.jobs.epochs import EpochPoint, best_epoch, kept_epochs
from app.jobs.job import Job, JobState
from app.ui.training_words import FIGURES, TESTED, stop_text
from app.ui.widgets.choice_box import ChoiceBox
from app.ui.widgets.fact_list import FactList
from app.ui.widgets.filled_box import fill
from app.ui.widgets.training_curves import TrainingCurves

RUN = "run"
"""Folder of a job's own folder in which `train` works."""
TAUGHT = "teach"
_FACTS_PX = 205


class TrainingOutcome(QWidget):
    """Curves above, the chosen epoch and the test below.

    Signals:
        epoch_chosen: An epoch shall be tried. arg: Path of its checkpoint.
    """

    epoch_chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._points: tuple[EpochPoint, ...] = ()
        self._kept: dict[int, Path] = {}
        self._chosen = 0
        self.curves, self.facts = TrainingCurves(), FactList()
        self.box, self.figures, self.try_button = ChoiceBox(12), QLabel(), QPushButton()
        self._name = QLabel()
        self._name.setBuddy(self.box)
        self.figures.setWordWrap(True)
        self.facts.setFixedWidth(_FACTS_PX)
        row = QHBoxLayout()
        row.addWidget(self._name)
        row.addWidget(self.box, 1)
        row.addWidget(self.try_button)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.curves, 1)
        left.addLayout(row)
        left.addWidget(self.figures)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(left, 1)
        whole.addWidget(self.facts)
        self.curves.picked.connect(self.choose)
        self.box.currentIndexChanged.connect(lambda _: self._on_boxed())
        self.try_button.clicked.connect(self._on_try)

    @property
    def chosen(self) -> int:
        """Number of the chosen epoch; 0 for the best checkpoint with its limits, or none."""
        return self._chosen

    def show_job(self, job: Job | None, points: Sequence[EpochPoint]) -> None:
        """Show a job and its curve; another job begins with its best checkpoint chosen."""
        if job is None or self._job is None or job.id != self._job.id:
            self._chosen = 0
        self._job, self._points = job, tuple(points)
        self._kept = kept_epochs(Path(job.folder) / RUN) if job is not None and job.folder else {}
        self.retranslate()

    def choose(self, number: int) -> None:
        """Look at an epoch."""
        self._chosen = number
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit the plots to the window's size."""
        self.curves.set_scale(scale)
        self.facts.setFixedWidth(round(_FACTS_PX * scale))

    def retranslate(self) -> None:
        """Set all texts anew."""
        best = _best_of(self._job, self._points)
        self.curves.retranslate()
        self.curves.show_points(
            self._points, best, self._chosen, self._job.epochs if self._job else 0
        )
        self._name.setText(tr("Epoch"))
        self.box.setAccessibleName(tr("Epoch"))
        self._fill(best)
        self.try_button.setText(tr("Try this checkpoint"))
        self.try_button.setEnabled(self._file() is not None)
        self.figures.setText(self._figures_text(best))
        self.facts.show_facts(_facts(self._job, self._points, best))

    def _fill(self, best: int) -> None:
        items = []
        if self._best_file() is not None:
            items.append((tr("Best of the run, with its limits"), "0"))
        for point in self._points:
            text = tr("Epoch {number}").format(number=point.number)
            if point.number == best:
                text = tr("Epoch {number}, the best").format(number=point.number)
            if point.number not in self._kept:
                text = tr("{epoch} (no file)").format(epoch=text)
            items.append((text, str(point.number)))
        fill(self.box, items, str(self._chosen))
        self.box.setEnabled(bool(items))

    def _on_boxed(self) -> None:
        value = self.box.currentData()
        if value is not None and int(value) != self._chosen:
            self.choose(int(value))

    def _on_try(self) -> None:
        file = self._file()
        if file is not None:
            self.epoch_chosen.emit(file)

    def _best_file(self) -> Path | None:
        if self._job is None or self._job.state is not JobState.DONE:
            return None
        told = self._job.result.get("checkpoint")
        return Path(told) if told else None

    def _file(self) -> Path | None:
        return self._kept.get(self._chosen) if self._chosen else self._best_file()

    def _is_taught(self) -> bool:
        return self._job is not None and self._job.kind == TAUGHT

    def _figures_text(self, best: int) -> str:
        number = self._chosen or (best if self._best_file() is not None else 0)
        point = next((one for one in self._points if one.number == number), None)
        if self._is_taught() and not self._chosen and self._best_file() is not None:
            return tr("It is taught and its limits are set; it can be activated.")
        if not self._points and self._is_taught():
            return tr("Curves come only from detectors that learn in epochs.")
        if not self._points:
            return tr("The curves begin with the first epoch.")
        if point is None:
            return tr("Point at an epoch in the curves, or choose one here.")
        parts = [
            f"{tr(text)} {point.figures[key]:.3f}"
            for key, text in FIGURES.items()
            if key in point.figures
        ]
        if not self._chosen:
            parts.append(tr("its limits are set; it can be activated"))
        elif number not in self._kept:
            parts.append(tr("no file of this epoch was kept"))
        else:
            parts.append(tr("its limits are not set yet: calibrate it before it judges"))
        return tr("Epoch {number}: {figures}").format(number=number, figures=" · ".join(parts))


def _best_of(job: Job | None, points: Sequence[EpochPoint]) -> int:
    """Return the best epoch; 0 where the detector is not chosen by its epochs."""
    return 0 if job is not None and job.kind == TAUGHT else best_epoch(points)


def _facts(job: Job | None, points: Sequence[EpochPoint], best: int) -> list[tuple[str, str]]:
    if job is None:
        return []
    facts = []
    if job.epochs:
        facts.append((N_("Epochs"), f"{points[-1].number if points else 0} / {job.epochs}"))
    elif points:
        facts.append((N_("Epochs"), str(points[-1].number)))
    if best:
        facts.append((N_("Best epoch"), str(best)))
    if job.state is JobState.DONE:
        facts += _result_facts(job.result)
    return facts


def _result_facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    facts = []
    if result.get("stopped"):
        facts.append((N_("Ended by"), stop_text(str(result["stopped"]))))
    counts = result.get("pictures") or {}
    for name, part in ((N_("Learned from"), "train"), (N_("Tested on"), "test")):
        good, bad = counts.get(f"{part}_good", 0), counts.get(f"{part}_defective", 0)
        if f"{part}_good" not in counts:
            continue
        text = tr("{good} good, {defective} defective").format(good=good, defective=bad)
        facts.append((name, text))
    tested = result.get("test") or {}
    for key, text in TESTED.items():
        if tested.get(key) is not None:
            facts.append((text, f"{tested[key]:.3f}"))
    if result.get("limit") is not None:
        facts.append((N_("NG limit"), f"{result['limit']:.3f}"))
    return facts
