"""The golden samples of a recipe, one a row: picture, what it must be, what it was."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QIcon, QPixmap
from PyQt5.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from app.golden.check import SampleCheck
from app.golden.wording import number, what, word
from app.i18n import N_, tr
from app.inspection.golden import GoldenSample
from app.ui import golden_words
from app.ui.golden_shelf import THUMBNAIL, Shelf
from app.ui.widgets.row_table import dress_as_rows

COLUMNS = (
    N_("Picture"),
    N_("Sample"),
    N_("Must be"),
    N_("Is"),
    N_("Result"),
    N_("What the last check found"),
)
_PICTURE, _NAME, _EXPECTED, _FOUND, _RESULT, _WHAT = range(len(COLUMNS))
_SIGN = 22
_ROLE = int(Qt.ItemDataRole.UserRole)


class GoldenTable(QTableWidget):
    """Rows in the order in which the samples were added; one can be chosen.

    Signals:
        chosen: Another sample is chosen. arg: GoldenSample, None for none.
    """

    chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.setObjectName("goldenTable")
        self.setWordWrap(True)
        dress_as_rows(self, (_WHAT,))
        self._samples: tuple[GoldenSample, ...] = ()
        self._scale = 1.0
        self.itemSelectionChanged.connect(self._on_selection_changed)
        self.set_scale(1.0)

    @property
    def sample(self) -> GoldenSample | None:
        """The chosen sample."""
        rows = {index.row() for index in self.selectedIndexes()}
        row = min(rows, default=-1)
        return self._samples[row] if 0 <= row < len(self._samples) else None

    def show_shelf(self, shelf: Shelf) -> None:
        """Show a set; the chosen sample stays chosen, a moved one is chosen first."""
        before = self.sample
        names = [sample.name for sample in shelf.samples]
        bad = [s.name for s in shelf.samples if (r := shelf.result(s)) and not r.passed]
        wanted = before.name if before is not None and before.name in names else (bad or names)[:1]
        wanted = wanted if isinstance(wanted, str) else "".join(wanted)
        self.blockSignals(True)
        self._samples = shelf.samples
        self.setRowCount(len(shelf.samples))
        for row, sample in enumerate(shelf.samples):
            self._fill(row, sample, shelf)
        self.clearSelection()
        if wanted:
            self.selectRow(names.index(wanted))
        self.blockSignals(False)
        self._on_selection_changed()

    def set_scale(self, scale: float) -> None:
        """Fit the pictures to the window's size."""
        self._scale = scale
        size = QSize(
            round(THUMBNAIL.width() * 0.7 * scale), round(THUMBNAIL.height() * 0.7 * scale)
        )
        self.setIconSize(size)
        rows = self.verticalHeader()
        if rows is not None:
            rows.setDefaultSectionSize(size.height() + 8)

    def retranslate(self) -> None:
        """Set the names of the columns anew; the rows follow with `show_shelf`."""
        self.setHorizontalHeaderLabels([tr(name) for name in COLUMNS])

    def _fill(self, row: int, sample: GoldenSample, shelf: Shelf) -> None:
        result = shelf.result(sample)
        look = golden_words.look_of(result)
        side = round(_SIGN * self._scale)
        self.setItem(row, _PICTURE, self._picture(sample, shelf))
        self.setItem(row, _NAME, _item(sample.name, tip=_origin(sample)))
        expected = golden_words.verdict_sign_of(sample.verdict, side)
        self.setItem(row, _EXPECTED, _item(word(sample.verdict), expected))
        self.setItem(row, _FOUND, _found(result, side))
        self.setItem(row, _RESULT, _item(tr(look.word), golden_words.sign(look, side)))
        said = tr("Not in the last check.") if result is None else what(result)
        self.setItem(row, _WHAT, _item(said[:1].upper() + said[1:]))

    def _picture(self, sample: GoldenSample, shelf: Shelf) -> QTableWidgetItem:
        thumbnail = shelf.thumbnails.get(sample.id)
        if thumbnail is None or thumbnail.image.isNull():
            return _item("–", tip=thumbnail.problem if thumbnail else "")
        item = _item("", QPixmap.fromImage(thumbnail.image))
        item.setData(int(Qt.ItemDataRole.AccessibleTextRole), sample.name)
        return item

    def _on_selection_changed(self) -> None:
        self.chosen.emit(self.sample)


def _item(text: str, pixmap: QPixmap | None = None, tip: str = "") -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    if pixmap is not None:
        icon = QIcon(pixmap)
        # A chosen row would tint the picture.
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
        item.setIcon(icon)
    item.setToolTip(tip)
    return item


def _found(result: SampleCheck | None, side: int) -> QTableWidgetItem:
    if result is None or result.found is None:
        return _item("–")
    return _item(word(result.found), golden_words.verdict_sign_of(result.found, side))


def _origin(sample: GoldenSample) -> str:
    text = tr("Added {when} by {who}; score {score}, may move by {allowed}")
    return text.format(
        when=sample.added_at.astimezone().strftime("%Y-%m-%d"),
        who=sample.added_by or "–",
        score=number(sample.score),
        allowed=number(sample.tolerance),
    )
