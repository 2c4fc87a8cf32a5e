"""What a store of inspection records can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from app.inspection.record import InspectionRecord
from app.inspection.review import Finding, Part, Review
from app.inspection.verdict import Verdict

if TYPE_CHECKING:
    from app.store.events import EventTable
    from app.store.kept import KeptTable


@dataclass(frozen=True, slots=True)
class Query:
    """Which records; every field left at its default does not filter.

    Attributes:
        verdicts: Any of these.
        lot: Exactly this lot.
        recipe: Exactly this recipe.
        text: Part of serial or lot, of the first 60 characters of each; A is a.
        since: Taken at or after, timezone-aware.
        until: Taken before, timezone-aware.
        score_from: Score at least.
        score_to: Score below.
        reviewed: True only those with a standing review, False only others.
        shift: Exactly this shift.
        product: Exactly this product.
        recipe_version: Exactly this version.
        checkpoint_sha256: Judged by this checkpoint.
        defect: Kind of defect in force (a person's word before the model's).
        queued: True only the review queue: NG, REVIEW, ERROR, drawn OK parts, and whatever a
            person marked on the line.
        sampled: True only the OK parts that were drawn for review.
        findings: The newest standing review says any of these.
        part: "good" or "defective" by the newest standing review.
        second_opinion_by: Records drawn for a second opinion that one other person, but not
            this one, has reviewed.
        disputed: True only the records on which two persons' words contradict each other.
        order: "time" by id, "score" by score and id (records without a score are left out).
        newest_first: The largest first.
        after_id: Continue after this record (keyset paging), "" from the start.
        after_score: Its score, for the order by score.
        limit: At most this many.
    """

    verdicts: tuple[Verdict, ...] = ()
    lot: str | None = None
    recipe: str | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    score_from: float | None = None
    score_to: float | None = None
    reviewed: bool | None = None
    shift: str | None = None
    product: str | None = None
    recipe_version: int | None = None
    checkpoint_sha256: str | None = None
    defect: str | None = None
    queued: bool | None = None
    sampled: bool | None = None
    findings: tuple[Finding, ...] = ()
    part: Part | None = None
    second_opinion_by: str | None = None
    disputed: bool | None = None
    order: Literal["time", "score"] = "time"
    newest_first: bool = True
    after_id: str = ""
    after_score: float | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class RecipeVersion:
    """One saved version of a recipe.

    Attributes:
        version: Its number.
        author: Who saved it, "" if nobody gave a name.
        reason: Why.
        saved_utc: When, timezone-aware UTC.
    """

    version: int
    author: str
    reason: str
    saved_utc: datetime


class RecordStore(Protocol):
    """Keeps records for good. Every method may be called from any thread.

    Every method raises `StoreError` when the database is locked too long, full, gone,
    damaged or newer than this program.
    """

    @property
    def kept(self) -> KeptTable:
        """Which records still have files."""

    @property
    def events(self) -> EventTable:
        """What happened on the stations."""

    def add(self, record: InspectionRecord) -> None:
        """Commit one record; on return it is durable. The id must be new."""

    def get(self, record_id: str) -> InspectionRecord | None:
        """Return one record."""

    def find(self, query: Query) -> list[InspectionRecord]:
        """Return the matching records in the asked order."""

    def count(self, query: Query) -> dict[Verdict, int]:
        """Return how many records match, per verdict; every verdict is a key.

        `after_id` and `limit` of the query are of no account.
        """

    def forget_evidence(self, record_ids: Sequence[str]) -> None:
        """Commit that the files of these records are kept no longer; unknown ids are skipped."""

    def add_review(self, review: Review) -> None:
        """Commit what a person says of a record; nothing is overwritten.

        The record's derived columns (queued, finding, part, named, reviewers, reviewer)
        follow in the same transaction, see `app.inspection.review.standing`.
        """

    def reviews(self, record_id: str) -> list[Review]:
        """Return the reviews of one record, oldest first."""

    def save_recipe(self, document: str, name: str, version: int, author: str, reason: str) -> None:
        """Commit a new recipe version (a JSON document); an existing version is refused."""

    def recipe(self, name: str, version: int | None = None) -> str | None:
        """Return one version's document, the newest when `version` is None."""

    def recipes(self) -> list[tuple[str, int]]:
        """Return all recipe names with their newest version."""

    def close(self) -> None:
        """Release connections; may be called twice."""
