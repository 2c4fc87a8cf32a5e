"""The thread that stores what was judged: evidence, then the row, then the word."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.inspection.judgement import Inspection
from app.inspection.record import Evidence, InspectionRecord
from app.store.announcer import Announcer
from app.store.base import RecordStore
from app.store.evidence import EvidenceStore
from app.store.keeping import Keeping
from app.store.retention_log import RetentionLog


class RecordWriter:
    """Stores inspections in the order of `submit`, each exactly once.

    A record that the database does not take goes to a journal on disk and from there to
    the database when that works again, also after a restart. A fault of the evidence costs
    the pictures, never the verdict. Both are told through `on_fault`.

    Args:
        store: The database.
        evidence: The pictures.
        on_stored: Called on the writer's thread when the record is durable (row, or journal
            line while the database fails); it then carries evidence and `latencies.store`.
        on_fault: Called with a sentence, on the writer's or the submitting thread, when a
            fault begins, changes, and every ten seconds while it lasts.
        size: Inspections that may wait; `submit` blocks when it is reached.
        journal: File of pending records; None for `pending.jsonl` beside the evidence folder.
        retry_s: Pause between attempts while the database fails, seconds.
    """

    def __init__(
        self,
        store: RecordStore,
        evidence: EvidenceStore,
        on_stored: Callable[[InspectionRecord], None],
        on_fault: Callable[[str], None],
        size: int = 64,
        journal: Path | None = None,
        retry_s: float = 2.0,
    ) -> None:
        self._store = store
        self._evidence = evidence
        self._on_stored = on_stored
        self._announcer = Announcer(on_fault)
        path = evidence.root.parent / "pending.jsonl" if journal is None else journal
        self._keeping = Keeping(store, path, self._announcer, retry_s)
        self._retention = RetentionLog(store)
        self._queue: queue.Queue[Inspection | None] = queue.Queue(size)
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._closed = False
        self._lock = threading.Lock()
        self._lost = 0

    @property
    def waiting(self) -> int:
        """Inspections that wait for the writer."""
        return self._queue.qsize()

    @property
    def has_pending(self) -> bool:
        """True while records wait in the journal for the database."""
        return self._keeping.has_pending

    def start(self) -> None:
        """Start the thread; it first stores what an earlier run left in the journal."""
        self._thread.start()

    def submit(self, inspection: Inspection) -> None:
        """Hand over one inspection. Blocks while the queue is full, and says so by `on_fault`.

        Raises:
            StoreError: The writer is closed or not started.
        """
        while True:
            # The lock keeps `close` from slipping its end mark in before this inspection.
            with self._lock:
                if self._closed or not self._thread.is_alive():
                    raise StoreError(tr("Records are not being stored; start the station again."))
                try:
                    self._queue.put_nowait(inspection)
                    self._announcer.healed("queue")
                    return
                except queue.Full:
                    pass
            sentence = tr("Storing is slower than judging; the line waits for the disk.")
            self._announcer.fault("queue", sentence)
            time.sleep(0.01)

    def close(self, timeout_s: float) -> bool:
        """Store all that was submitted and end the thread.

        Returns:
            False if that took too long or a record could not be made durable; the log has it.
        """
        deadline = time.monotonic() + timeout_s
        with self._lock:
            self._closed = True
        self._keeping.give_up_at(deadline)
        if self._thread.is_alive():
            try:
                self._queue.put(None, timeout=max(0.0, deadline - time.monotonic()))
            except queue.Full:
                return False
            self._thread.join(max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive() and self._lost == 0

    def _run(self) -> None:
        while True:
            try:
                self._keeping.replay()
                inspection = self._queue.get(timeout=self._keeping.pause_s)
                if inspection is None:
                    self._retention.tell(at_once=True)
                    return
                self._store_one(inspection)
            except queue.Empty:
                continue
            except Exception:  # noqa: BLE001
                # The thread outlives every bug: the next part must still be stored.
                log.store.exception("a record could not be stored")
                self._lost += 1
                self._announcer.fault("writer", tr("A record could not be stored; see the log."))

    def _store_one(self, inspection: Inspection) -> None:
        start = time.monotonic()
        record = replace(inspection.record, evidence=self._keep_pictures(inspection))
        if not self._keeping.keep(_with_store_time(record, start)):
            self._lost += 1
            return
        try:
            self._on_stored(_with_store_time(record, start))
        except Exception:  # noqa: BLE001
            log.store.exception("the listener of stored records failed")
            self._announcer.fault("listener", tr("A stored record could not be shown."))

    def _keep_pictures(self, inspection: Inspection) -> Evidence | None:
        try:
            self._thin(inspection.record.context.station)
        except StoreError as error:
            # Too much evidence is no reason to keep none.
            self._announcer.fault("retention", str(error))
        try:
            kept = self._evidence.save(inspection)
        except StoreError as error:
            self._announcer.fault("evidence", str(error))
            return None
        except Exception:  # noqa: BLE001
            log.store.exception("the pictures of %s could not be kept", inspection.record.id)
            self._announcer.fault("evidence", tr("Pictures cannot be stored; verdicts are."))
            return None
        if kept is not None:
            self._announcer.healed("evidence")
        return kept

    def _thin(self, station: str) -> None:
        thinned = self._evidence.thin(self._store, station)
        if thinned is not None:
            self._retention.add(thinned, station)
            if thinned.is_serious:
                self._announcer.fault(
                    "retention",
                    tr("Old pictures of NG parts were removed to make room; allow more space."),
                )
        self._retention.tell()


def _with_store_time(record: InspectionRecord, start: float) -> InspectionRecord:
    spent = (time.monotonic() - start) * 1000
    return replace(record, latencies=replace(record.latencies, store=spent))
