"""When the program itself fails: log it, show it as a FAULT, stay alive if that is safe.

PyQt5 ends the process when an exception leaves a slot, unless `sys.excepthook` is replaced.
"""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from PyQt5.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app import log

_LEVELS: dict[QtMsgType, int] = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@contextmanager
def installed(folder: Path, on_bug: Callable[[str], None]) -> Iterator[None]:
    """Catch what nobody else catches while the block runs; put everything back afterwards.

    Three exception hooks (this thread and slots, other threads, destructors), Qt's messages,
    and a file `crash.log` with the stacks of all threads if the interpreter itself dies.

    Args:
        folder: Where `crash.log` goes; made if it is missing.
        on_bug: Told one sentence per bug, from whatever thread it happened in.
    """
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def report(kind: type[BaseException], error: BaseException | None, where: str) -> None:
        # Without a message the kind of the exception is all there is to say.
        text = str(error) if error is not None and str(error) else kind.__name__
        try:
            on_bug(f"The program has a fault in {where}: {text}. See the log.")
        except Exception:  # noqa: BLE001 - the hook of last resort
            log.station.exception("the bug could not be shown")

    def on_exception(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before[0](kind, error, trace)
            return
        log.station.critical("bug", exc_info=(kind, error, trace))
        report(kind, error, "the program")

    def on_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "a thread"
        error = args.exc_value or args.exc_type()
        log.station.critical(
            "bug in thread %s", name, exc_info=(args.exc_type, error, args.exc_traceback)
        )
        report(args.exc_type, args.exc_value, name)

    def on_unraisable(args: sys.UnraisableHookArgs) -> None:
        error = args.exc_value or args.exc_type()
        log.station.error(
            "ignored: %s", args.err_msg, exc_info=(args.exc_type, error, args.exc_traceback)
        )

    sys.excepthook, threading.excepthook, sys.unraisablehook = (
        on_exception,
        on_thread,
        on_unraisable,
    )
    qt_before = qInstallMessageHandler(_on_qt_message)
    try:
        with _crash_file(folder):
            yield
    finally:
        qInstallMessageHandler(qt_before)
        sys.excepthook, threading.excepthook, sys.unraisablehook = before


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
    log.ui.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", text)


@contextmanager
def _crash_file(folder: Path) -> Iterator[IO[bytes] | None]:
    """Let the interpreter write its stacks to a file if it dies of a signal."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / "crash.log").open("ab")
    except OSError as error:
        log.station.warning("no crash report can be kept: %s", error)
        yield None
        return
    enabled_before = faulthandler.is_enabled()
    with stream:
        faulthandler.enable(stream, all_threads=True)
        try:
            yield stream
        finally:
            faulthandler.disable()
            if enabled_before:
                # Where it pointed to is not known; stderr is its default. It may be closed.
                with suppress(ValueError, OSError, RuntimeError, AttributeError):
                    faulthandler.enable()
