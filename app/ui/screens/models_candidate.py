"""A checkpoint on its way to the line: checked, compared, then run in shadow or activated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, cast

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QWidget

from app import log
from app.candidates.checking import CheckReport, check_in_process
from app.candidates.comparison import Comparison
from app.i18n import tr
from app.station import tasks
from app.station.job_process import JobProcess
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.screens import models_words as words
from app.ui.screens.models_compare_words import (
    compare_environment,
    compare_words,
    limits_words,
)
from app.ui.screens.models_differences import Differences
from app.ui.screens.models_loading import at_home
from app.ui.screens.models_pictures import PartPictures
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.checkpoint_table import short_name
from app.ui.widgets.compare_panel import ComparePanel

LAST = 100
"""Newest stored parts that both checkpoints judge."""


class Stage(Enum):
    """How far a candidate is.

    NONE: there is none. CHECKING: it is loaded in a process of its own. REFUSED: it cannot be
    used. BARE: it has no limits, so it cannot judge yet. LIMITING: it gets some from good parts,
    in a new file. COMPARING: both judge the same pictures. STOPPED: a person cancelled. ALONE: it
    can be used, but there is no comparison; `Candidate.problem` says why. COMPARED: all is known.
    """

    NONE = "none"
    CHECKING = "checking"
    REFUSED = "refused"
    BARE = "bare"
    LIMITING = "limiting"
    COMPARING = "comparing"
    STOPPED = "stopped"
    ALONE = "alone"
    COMPARED = "compared"


_BUSY = (Stage.CHECKING, Stage.LIMITING, Stage.COMPARING)
_BESIDE = (Stage.LIMITING, Stage.COMPARING)


class Candidate(QObject):
    """Takes one checkpoint at a time through all steps; a newer one ends the one before.

    Signals:
        changed: It stands otherwise with the candidate.
        written: There is a new file: the candidate with limits, or its copy. arg: it.
        shadow_wanted: The candidate shall run in shadow. arg: its file.
        activation_wanted: It shall judge. args: its file, who, why.
    """

    changed = pyqtSignal()
    written = pyqtSignal(object)
    shadow_wanted = pyqtSignal(object)
    activation_wanted = pyqtSignal(object, str, str)

    def __init__(
        self, desk: QaDesk, panel: ComparePanel, pictures: PartPictures, page: QWidget
    ) -> None:
        super().__init__(page)
        self._desk, self._panel, self._page = desk, panel, page
        self.stage = Stage.NONE
        self.path: Path | None = None
        self.name = ""
        self.report: CheckReport | None = None
        self.comparison: Comparison | None = None
        self.problem = ""
        self._asked = self._process_of = 0
        self._cancelled = threading.Event()
        self._step: tuple[str, int, int] = ("", 0, 0)
        self.process = JobProcess(self)
        self.differences = Differences(panel.strip, pictures, self)
        self._connect()
        self.show()

    def begin(self, path: Path, name: str) -> None:
        """Check a checkpoint, then compare it with the one in force.

        Args:
            path: Its file.
            name: What it is called on the screen.
        """
        self.stop()
        self._asked += 1
        self.path, self.name = path, name
        self.report, self.comparison, self.problem = None, None, ""
        self._cancelled = threading.Event()
        self.stage = Stage.CHECKING
        self._panel.show_problem("")
        tasks.run(
            partial(check_in_process, path, self._desk.home, self._device, self._cancelled.is_set),
            partial(self._on_checked, self._asked),
            partial(self._on_check_failed, self._asked),
        )
        self._tell()

    def stop(self) -> None:
        """End what is going on; nothing has changed by it."""
        self._cancelled.set()
        if self.stage in _BUSY:
            self._asked += 1
            self.stage = Stage.STOPPED
            self.process.stop()
            self._tell()

    def ask_activation(self) -> SignDialog | None:
        """Ask who activates the candidate and why; None where it cannot be, which is said."""
        obstacle = words.activation_obstacle(self.stage.value, self.problem)
        station = self._desk.station
        if not obstacle and station is None:
            obstacle = tr("This is an office PC; checkpoints are activated at the station.")
        self._panel.show_problem(obstacle)
        if obstacle or station is None or self.path is None:
            return None
        current = station.status().checkpoint
        facts = words.activation_facts(
            self.name, "" if current is None else current.name, self.comparison, self.problem
        )
        title = tr("Activate {name}").format(name=short_name(self.name))
        dialog = SignDialog(
            title, facts, words.activation_reasons(), self._desk.reviewer, self._page
        )
        dialog.signed.connect(self._on_signed)
        dialog.open()
        return dialog

    def ask_shadow(self) -> None:
        """Let the candidate run beside the one in force, or say why it cannot."""
        checked = self.report is not None and self.report.ok
        ready = checked and self.stage not in (Stage.BARE, Stage.LIMITING)
        obstacle = "" if ready else words.activation_obstacle(self.stage.value, self.problem)
        if not obstacle and self._desk.station is None:
            obstacle = tr("This is an office PC; there is no line to run beside.")
        self._panel.show_problem(obstacle)
        if not obstacle and self.path is not None:
            self._bring_home(self._run_in_shadow)

    def show(self) -> None:
        """Show all anew, in the language in use."""
        panel, bad = self._panel, self.stage is Stage.REFUSED
        panel.show_candidate(self.name, words.candidate_sentence(self), bad)
        panel.show_progress(*words.progress(self.stage.value, *self._step))
        instead = words.instead_of_comparison(self, self.stage.value)
        panel.show_comparison(self.comparison, instead)
        panel.limits_button.setVisible(self.stage is Stage.BARE)
        self.differences.show(self.comparison)

    # -- checking ------------------------------------------------------------------------

    @property
    def _device(self) -> str:
        return self._desk.keeper.settings.device

    def _tell(self) -> None:
        self.show()
        self.changed.emit()

    def _connect(self) -> None:
        panel = self._panel
        panel.stop_button.clicked.connect(self.stop)
        panel.again_button.clicked.connect(self._on_again)
        panel.limits_button.clicked.connect(self.set_limits)
        panel.shadow_button.clicked.connect(self.ask_shadow)
        panel.activate_button.clicked.connect(self._on_activate)
        panel.scatter.opened.connect(self.differences.open_pair)
        self.process.progressed.connect(self._on_progressed)
        self.process.succeeded.connect(self._on_compared)
        self.process.failed.connect(self._on_compare_failed)

    def _on_again(self) -> None:
        if self.path is not None:
            self.begin(self.path, self.name)

    def _on_activate(self) -> None:
        self.ask_activation()

    def _on_checked(self, asked: int, report: CheckReport) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        self.report = report
        if not report.ok:
            self.stage = Stage.REFUSED
            self._tell()
            return
        self._step = ("", 0, 0)
        info = report.info
        if info is not None:
            self.name = words.candidate_name(info.name, info.path.stem)
        if info is not None and not info.calibration.is_usable:
            self.stage = Stage.BARE
        else:
            self.stage = Stage.COMPARING
            self._go_on()
        self._tell()

    def _on_check_failed(self, asked: int, error: Exception) -> None:
        if asked == self._asked and not sip.isdeleted(self):
            self.stage, self.report = Stage.REFUSED, CheckReport(False, sentence_of(error))
            self._tell()

    # -- comparing -----------------------------------------------------------------------

    def set_limits(self) -> None:
        """Write the candidate again with limits from good parts; that is checked and compared."""
        if self.stage is Stage.BARE:
            self.problem = ""
            self.stage, self._step = Stage.LIMITING, ("", 0, 0)
            self._panel.show_problem("")
            self._go_on()
            self._tell()

    def _go_on(self) -> None:
        """Begin the process of this stage, as soon as an earlier one has ended."""
        if self.path is None or self.process.is_running:
            # One that was asked to stop cleans up; its end calls again.
            return
        self._process_of = self._asked
        make = limits_words if self.stage is Stage.LIMITING else compare_words
        self.process.start(
            make(self._desk, self.path, self.name, LAST), compare_environment(self._desk)
        )

    def _on_progressed(self, stage: str, done: int, total: int) -> None:
        if self.stage in _BESIDE:
            self._step = (stage, done, total)
            self._panel.show_progress(*words.progress(self.stage.value, *self._step))

    def _is_of_another(self) -> bool:
        """Return whether the process that has ended was begun for an earlier candidate."""
        if self.stage in _BESIDE and self._process_of != self._asked:
            self._go_on()
            return True
        return self.stage not in _BESIDE

    def _on_compared(self, result: object) -> None:
        if self._is_of_another():
            return
        values = cast(Mapping[str, Any], result)
        try:
            if self.stage is Stage.LIMITING:
                self.begin(Path(values["path"]), str(values["name"]))
                self.written.emit(Path(values["path"]))
                return
            self.comparison = Comparison.from_json(values)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.ui.exception("the comparison is not understood")
            self._stay_alone(tr("The comparison cannot be read; the log says why."))
            return
        self.stage = Stage.COMPARED
        self._tell()

    def _on_compare_failed(self, sentence: str) -> None:
        if not self._is_of_another():
            self._stay_alone(sentence)

    def _stay_alone(self, sentence: str) -> None:
        was_limiting = self.stage is Stage.LIMITING
        self.stage, self.problem = Stage.BARE if was_limiting else Stage.ALONE, sentence
        self._tell()

    # -- taking over ---------------------------------------------------------------------

    def _on_signed(self, by: str, why: str) -> None:
        self._bring_home(partial(self._activate, by, why))

    def _activate(self, by: str, why: str, path: Path) -> None:
        self.activation_wanted.emit(path, by, why)

    def _run_in_shadow(self, path: Path) -> None:
        self.shadow_wanted.emit(path)

    def _bring_home(self, then: Callable[[Path], None]) -> None:
        """See that the file is the one that was checked and lies where it stays."""
        info = self.report.info if self.report is not None else None
        if self.path is not None:
            tasks.run(
                partial(
                    at_home, self._desk, self.path, self.name, "" if info is None else info.sha256
                ),
                partial(self._on_home, self._asked, then),
                self._on_not_home,
            )

    def _on_home(self, asked: int, then: Callable[[Path], None], path: Path) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        if path != self.path:
            self.path = path
            self.written.emit(path)
        then(path)

    def _on_not_home(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._panel.show_problem(sentence_of(error))
