"""Labels on their way to the disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from app.labelling.journal import Label, LabelJournal


class LabelOutbox:
    """Keeps labels in order until they are written; for several threads.

    Args:
        journal: Where they are written.
    """

    def __init__(self, journal: LabelJournal) -> None:
        self._journal = journal
        self._waiting: deque[Label] = deque()
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many are not yet on the disk."""
        with self._lock:
            return len(self._waiting)

    def put(self, labels: Iterable[Label]) -> None:
        """Take labels; does not block."""
        with self._lock:
            self._waiting.extend(labels)

    def deliver(self) -> None:
        """Write all that waits; blocks, also for another thread that is writing.

        Raises:
            StoreError: They cannot be written; they wait on.
        """
        with self._writing:
            with self._lock:
                batch = tuple(self._waiting)
            if not batch:
                return
            self._journal.append(batch)
            with self._lock:
                for _ in batch:
                    self._waiting.popleft()
