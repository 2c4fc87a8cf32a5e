"""Reviews on their way into the database; none is lost while it fails."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app import log
from app.errors import StoreError
from app.inspection.review import Review
from app.store.database import Database
from app.store.failures import Refused
from model.atomic import whole_file


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of writing.

    Attributes:
        written: Committed, in order.
        refused: The database will never take these, with its sentence: hand them back.
        problem: Why the rest still waits, "" if nothing does.
    """

    written: tuple[Review, ...] = ()
    refused: tuple[tuple[Review, str], ...] = ()
    problem: str = ""


class Outbox:
    """Writes reviews in the order in which they were made. Any thread may call.

    While the database fails they also lie in a file, so that they outlive the program.

    Args:
        store: Takes the reviews.
        file: Keeps those that could not be written; read here.
    """

    def __init__(self, store: Database, file: Path) -> None:
        self._store = store
        self._file = file
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: deque[Review] = deque(_read(file))

    @property
    def waiting(self) -> tuple[Review, ...]:
        """What is not yet in the database, oldest first."""
        with self._lock:
            return tuple(self._waiting)

    def put(self, review: Review) -> None:
        """Take a review; `deliver` writes it."""
        with self._lock:
            self._waiting.append(review)

    def deliver(self) -> Delivery:
        """Write everything that waits, until the database fails. Blocks."""
        written: list[Review] = []
        refused: list[tuple[Review, str]] = []
        problem = ""
        with self._writing:
            while (review := self._first()) is not None and not problem:
                try:
                    self._write(review)
                    written.append(review)
                except Refused as error:
                    log.store.error("a review was refused: %s", error)
                    refused.append((review, str(error)))
                except StoreError as error:
                    problem = str(error)
                    continue
                with self._lock:
                    self._waiting.popleft()
            self._keep(bool(problem))
        return Delivery(tuple(written), tuple(refused), problem)

    def _first(self) -> Review | None:
        with self._lock:
            return self._waiting[0] if self._waiting else None

    def _write(self, review: Review) -> None:
        try:
            self._store.add_review(review)
        except Refused:
            # The answer to an earlier attempt may have been lost on the way: then it is there.
            if all(known.id != review.id for known in self._store.reviews(review.record_id)):
                raise

    def _keep(self, failing: bool) -> None:
        """Put what waits into the file while the database fails, else remove the file."""
        try:
            if failing:
                lines = (json.dumps(_to_json(review)) + "\n" for review in self.waiting)
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(self._file) as part:
                    part.write_text("".join(lines), encoding="utf-8")
            else:
                self._file.unlink(missing_ok=True)
        except OSError as error:
            log.store.warning("decisions cannot be kept in %s: %s", self._file, error)


def _to_json(review: Review) -> dict[str, Any]:
    return {**asdict(review), "at": review.at.isoformat()}


def _from_json(values: Mapping[str, Any]) -> Review:
    mask = values["mask"]
    if mask is not None:
        mask = tuple(tuple((int(x), int(y)) for x, y in outline) for outline in mask)
    at = datetime.fromisoformat(values["at"])
    return Review(**{**values, "at": at, "mask": mask})


def _read(file: Path) -> list[Review]:
    """Return the reviews of a file; a line that is none is logged and left out."""
    if not file.is_file():
        return []
    found: list[Review] = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(_from_json(json.loads(line)))
        except (ValueError, TypeError, KeyError) as error:
            log.store.warning("a kept decision in %s cannot be read: %s", file, error)
    return found
