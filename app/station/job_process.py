"""A command of this program in a process of its own, beside the running line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import psutil
from PyQt5.QtCore import (
    QCoreApplication,
    QObject,
    QProcess,
    QProcessEnvironment,
    QTimer,
    pyqtSignal,
    pyqtSlot,
)

from app import log
from app.i18n import tr
from app.program import program

_PATIENCE_MS = 15_000
_LAST_LINES = 4000


class JobProcess(QObject):
    """Runs a command that writes progress lines; it ends when this object or the program does.

    The command is one with `--progress-lines`, see `app.commands.progress_lines`: it takes a
    low priority by itself and stops when its stdin is closed.

    Signals:
        progressed: arg: stage, steps done, steps in all.
        told: Any other line. arg: dict of JSON values.
        succeeded: It has ended well. arg: dict of its result.
        failed: It made nothing. arg: why, one sentence; "" if it was asked to stop.
    """

    progressed = pyqtSignal(str, int, int)
    told = pyqtSignal(object)
    succeeded = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._line, self._said = b"", b""
        self._result: dict[str, Any] | None = None
        self._stopping, self._crashed, self._paused = False, False, False
        self._impatient = QTimer(self)
        self._impatient.setSingleShot(True)
        self._impatient.timeout.connect(self._process.kill)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_error_output)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        app = QCoreApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self._on_quit)

    @property
    def is_running(self) -> bool:
        """Whether the process is there, paused or not."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    @property
    def is_paused(self) -> bool:
        """Whether the process is held."""
        return self._paused

    @property
    def has_crashed(self) -> bool:
        """Whether the last process was killed or has crashed, so that it could not clean up."""
        return self._crashed

    @property
    def pid(self) -> int:
        """Number of the process; 0 if there is none."""
        return int(self._process.processId())

    def start(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Begin; `succeeded` or `failed` follows.

        Args:
            words: The command and its options, such as ("train", "--progress-lines", ...);
                the words that start the program itself are put before them here.
            environment: Variables beside those of this process, for what command lines may
                not show.

        Raises:
            RuntimeError: It runs already.
        """
        if self.is_running:
            raise RuntimeError("the process runs already")
        self._result, self._stopping, self._crashed, self._paused = None, False, False, False
        self._line, self._said = b"", b""
        values = QProcessEnvironment.systemEnvironment()
        # Its idle OpenMP threads must not spin on cores that the line needs.
        values.insert("OMP_WAIT_POLICY", "PASSIVE")
        for name, value in (environment or {}).items():
            values.insert(name, value)
        self._process.setProcessEnvironment(values)
        called = [*program(), *words]
        self._process.start(called[0], called[1:])

    def pause(self) -> None:
        """Hold the process where it is; it keeps its memory and takes no time."""
        if self.is_running and not self._paused:
            self._paused = self._for_all("suspend")

    def resume(self) -> None:
        """Let a paused process go on."""
        if self._paused:
            self._for_all("resume")
            self._paused = False

    def stop(self) -> None:
        """Ask it to stop and to clean up; after 15 s it is ended."""
        if self.is_running:
            self._stopping = True
            self.resume()
            self._process.closeWriteChannel()
            self._impatient.start(_PATIENCE_MS)

    def end(self, patience_ms: int = 0) -> None:
        """End it, for the exit of the program. Blocks.

        Args:
            patience_ms: So long it may stop by itself and keep its state.
        """
        if not self.is_running:
            return
        self._stopping = True
        if patience_ms:
            self.resume()
            self._process.closeWriteChannel()
            if self._process.waitForFinished(patience_ms):
                return
        self._for_all("kill")
        self._process.waitForFinished(_PATIENCE_MS)

    @pyqtSlot()
    def _on_quit(self) -> None:
        self.end()

    def _for_all(self, act: str) -> bool:
        """Suspend, resume or kill the process and those that it has started."""
        reached = False
        with suppress(psutil.NoSuchProcess):
            head = psutil.Process(self.pid)
            for one in (head, *head.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    getattr(one, act)()
                    reached = True
        return reached

    def _on_output(self) -> None:
        output = self._line + bytes(self._process.readAllStandardOutput())
        *lines, self._line = output.split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            told = json.loads(line)
            if "result" in told:
                self._result = dict(told["result"])
            elif {"stage", "done", "total"} <= told.keys():
                self.progressed.emit(str(told["stage"]), int(told["done"]), int(told["total"]))
            else:
                self.told.emit(told)
        except (ValueError, TypeError, AttributeError):
            log.station.warning("a line of a job's process is not understood: %r", line[:200])

    def _on_error_output(self) -> None:
        self._said = (self._said + bytes(self._process.readAllStandardError()))[-_LAST_LINES:]

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._impatient.stop()
        self._paused = False
        self._on_output()
        self._on_error_output()
        self._crashed = status == QProcess.ExitStatus.CrashExit
        if self._result is not None and code == 0 and not self._crashed:
            self.succeeded.emit(self._result)
        else:
            self.failed.emit("" if self._stopping else self._sentence())

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            log.station.error("a job cannot be started: %s", self._process.errorString())
            self.failed.emit(tr("The work cannot be started; install the program anew."))

    def _sentence(self) -> str:
        """Return what the process said last, if it was a sentence for people."""
        lines = self._said.decode("utf-8", "replace").splitlines()
        told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        if told:
            return told[-1]
        log.station.error("a job ended without a result:\n%s", "\n".join(lines))
        return tr("The work ended without a result; nothing has changed. See the log.")
