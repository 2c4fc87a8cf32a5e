"""Makes one record durable: in the database, else in the journal, else it keeps trying."""

from __future__ import annotations

import math
import time
from pathlib import Path

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.store.announcer import Announcer
from app.store.base import RecordStore
from app.store.failures import Refused
from app.store.journal import Entry, Journal
from app.store.rows import to_line

_BATCH = 20  # between two of them a new record gets its turn


class Keeping:
    """The database with its journal. Called from one thread, except `give_up_at`.

    While lines wait in the journal new records queue behind them, so that a locked database
    costs one wait per `retry_s` and not one per part.

    Args:
        store: The database.
        journal: File of pending records.
        announcer: Where faults are told.
        retry_s: Pause between attempts while the database fails, seconds.
    """

    def __init__(
        self, store: RecordStore, journal: Path, announcer: Announcer, retry_s: float
    ) -> None:
        self._store = store
        self._journal = Journal(journal)
        self._announcer = announcer
        self._retry_s = retry_s
        self._retry_at = 0.0
        self._give_up_at = math.inf

    @property
    def has_pending(self) -> bool:
        """True while records wait in the journal."""
        return not self._journal.is_empty

    @property
    def pause_s(self) -> float | None:
        """How long the thread may wait for work before it calls `replay`; None: for ever."""
        if not self.has_pending:
            return None
        return max(0.001, self._retry_at - time.monotonic())

    def give_up_at(self, deadline: float) -> None:
        """Stop trying at this moment (seconds, monotonic) when disk and database both fail."""
        self._give_up_at = deadline

    def keep(self, record: InspectionRecord) -> bool:
        """Make a record durable; False if that did not succeed until `give_up_at`."""
        while True:
            if self._to_database(record) or self._to_journal(record):
                return True
            if time.monotonic() >= self._give_up_at:
                log.store.critical("NOT STORED: %s", to_line(record))
                return False
            time.sleep(min(self._retry_s, 0.2))

    def replay(self) -> None:
        """Bring some pending records to the database, if it is time to try."""
        if not self.has_pending or time.monotonic() < self._retry_at:
            return
        try:
            for entry in self._journal.pending(_BATCH):
                self._replay_one(entry)
                self._journal.settle(entry)
            if not self.has_pending:
                self._announcer.healed("database")
        except StoreError as error:
            self._failed(str(error))
        except Exception:  # noqa: BLE001
            # New records must get their turn whatever is in the journal.
            log.store.exception("pending records could not be stored")
            self._failed(tr("Pending records could not be stored; see the log."))

    def _replay_one(self, entry: Entry) -> None:
        if entry.record is None:
            self._reject(entry.line, tr("A pending record is damaged; see the log."))
        # The line may have reached the database just before an earlier run died.
        elif self._store.get(entry.record.id) is None:
            self._insert(entry.record)

    def _to_database(self, record: InspectionRecord) -> bool:
        if self.has_pending or time.monotonic() < self._retry_at:
            return False
        try:
            self._insert(record)
        except StoreError as error:
            self._failed(str(error))
            return False
        self._announcer.healed("database")
        return True

    def _insert(self, record: InspectionRecord) -> None:
        """Add a record; one that the database can never take is kept apart.

        Raises:
            StoreError: Database (or disk) fails; trying again may help.
        """
        try:
            self._store.add(record)
        except Refused as error:
            self._reject(to_line(record), str(error))
        except StoreError:
            raise
        except Exception:  # noqa: BLE001
            # A bug that concerns this record must not block the ones behind it.
            log.store.exception("record %s does not fit the database", record.id)
            self._reject(to_line(record), tr("A record could not be stored; see the log."))

    def _reject(self, line: str, sentence: str) -> None:
        self._journal.reject(line)
        self._announcer.fault("journal", sentence)

    def _to_journal(self, record: InspectionRecord) -> bool:
        try:
            self._journal.append(record)
        except StoreError as error:
            self._announcer.fault("journal", str(error))
            return False
        return True

    def _failed(self, sentence: str) -> None:
        self._retry_at = time.monotonic() + self._retry_s
        self._announcer.fault("database", sentence)
