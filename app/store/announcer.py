"""Tells of faults that last: at once, when the sentence changes, and then now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app import log


class Announcer:
    """Calls back with a fault's sentence, but not for every part that meets it.

    Args:
        on_fault: Receives the sentence; called on the thread that met the fault.
        again_after_s: A fault that lasts is told again after this time.
    """

    def __init__(self, on_fault: Callable[[str], None], again_after_s: float = 10.0) -> None:
        self._on_fault = on_fault
        self._again_after_s = again_after_s
        self._told: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def fault(self, area: str, sentence: str) -> None:
        """Tell of a fault of an area ("database", "evidence", ...)."""
        now = time.monotonic()
        with self._lock:
            known, at = self._told.get(area, ("", 0.0))
            if known == sentence and now < at + self._again_after_s:
                return
            self._told[area] = (sentence, now)
        log.store.error("%s: %s", area, sentence)
        try:
            self._on_fault(sentence)
        except Exception:  # noqa: BLE001
            # The listener's fault must not stop the storing.
            log.store.exception("the listener of storage faults failed")

    def healed(self, area: str) -> None:
        """Forget the fault of an area, so that the next one is told at once."""
        with self._lock:
            was = self._told.pop(area, None)
        if was is not None:
            log.store.info("%s works again", area)
