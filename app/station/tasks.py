"""Jobs away from the GUI thread: load a checkpoint, ask the store, write a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from PyQt5 import sip
from PyQt5.QtCore import (
    QObject,
    QRunnable,
    QThreadPool,
    pyqtBoundSignal,
    pyqtSignal,
    pyqtSlot,
)

from app import log

Result = TypeVar("Result")

_THREADS = 4


class _Relay(QObject):
    """Brings the outcome of one job back into the thread that asked for it.

    Signals:
        succeeded: The job returned. arg: Its result.
        failed: The job raised. arg: The exception.
    """

    succeeded = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(
        self, success: Callable[[object], None], failure: Callable[[Exception], None]
    ) -> None:
        super().__init__()
        self._success = success
        self._failure = failure
        self.succeeded.connect(self._on_succeeded)
        self.failed.connect(self._on_failed)
        _waiting.add(self)

    @pyqtSlot(object)
    def _on_succeeded(self, result: object) -> None:
        _waiting.discard(self)
        if not _is_gone(self._success):
            self._success(result)

    @pyqtSlot(object)
    def _on_failed(self, error: Exception) -> None:
        _waiting.discard(self)
        if not _is_gone(self._failure):
            self._failure(error)


def _is_gone(callback: Callable[..., None]) -> bool:
    """Return whether the object that wants the outcome was deleted meanwhile."""
    owner = getattr(callback, "__self__", None)
    return isinstance(owner, QObject) and sip.isdeleted(owner)


# A relay must outlive its job; the signal it sends is queued.
_waiting: set[_Relay] = set()


class _Job(QRunnable):
    def __init__(self, job: Callable[[], object], relay: _Relay) -> None:
        super().__init__()
        self._job = job
        self._relay = relay

    def run(self) -> None:
        """Run the job on a thread of the pool; Qt calls it."""
        try:
            result = self._job()
        except Exception as error:  # noqa: BLE001 - reported below
            # The asker decides what it means: an expected error is a sentence to show.
            log.station.debug("a job failed", exc_info=True)
            self._relay.failed.emit(error)
        else:
            self._relay.succeeded.emit(result)


def run(
    job: Callable[[], Result],
    success: Callable[[Result], None],
    failure: Callable[[Exception], None],
) -> None:
    """Run `job` on a pool thread; call `success` or `failure` in this thread afterwards.

    Args:
        job: Must not touch widgets or anything that the calling thread changes meanwhile.
        success: Gets the result, in the thread that called `run`, which needs an event loop.
        failure: Gets the exception, expected or a bug.

    Neither is called if it is a method of a QObject that was deleted meanwhile.

    Raises:
        TypeError: One is `emit` of a signal: that does not keep its object alive, and calling
            it after the object has gone ends the process. Give a method that emits.
    """
    for callback in (success, failure):
        if isinstance(getattr(callback, "__self__", None), pyqtBoundSignal):
            raise TypeError("give tasks.run a method that emits, not the signal's emit")
    _pool().start(_Job(job, _Relay(success, failure)))  # type: ignore[arg-type]


def wait_all(timeout_s: float = 10.0) -> bool:
    """Block until all jobs have ended; return False if that took too long. For the exit."""
    return bool(_pool().waitForDone(int(timeout_s * 1000)))


@cache
def _pool() -> QThreadPool:
    """Return a pool of our own.

    Qt scales and converts large images on its global pool and waits for it, while PyQt holds
    Python's lock; jobs that want that lock on the same threads would block both for ever.
    """
    pool = QThreadPool()
    # Closing a camera that hangs takes seconds; it must not keep the other jobs waiting.
    pool.setMaxThreadCount(max(_THREADS, pool.maxThreadCount()))
    return pool
