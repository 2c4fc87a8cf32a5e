"""How long the event loop keeps its callers waiting, measured all the time."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
from PyQt5.QtCore import QObject, Qt, QTimer, pyqtSlot

_PERIOD_MS = 10
_KEPT = 60_000


class Heartbeat(QObject):
    """A timer that notes how late it fires; lateness is what an operator's touch waits.

    Attributes:
        delays_ms: The last ten minutes' lateness, milliseconds, newest last.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.delays_ms: deque[float] = deque(maxlen=_KEPT)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self._on_beat)
        self._last = 0.0

    def start(self) -> None:
        """Begin to measure from nothing."""
        self.delays_ms.clear()
        self._last = time.monotonic()
        self._timer.start()

    def stop(self) -> None:
        """Measure no more; the figures stay."""
        self._timer.stop()

    def percentile_ms(self, percent: float) -> float:
        """Return a percentile of the lateness, milliseconds; 0 before the first beat."""
        return float(np.percentile(self.delays_ms, percent)) if self.delays_ms else 0.0

    @pyqtSlot()
    def _on_beat(self) -> None:
        now = time.monotonic()
        self.delays_ms.append(max(0.0, (now - self._last) * 1000 - _PERIOD_MS))
        self._last = now
