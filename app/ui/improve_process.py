"""The process that makes a checkpoint beside the running line."""

from __future__ import annotations

import json

from PyQt5.QtCore import (
    QCoreApplication,
    QObject,
    QProcess,
    QProcessEnvironment,
    QTimer,
    pyqtSignal,
)

from app import log
from app.i18n import tr
from app.paths import Home
from app.review.improve_words import (
    DATABASE_VARIABLE,
    Wish,
    improve_words,
    program,
    remove_leftovers,
)
from app.review.improvement import Improvement, ImprovementError
from app.station import tasks

_PATIENCE_MS = 15_000
_LAST_LINES = 4000


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
        self._process = QProcess(self)
        self._line, self._said = b"", b""
        self._result: Improvement | None = None
        self._stopping = False
        self._impatient = QTimer(self)
        self._impatient.setSingleShot(True)
        self._impatient.timeout.connect(self._process.kill)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_error_output)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        app = QCoreApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.end)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, wish: Wish) -> None:
        """Begin; `succeeded` or `failed` follows."""
        self._wish, self._result = wish, None
        self._line, self._said, self._stopping = b"", b"", False
        words = [*program(), *improve_words(wish, self._home)]
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert(DATABASE_VARIABLE, wish.database_url)
        self._process.setProcessEnvironment(environment)
        self._process.start(words[0], words[1:])

    def stop(self) -> None:
        """Ask it to stop and to clean up; after a while it is ended."""
        if self.is_running:
            self._stopping = True
            self._process.closeWriteChannel()
            self._impatient.start(_PATIENCE_MS)

    def end(self) -> None:
        """End it at once, for the exit of the program."""
        if self.is_running:
            self._stopping = True
            self._process.kill()
            self._process.waitForFinished(3000)

    def _on_output(self) -> None:
        *lines, self._line = (self._line + bytes(self._process.readAllStandardOutput())).split(
            b"\n"
        )
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            told = json.loads(line)
            if "result" in told:
                self._result = Improvement.from_json(told["result"])
            else:
                self.progressed.emit(str(told["stage"]), int(told["done"]), int(told["total"]))
        except (ValueError, KeyError, TypeError, ImprovementError):
            log.ui.warning("a line of the learning process is not understood: %r", line[:200])

    def _on_error_output(self) -> None:
        self._said = (self._said + bytes(self._process.readAllStandardError()))[-_LAST_LINES:]

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._impatient.stop()
        self._on_output()
        self._on_error_output()
        crashed = status == QProcess.ExitStatus.CrashExit
        if self._result is not None and code == 0 and not crashed:
            self.succeeded.emit(self._result)
            return
        if crashed and self._wish is not None:
            wish, home = self._wish, self._home
            tasks.run(lambda: remove_leftovers(wish, home), lambda _: None, _on_left)
        self.failed.emit("" if self._stopping else self._sentence())

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            log.ui.error("the learning process cannot be started: %s", self._process.errorString())
            self.failed.emit(tr("The learning cannot be started; install the program anew."))

    def _sentence(self) -> str:
        """Return what the process said last, if it was a sentence for people."""
        lines = self._said.decode("utf-8", "replace").splitlines()
        told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        if told:
            return told[-1]
        log.ui.error("the learning process ended without a result:\n%s", "\n".join(lines))
        return tr("The learning ended without a result; nothing has changed. See the log.")


def _on_left(error: Exception) -> None:
    log.ui.warning("what the learning process left behind cannot be removed: %s", error)
