"""Sentences for the person at the screen: logged, and kept until a window listens."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from PyQt5.QtCore import QObject, pyqtSignal

from app import log
from app.errors import ExpectedError
from app.i18n import tr
from model.errors import ModelError

_KEPT = 50


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence.

    Attributes:
        level: logging.INFO, WARNING or ERROR.
        text: The sentence, in the user's language.
        at: When, timezone-aware UTC.
    """

    level: int
    text: str
    at: datetime


class Messages(QObject):
    """Takes sentences from the station's thread and gives them to whoever listens.

    Signals:
        posted: A sentence. arg: The Message.
    """

    posted = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._early: deque[Message] = deque(maxlen=_KEPT)
        self._heard = False

    def info(self, text: str) -> None:
        """Say what has happened."""
        self._post(logging.INFO, text)

    def warning(self, text: str) -> None:
        """Say what did not work while the station goes on."""
        self._post(logging.WARNING, text)

    def error(self, text: str) -> None:
        """Say what is wrong."""
        self._post(logging.ERROR, text)

    def listen(self, receiver: Callable[[Message], None]) -> None:
        """Give `receiver` every sentence from now on, and first those nobody has heard."""
        self.posted.connect(receiver)
        self._heard = True
        while self._early:
            receiver(self._early.popleft())

    def _post(self, level: int, text: str) -> None:
        log.station.log(level, "%s", text)
        message = Message(level, text, datetime.now(UTC))
        if self._heard:
            self.posted.emit(message)
        else:
            self._early.append(message)


def sentence_of(error: Exception) -> str:
    """Return what to tell the person at the screen; a bug is logged with its stack."""
    if isinstance(error, (ExpectedError, ModelError)):
        return str(error)
    log.station.error("bug", exc_info=error)
    return tr("The program has a fault: {error}. See the log.").format(
        error=str(error) or type(error).__name__
    )
