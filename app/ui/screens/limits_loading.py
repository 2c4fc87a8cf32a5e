"""What the limits screen shows, read on pool threads: records, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy.typing as npt
from PyQt5.QtCore import QRectF, QSize, Qt
from PyQt5.QtGui import QImage

from app.i18n import tr
from app.inspection.preview import Preview
from app.inspection.record import InspectionRecord
from app.quality.histogram import Histogram, histogram
from app.quality.working_point import Curves, curves
from app.settings.limit_data import JudgedBy, LimitData, checkpoints_of, load_limit_data
from app.store.base import Query
from app.ui import images
from app.ui.ng_history import picture_of
from app.ui.qa_desk import QaDesk
from app.ui.stored_preview import stored_preview

_THUMBNAIL = QSize(220, 180)


@dataclass(frozen=True, slots=True)
class Request:
    """Which records are wanted.

    Attributes:
        recipe: Name; "" for the one in use, else the first.
        days: So many days back from now; None for all.
        checkpoint_sha256: Of this checkpoint; None for the one used last.
    """

    recipe: str = ""
    days: int | None = 30
    checkpoint_sha256: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What was found.

    Attributes:
        request: What was asked, with recipe and checkpoint filled in.
        recipes: Names of all recipes.
        checkpoints: Those that judged the recipe's records, the last one used first.
        data: The records; None if there are none.
        histogram: Of the reviewed parts; None without any.
        curves: None without good or without defective parts.
        week: Columns of the last week's records.
        message: What to do where nothing can be shown (translated), "" else.
    """

    request: Request
    recipes: tuple[str, ...]
    checkpoints: tuple[JudgedBy, ...] = ()
    data: LimitData | None = None
    histogram: Histogram | None = None
    curves: Curves | None = None
    week: Mapping[str, npt.NDArray[Any]] | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StoredPart:
    """A record with its picture; None if none was kept."""

    record: InspectionRecord
    preview: Preview | None


def load(desk: QaDesk, request: Request) -> Loaded:
    """Read everything for a request; blocks.

    Raises:
        StoreError: The database fails.
        RecipeError: The recipe is gone or damaged.
    """
    names = tuple(desk.recipes.names())
    recipe = _recipe(desk, request.recipe, names)
    if not recipe:
        text = tr("There is no recipe yet; set one up on the station first.")
        return Loaded(request, names, message=text)
    since = None if request.days is None else datetime.now(UTC) - timedelta(days=request.days)
    query = Query(recipe=recipe, since=since)
    known = checkpoints_of(desk.store, query)
    if not known:
        text = tr("No judged parts of this recipe in this time; choose a longer time.")
        return Loaded(Request(recipe, request.days), names, message=text)
    wanted = request.checkpoint_sha256
    chosen = wanted if wanted in {one.sha256 for one in known} else known[0].sha256
    data = load_limit_data(desk.store, Query(recipe=recipe, since=since, checkpoint_sha256=chosen))
    asked = Request(recipe, request.days, chosen)
    if data.sample is None:
        return Loaded(asked, names, known, data, message=data.refusal)
    drawn = curves(data.sample)
    return Loaded(asked, names, known, data, histogram(data.sample), drawn, data.last_week())


def load_part(desk: QaDesk, record_id: str) -> StoredPart | None:
    """Read a record and its picture; None if there is no such record. Blocks.

    Raises:
        StoreError: The database or a file fails.
    """
    record = desk.store.get(record_id)
    if record is None:
        return None
    return StoredPart(record, stored_preview(record, desk.evidence))


def load_thumbnail(desk: QaDesk, record_id: str) -> QImage | None:
    """Read a small picture with the heat on it; None if none was kept. Blocks.

    Raises:
        StoreError: The database or a file fails.
    """
    part = load_part(desk, record_id)
    if part is None or part.preview is None:
        return None
    picture = picture_of(part.preview)
    aspect, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    small = picture.base.scaled(_THUMBNAIL, aspect, smooth)
    # Heat that needs a note is left out: there is no room to read it.
    if picture.overlay is None or picture.note:
        return small
    factor = small.width() / picture.base.width()
    box = QRectF(*(value * factor for value in picture.overlay_box))
    return images.with_overlay(small, picture.overlay, box, 0.8)


def _recipe(desk: QaDesk, wanted: str, names: tuple[str, ...]) -> str:
    """Return the recipe to begin with: the one asked for, the one last used, any with records."""
    if wanted in names:
        return wanted
    in_use = desk.keeper.settings.recipe
    if in_use in names and checkpoints_of(desk.store, Query(recipe=in_use)):
        return in_use
    judged = desk.store.figures.counts(Query(), ("recipe",))
    counts = {key[0]: count for key, count in judged}
    return max(names, key=lambda name: counts.get(name, 0), default="")
