"""What was said of a part, its other records, and its neighbours in the lot."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtGui import QFont
from PyQt5.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.inspection.review import standing
from app.inspection.verdict import Verdict
from app.review.decisions import disagree
from app.review.dossier import Dossier
from app.ui.review_words import review_lines
from app.ui.verdict_look import LOOKS

_RECORD_ID = int(Qt.ItemDataRole.UserRole)


class RecordHistory(QListWidget):
    """A list to read; a record in it can be pressed to be seen.

    Signals:
        record_wanted: Another record shall be shown. arg: its id.
    """

    record_wanted = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self._shown: tuple[Dossier, bool] | None = None
        self.itemClicked.connect(self._on_clicked)

    def show_dossier(self, dossier: Dossier, blind: bool) -> None:
        """Show the history of a part.

        Args:
            dossier: The part.
            blind: Keep secret what was said; the second opinion is still to come.
        """
        self._shown = (dossier, blind)
        self._refresh()

    def show_nothing(self) -> None:
        """Show no part."""
        self._shown = None
        self._refresh()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._refresh()
        super().changeEvent(event)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        record_id = item.data(_RECORD_ID)
        if record_id:
            self.record_wanted.emit(record_id)

    def _refresh(self) -> None:
        self.clear()
        if self._shown is None:
            return
        dossier, blind = self._shown
        self._add_heading(tr("Said of this part"))
        for line in _said(dossier, blind):
            self.addItem(line)
        self._add_heading(tr("Other records of this part"))
        self._add_records(dossier.same_part, tr("None."))
        self._add_heading(tr("Neighbours in the lot"))
        neighbours = (*reversed(dossier.before), *dossier.after)
        self._add_records(neighbours, tr("None."))

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        font = QFont(self.font())
        font.setBold(True)
        item.setFont(font)
        self.addItem(item)

    def _add_records(self, records: Sequence[InspectionRecord], nothing: str) -> None:
        for record in records:
            item = QListWidgetItem(_record_line(record))
            item.setData(_RECORD_ID, record.id)
            item.setToolTip(tr("Press to see this record"))
            self.addItem(item)
        if not records:
            self.addItem(nothing)


def _said(dossier: Dossier, blind: bool) -> list[str]:
    if blind:
        return [tr("One opinion is given; you see it after yours.")]
    if not dossier.reviews:
        return [tr("Nothing yet.")]
    lines = review_lines(dossier.reviews)
    if disagree(dossier.record.verdict, dossier.reviews):
        names = ", ".join(review.by for review in standing(dossier.reviews))
        lines.insert(0, tr("They disagree: {names}.").format(names=names))
    return lines


def _record_line(record: InspectionRecord) -> str:
    when = record.taken_utc.astimezone().strftime("%m-%d %H:%M")
    score = "–" if record.score is None else f"{record.score:.3f}"
    mark = {Verdict.OK: "●", Verdict.NG: "⬣", Verdict.REVIEW: "▲", Verdict.ERROR: "■"}
    word = f"{mark[record.verdict]} {tr(LOOKS[record.verdict].word)}"
    return f"{word} {when} · {record.serial or '–'} · {score}"
