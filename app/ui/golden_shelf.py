"""What the golden panel shows, read from store and folder in one go, off the GUI thread."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtGui import QImage

from app.errors import RecipeError, StoreError
from app.golden.check import GoldenCheck, SampleCheck
from app.golden.details import from_details
from app.golden.set import GoldenSet
from app.inspection.golden import GoldenSample
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.ui import images
from app.ui.golden_jobs import picture
from app.ui.qa_desk import QaDesk

THUMBNAIL = QSize(132, 92)
PREVIEW = QSize(480, 360)
_HISTORY_DAYS = 92
_CHECKS = 60
_LOOKED_AT = 400
_OFFERED = 18


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """A small picture of a sample, or why there is none.

    Attributes:
        image: The picture; null if there is none.
        problem: Why there is none, one sentence; "" if there is.
    """

    image: QImage
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A stored part that could become a golden sample.

    Attributes:
        record: The part.
        image: Its picture, at most `PREVIEW` large.
    """

    record: InspectionRecord
    image: QImage


@dataclass(frozen=True, slots=True)
class Point:
    """One sample in one check.

    Attributes:
        at: When, timezone-aware UTC.
        score: Raw unit.
        passed: It was right.
        checkpoint_sha256: Which checkpoint judged.
        limit: NG limit in force then; None if there was none.
    """

    at: datetime
    score: float
    passed: bool
    checkpoint_sha256: str
    limit: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """A recipe's golden set with its checks.

    Attributes:
        recipe: Name of the recipe.
        samples: In use, the oldest first.
        thumbnails: By the sample's id.
        checks: Oldest first.
        required: The newest version of the recipe wants its samples right before production.
    """

    recipe: str
    samples: tuple[GoldenSample, ...] = ()
    thumbnails: dict[str, Thumbnail] = field(default_factory=dict)
    checks: tuple[GoldenCheck, ...] = ()
    required: bool = False

    @property
    def last_check(self) -> GoldenCheck | None:
        """The newest check; None if there was none."""
        return self.checks[-1] if self.checks else None

    def with_check(self, check: GoldenCheck) -> Shelf:
        """Return the shelf with a check that may not be in the store yet."""
        known = [one for one in self.checks if one.at != check.at]
        checks = tuple(sorted([*known, check], key=lambda one: one.at))
        return replace(self, checks=checks)

    def result(self, sample: GoldenSample) -> SampleCheck | None:
        """Return how a sample came out in the newest check; None if it was not in it."""
        last = self.last_check
        found = last.samples if last is not None else ()
        return next((one for one in found if one.id == sample.id), None)

    def history(self, sample: GoldenSample) -> tuple[Point, ...]:
        """Return a sample's scores over the checks, also of when it was measured before."""
        return tuple(
            Point(check.at, one.score, one.passed, check.checkpoint_sha256, one.limit)
            for check in self.checks
            for one in check.samples
            if one.name == sample.name and one.score is not None
        )


def read_shelf(desk: QaDesk, recipe: str) -> Shelf:
    """Read a recipe's set and its checks, on a station only that station's. Blocks.

    Raises:
        StoreError: The database fails.
    """
    golden = GoldenSet(desk.store.golden, desk.home.golden)
    samples = tuple(golden.samples(recipe))
    station = desk.keeper.settings.station if desk.station is not None else None
    since = datetime.now(UTC) - timedelta(days=_HISTORY_DAYS)
    events = desk.store.events.find(since=since, kinds=("golden",), station=station, limit=1000)
    mine = [event for event in events if event.recipe == recipe][:_CHECKS]
    checks = tuple(from_details(recipe, event.at, event.details) for event in reversed(mine))
    thumbnails = {sample.id: _thumbnail(golden, sample) for sample in samples}
    return Shelf(recipe, samples, thumbnails, checks, _is_required(desk, recipe))


def read_candidates(desk: QaDesk, recipe: str) -> list[Candidate]:
    """Return the last parts of a recipe whose picture was kept, the newest first. Blocks.

    Raises:
        StoreError: The database fails.
    """
    found: list[Candidate] = []
    for verdict in (Verdict.OK, Verdict.NG):
        query = Query(recipe=recipe, verdicts=(verdict,), limit=_LOOKED_AT)
        kept = [record for record in desk.store.find(query) if record.evidence is not None]
        for record in kept[:_OFFERED]:
            # A picture that is gone or damaged is no candidate.
            with contextlib.suppress(StoreError):
                image = images.base_image(picture(desk, record))
                found.append(Candidate(record, small(image, PREVIEW)))
    return sorted(found, key=lambda candidate: candidate.record.id, reverse=True)


def _is_required(desk: QaDesk, recipe: str) -> bool:
    try:
        return desk.recipes.load(recipe).golden_required
    except RecipeError:
        return False


def _thumbnail(golden: GoldenSet, sample: GoldenSample) -> Thumbnail:
    try:
        return Thumbnail(small(images.base_image(golden.load(sample))))
    except StoreError as error:
        return Thumbnail(QImage(), str(error))


def small(image: QImage, size: QSize = THUMBNAIL) -> QImage:
    """Return a picture that fits into `size` pixels."""
    return image.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
