"""The checkpoints as a table that sorts and filters; only headers were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PyQt5.QtCore import (
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
)
from PyQt5.QtGui import QBrush

from app.candidates.entry import Entry
from app.i18n import N_, tr
from app.ui import theme
from app.ui.widgets.checkpoint_badges import BADGES_ROLE, Badge, badge_text
from app.ui.widgets.headed_model import NOWHERE, HeadedModel
from model.types import CheckpointInfo

NAME, STATE, DETECTOR, BACKBONE, SIDE, MADE, SIZE = range(7)
HEADINGS = (
    N_("Checkpoint"),
    N_("State"),
    N_("Detector"),
    N_("Backbone"),
    N_("Image, px"),
    N_("Made"),
    N_("Size"),
)
_SORT_ROLE = int(Qt.ItemDataRole.UserRole) + 8
_ORDER = list(Badge)
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Roles:
    """Which checkpoints have a part on this station now; None for none."""

    in_force: CheckpointInfo | None = None
    previous: CheckpointInfo | None = None
    candidate: CheckpointInfo | None = None

    def badge_of(self, entry: Entry) -> Badge | None:
        """Return the part that a listed checkpoint has."""
        for info, badge in (
            (self.in_force, Badge.IN_FORCE),
            (self.previous, Badge.PREVIOUS),
            (self.candidate, Badge.CANDIDATE),
        ):
            if info is not None and is_same(entry, info):
                return badge
        return None

    def word_of(self, entry: Entry) -> str:
        """Return that part in a word, translated; "" for none."""
        badge = self.badge_of(entry)
        return "" if badge is None else badge_text(badge)


def is_same(entry: Entry, info: CheckpointInfo) -> bool:
    """Return whether a listed file is the one that was loaded: by hash, before that by place."""
    if entry.info is not None and entry.info.sha256:
        return entry.info.sha256 == info.sha256
    return entry.path == info.path


def is_official(entry: Entry) -> bool:
    """Return whether a file has the layout of the published reference."""
    return entry.info is not None and entry.info.format == 0


def badges_of(entry: Entry, roles: Roles) -> tuple[Badge, ...]:
    """Return what is true of a checkpoint, the most important first."""
    info = entry.info
    if info is None:
        return (Badge.PROBLEM,)
    played = roles.badge_of(entry)
    found = [] if played is None else [played]
    if entry.problem:
        found.append(Badge.PROBLEM)
    found.append(Badge.CALIBRATED if info.calibration.is_usable else Badge.NO_LIMITS)
    if is_official(entry):
        found.append(Badge.OFFICIAL)
    return tuple(found)


def shown_name(entry: Entry) -> str:
    """Return what a checkpoint is called on the screen; epochs of one run differ."""
    if entry.info is None:
        return entry.path.name
    if entry.epoch is None:
        return entry.name
    return tr("{name}, epoch {number}").format(name=entry.name, number=entry.epoch)


def short_name(name: str) -> str:
    """Return a name that fits a button."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def size_text(size_bytes: int) -> str:
    """Return a size with its unit and two digits or more."""
    for unit, size in (("MB", size_bytes / 1e6), ("kB", size_bytes / 1e3)):
        if size >= 1:
            return f"{size:,.0f} {unit}" if size >= 10 else f"{size:.1f} {unit}"
    return f"{size_bytes} B"


def made_at(entry: Entry) -> datetime:
    """Return when a checkpoint was made, by its header, else when its file was changed."""
    text = entry.info.created if entry.info is not None else ""
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return entry.modified
    return made if made.tzinfo is not None else made.replace(tzinfo=UTC)


class CheckpointModel(HeadedModel):
    """One row a file, in the order in which the shelf lists them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(HEADINGS, parent)
        self._entries: tuple[Entry, ...] = ()
        self._roles = Roles()
        self._often: frozenset[str] = frozenset()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is listed."""
        return self._entries

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """List other checkpoints."""
        self.beginResetModel()
        self._entries = tuple(entries)
        counts = Counter(shown_name(entry) for entry in self._entries)
        self._often = frozenset(name for name, count in counts.items() if count > 1)
        self.endResetModel()

    def show_roles(self, roles: Roles) -> None:
        """Mark the checkpoints in force, before, and in shadow."""
        if roles != self._roles:
            self._roles = roles
            if self._entries:
                last = self.index(len(self._entries) - 1, len(HEADINGS) - 1)
                self.dataChanged.emit(self.index(0, 0), last)

    def entry(self, row: int) -> Entry | None:
        """Return what stands in a row; None beyond the end."""
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def row_of(self, path: Path) -> int:
        """Return the row of a file, -1 if it is not listed."""
        return next((n for n, one in enumerate(self._entries) if one.path == path), -1)

    def badges(self, row: int) -> tuple[Badge, ...]:
        """Return the badges of a row."""
        return badges_of(self._entries[row], self._roles)

    # -- what Qt asks --------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex = NOWHERE) -> int:
        """Return the number of checkpoints."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, badges, alignment, colour or what a cell is sorted by."""
        entry = self.entry(index.row()) if index.isValid() else None
        if entry is None:
            return None
        column = index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(index.row(), entry, column)
        if role == BADGES_ROLE:
            return self.badges(index.row()) if column == STATE else ()
        if role == _SORT_ROLE:
            return self._rank(index.row(), entry, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (str(entry.path), entry.problem, entry.notes)))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (SIDE, SIZE):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and entry.info is None:
            return QBrush(theme.colour("faint"))
        return None

    def _text(self, row: int, entry: Entry, column: int) -> str:
        info = entry.info
        if column == NAME:
            name = shown_name(entry)
            return f"{name} ({entry.path.stem})" if name in self._often else name
        if column == STATE:
            return ", ".join(badge_text(badge) for badge in self.badges(row))
        if column == MADE:
            return made_at(entry).astimezone().strftime("%Y-%m-%d")
        if column == SIZE:
            return size_text(entry.size_bytes)
        if info is None:
            return "–"
        return {
            DETECTOR: info.detector,
            BACKBONE: info.backbone,
            SIDE: str(info.image_size or "–"),
        }[column]

    def _rank(self, row: int, entry: Entry, column: int) -> Any:
        info = entry.info
        if column == STATE:
            return _ORDER.index(self.badges(row)[0])
        if column == MADE:
            return made_at(entry).timestamp()
        if column == SIDE:
            return info.image_size if info else -1
        if column == SIZE:
            return entry.size_bytes
        return self._text(row, entry, column).casefold()


class CheckpointFilter(QSortFilterProxyModel):
    """Shows the rows in which all typed words occur and that have the wanted badge."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._badge: Badge | None = None
        self.setSortRole(_SORT_ROLE)

    def show_only(self, text: str, badge: Badge | None) -> None:
        """Show other rows.

        Args:
            text: Words looked for in names, file, detector, backbone, hash and notes.
            badge: Only checkpoints that have it; None for all.
        """
        self._words, self._badge = tuple(text.casefold().split()), badge
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        """Return whether a row of the model is shown."""
        model = self.sourceModel()
        entry = model.entry(row) if isinstance(model, CheckpointModel) else None
        if entry is None or not isinstance(model, CheckpointModel):
            return False
        if self._badge is not None and self._badge not in model.badges(row):
            return False
        searched = _searched(entry)
        return all(word in searched for word in self._words)


def _searched(entry: Entry) -> str:
    info = entry.info
    facts = (
        () if info is None else (info.name, info.detector, info.backbone, info.sha256, info.created)
    )
    return "\n".join((str(entry.path), entry.problem, entry.notes, *facts)).casefold()
