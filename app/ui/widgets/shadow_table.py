"""The parts on which a candidate found otherwise, with their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PyQt5.QtCore import QModelIndex, QObject, QSize, Qt
from PyQt5.QtGui import QIcon, QImage, QPixmap
from PyQt5.QtWidgets import QTableView, QWidget

from app.i18n import N_, tr
from app.inspection.verdict import Verdict
from app.station.shadow_status import Disagreement
from app.ui import golden_words
from app.ui.verdict_look import LOOKS
from app.ui.widgets.headed_model import NOWHERE, HeadedModel
from app.ui.widgets.row_table import dress_as_rows

PICTURE, TAKEN, IN_FORCE, CANDIDATE, REVIEWED = range(5)
HEADINGS = (
    N_("Picture"),
    N_("Taken"),
    N_("In force says"),
    N_("Candidate says"),
    N_("Review"),
)
_THUMBNAIL = QSize(104, 80)
_SIGN = 26
_WIDTHS = {PICTURE: 132, TAKEN: 168, IN_FORCE: 178, CANDIDATE: 178}


class DisagreementModel(HeadedModel):
    """One row a part, the newest first; a row stays where it is while newer ones come."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(HEADINGS, parent)
        self._rows: tuple[Disagreement, ...] = ()
        self._pictures: dict[str, tuple[QIcon | None, str]] = {}
        self._words: dict[str, str] = {}
        self._signs: dict[Verdict, QIcon] = {}

    @property
    def rows(self) -> tuple[Disagreement, ...]:
        """What is listed."""
        return self._rows

    def show_rows(self, rows: Sequence[Disagreement]) -> None:
        """List other parts; if the old ones follow the new ones, only those are inserted."""
        new = tuple(rows)
        old = self._rows
        if new == old:
            return
        more = next((n for n, one in enumerate(new) if old and one == old[0]), -1)
        if more > 0 and new[more:] == old[: len(new) - more]:
            lost = len(old) - (len(new) - more)
            if lost:
                self.beginRemoveRows(NOWHERE, len(old) - lost, len(old) - 1)
                self._rows = old[: len(old) - lost]
                self.endRemoveRows()
            self.beginInsertRows(NOWHERE, 0, more - 1)
            self._rows = new
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._rows = new
            self.endResetModel()
        kept = {one.record_id for one in new}
        self._pictures = {key: one for key, one in self._pictures.items() if key in kept}
        self._words = {key: one for key, one in self._words.items() if key in kept}

    def set_picture(self, record_id: str, image: QImage | None, problem: str) -> None:
        """Show the picture of a part; without one it says why."""
        icon = None if image is None else _untinted(QPixmap.fromImage(image))
        for row, one in enumerate(self._rows):
            if one.record_id == record_id:
                self._pictures[record_id] = (icon, problem)
                self.dataChanged.emit(self.index(row, PICTURE), self.index(row, PICTURE))

    def set_words(self, words: Mapping[str, str]) -> None:
        """Show what persons said of parts, by record id, translated."""
        self._words |= words
        if self._rows:
            last = len(self._rows) - 1
            self.dataChanged.emit(self.index(0, REVIEWED), self.index(last, REVIEWED))

    def forget_problems(self) -> None:
        """Ask again for what gave no picture."""
        known = self._pictures
        self._pictures = {key: one for key, one in known.items() if one[0] is not None}

    def has_picture(self, record_id: str) -> bool:
        """Return whether the picture, or why there is none, is known."""
        return record_id in self._pictures

    def rowCount(self, parent: QModelIndex = NOWHERE) -> int:
        """Return the number of parts."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, picture or sign of a cell."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        one, column = self._rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(one, column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._decoration(one, column)
        if role == Qt.ItemDataRole.ToolTipRole and column in (IN_FORCE, CANDIDATE):
            return one.checkpoint if column == IN_FORCE else one.candidate
        return None

    def _text(self, one: Disagreement, column: int) -> str:
        if column == PICTURE:
            icon, problem = self._pictures.get(one.record_id, (None, "…"))
            return "" if icon is not None else problem
        if column == TAKEN:
            return one.taken_utc.astimezone().strftime("%m-%d %H:%M:%S")
        if column == REVIEWED:
            return self._words.get(one.record_id, "…")
        verdict, score = _found(one, column)
        number = "–" if score is None else f"{score:.3f}"
        return f"{tr(LOOKS[verdict].word)}  {number}"

    def _decoration(self, one: Disagreement, column: int) -> QIcon | None:
        if column == PICTURE:
            return self._pictures.get(one.record_id, (None, ""))[0]
        if column not in (IN_FORCE, CANDIDATE):
            return None
        verdict = _found(one, column)[0]
        if verdict not in self._signs:
            self._signs[verdict] = _untinted(golden_words.verdict_sign_of(verdict, _SIGN))
        return self._signs[verdict]


class DisagreementTable(QTableView):
    """The list; one part can be chosen."""

    def __init__(self, model: DisagreementModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shadowTable")
        self.setModel(model)
        dress_as_rows(self, fits_words=False)
        columns = self.horizontalHeader()
        if columns is not None:
            columns.setSectionsClickable(False)
            columns.setStretchLastSection(True)
        self.set_scale(1.0)

    def set_scale(self, scale: float) -> None:
        """Fit pictures and columns to the window's size."""
        size = QSize(round(_THUMBNAIL.width() * scale), round(_THUMBNAIL.height() * scale))
        self.setIconSize(size)
        rows = self.verticalHeader()
        if rows is not None:
            rows.setDefaultSectionSize(size.height() + 8)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, round(width * scale))

    def visible_rows(self) -> range:
        """Return the rows that are in sight."""
        area = self.viewport()
        height = 0 if area is None else area.height()
        first, last = self.rowAt(0), self.rowAt(height - 1)
        model = self.model()
        end = (0 if model is None else model.rowCount()) if last < 0 else last + 1
        return range(max(0, first), end)


def _untinted(pixmap: QPixmap) -> QIcon:
    """Return an icon that looks the same in a chosen row."""
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def _found(one: Disagreement, column: int) -> tuple[Verdict, float | None]:
    if column == IN_FORCE:
        return one.verdict, one.score
    return one.candidate_verdict, one.candidate_score
