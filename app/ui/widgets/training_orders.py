"""The buttons of the queue, and how much slower the line may become."""

from __future__ import annotations

from PyQt5.QtCore import QTimer, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.i18n import tr
from app.jobs.job import Job
from app.station.job_look import JobLook
from app.ui.widgets.training_fields import NumberField

_ARMED_MS = 6000


class TrainingOrders(QWidget):
    """What can be done with the chosen job; what cannot be is not shown.

    Signals:
        held, let_go, stopped, resumed, begun_anew, removed: The button was pressed.
        limit_set: arg: share of the line's speed.
    """

    held = pyqtSignal()
    let_go = pyqtSignal()
    stopped = pyqtSignal()
    resumed = pyqtSignal()
    begun_anew = pyqtSignal()
    removed = pyqtSignal()
    limit_set = pyqtSignal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._look: JobLook | None = None
        names = ("hold", "go", "stop", "resume", "anew", "remove")
        self.buttons = {name: QPushButton() for name in names}
        self.limit, self._limit_name, self._unit = (
            NumberField(90, least=1, always=True),
            QLabel(),
            QLabel("%"),
        )
        self.limit.setMaximumWidth(80)
        self._disarm = QTimer(self)
        self._disarm.setSingleShot(True)
        self._disarm.setInterval(_ARMED_MS)
        self._disarm.timeout.connect(self.retranslate)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        for widget in (self._limit_name, self.limit, self._unit):
            row.addWidget(widget)
        signals = (self.held, self.let_go, self.stopped, self.resumed, None, self.removed)
        for button, signal in zip(self.buttons.values(), signals, strict=True):
            if signal is not None:
                button.clicked.connect(signal)
        self.buttons["anew"].clicked.connect(self._on_anew)
        self.limit.valueChanged.connect(lambda value: self.limit_set.emit(value / 100))
        self.show_job(None, None)

    def set_limit(self, share: float) -> None:
        """Show the limit without telling anybody that it was set."""
        self.limit.blockSignals(True)
        self.limit.setValue(100 * share)
        self.limit.blockSignals(False)

    def show_job(self, job: Job | None, look: JobLook | None) -> None:
        """Offer what can be done with a job."""
        changed = (job and job.id) != (self._job and self._job.id)
        self._job, self._look = job, look
        if changed:
            self._disarm.stop()
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        job = self._job
        runs = job is not None and self._look is not None and self._look.job_id == job.id
        by_hand = runs and self._look is not None and self._look.held_by_hand
        stopping = runs and self._look is not None and self._look.is_stopping
        armed = self._disarm.isActive()
        shown = {
            "hold": runs and not by_hand,
            "go": by_hand,
            "stop": job is not None and job.is_open,
            "resume": job is not None and job.can_resume,
            "anew": job is not None and not job.is_open,
            "remove": job is not None and not job.is_open,
        }
        texts = {
            "hold": tr("Hold"),
            "go": tr("Go on"),
            "stop": tr("Stop"),
            "resume": tr("Resume"),
            "anew": tr("Press again: its epochs go") if armed else tr("Begin anew"),
            "remove": tr("Take off the list"),
        }
        for name, button in self.buttons.items():
            button.setText(texts[name])
            button.setVisible(bool(shown[name]))
            button.setEnabled(not stopping)
        self._limit_name.setText(tr("Hold it if the line gets slower by"))
        self.limit.setAccessibleName(self._limit_name.text())

    def _on_anew(self) -> None:
        """Ask once more: what was trained so far is removed."""
        if self._disarm.isActive():
            self._disarm.stop()
            self.begun_anew.emit()
        else:
            self._disarm.start()
        self.retranslate()
