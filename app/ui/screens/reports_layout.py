"""Where everything stands on the reports screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PyQt5.QtCore import QDate, QDateTime, QSignalBlocker, Qt
from PyQt5.QtWidgets import (
    QComboBox,
    QDateEdit,
    QDateTimeEdit,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import LANGUAGES, tr
from app.report.asking import Ask, Choices
from app.report.saving import FORMATS, Format
from app.report.scope import Kind
from app.ui.widgets.labelled import Labelled
from app.ui.widgets.panel import panel
from app.ui.widgets.report_view import ReportView, picture_width

KINDS: tuple[Kind, ...] = ("shift", "lot", "checkpoint", "time")
_COLUMN_PX = 300
_ENDINGS: dict[Format, str] = {"pdf": "PDF", "html": "HTML", "csv": "CSV", "parquet": "Parquet"}


class ReportsLayout:
    """Builds the widgets of the reports screen into a page and holds them."""

    def __init__(self, page: QWidget) -> None:
        self.kind, self.recipe, self.language = QComboBox(), QComboBox(), QComboBox()
        self.lot, self.shift, self.checkpoint = QComboBox(), QComboBox(), QComboBox()
        self.day, self.since, self.until = QDateEdit(), QDateTimeEdit(), QDateTimeEdit()
        self.reload = QPushButton()
        self.buttons: dict[Format, QPushButton] = {name: QPushButton() for name in FORMATS}
        self.progress, self.cancel = QProgressBar(), QPushButton()
        self.result, self.open_folder = QLabel(), QPushButton()
        self.made_by = QLineEdit()
        self.made_by.setMaxLength(80)
        self.view, self.message, self._stack = ReportView(), QLabel(), QStackedWidget()
        self._names = {
            name: Labelled(getattr(self, name))
            for name in (
                "kind",
                "lot",
                "shift",
                "day",
                "checkpoint",
                "since",
                "until",
                "recipe",
                "language",
                "made_by",
            )
        }
        self._reading, self._saving = QLabel(), QLabel()
        self._save_report, self._save_records = QLabel(), QLabel()
        self._build(page)
        self.show_kind()
        self.show_busy(False)
        self.show_saving(None)
        self.show_result("", can_open=False)
        self.set_scale(1.0)
        self.retranslate()

    # -- what is asked -------------------------------------------------------------------

    def ask(self) -> Ask:
        """Return what the fields ask for."""
        kind: Kind = self.kind.currentData()
        names = {
            "lot": self.lot.currentText().strip(),
            "shift": str(self.shift.currentData() or ""),
            "checkpoint": self._checkpoint(),
        }
        return Ask(
            kind=kind,
            name=names.get(kind, ""),
            day=self.day.date().toPyDate() if kind == "shift" else None,
            since=_moment(self.since) if kind == "time" else None,
            until=_moment(self.until) if kind == "time" else None,
            recipe=self.recipe.currentData(),
        )

    def show_choices(self, found: Choices) -> None:
        """Offer what the records have; what was chosen stays."""
        _fill(self.lot, [(name, name) for name in found.lots])
        _fill(self.shift, [(name or tr("(none)"), name) for name in found.shifts])
        checkpoints = [(f"{name} ({sha256[:8]})", sha256) for name, sha256 in found.checkpoints]
        _fill(self.checkpoint, checkpoints)
        recipes = [(name, name) for name in found.recipes]
        _fill(self.recipe, [(tr("all recipes"), None), *recipes])

    def show_times(self, shift: str, day: QDate, newest: datetime) -> None:
        """Set the shift, and the period to the day up to the newest part."""
        with QSignalBlocker(self.shift), QSignalBlocker(self.day):
            self.shift.setCurrentIndex(max(0, self.shift.findData(shift)))
            self.day.setDate(day)
        for field, moment in (
            (self.since, newest - timedelta(days=1)),
            (self.until, newest + timedelta(minutes=1)),
        ):
            with QSignalBlocker(field):
                field.setDateTime(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())))

    def show_kind(self) -> None:
        """Show the fields of the kind of report that is chosen."""
        kind = self.kind.currentData()
        for name, kinds in (
            ("lot", ("lot",)),
            ("shift", ("shift",)),
            ("day", ("shift",)),
            ("checkpoint", ("checkpoint",)),
            ("since", ("time",)),
            ("until", ("time",)),
        ):
            self._names[name].setVisible(kind in kinds)

    @property
    def picture_width(self) -> int:
        """Pixels that a chart can take across."""
        return picture_width(self._stack.width())

    # -- what is shown -------------------------------------------------------------------

    def show_message(self, text: str) -> None:
        """Show one sentence instead of the report; "" shows the report."""
        self.message.setText(text)
        self._stack.setCurrentIndex(1 if text else 0)

    def show_busy(self, busy: bool) -> None:
        """Say that the report is being made."""
        self._reading.setVisible(busy)

    def show_saving(self, text: str | None, done: int = 0, whole: int = 0) -> None:
        """Show what is being written, None for nothing; `whole` 0 if it cannot be known."""
        for widget in (self._saving, self.progress, self.cancel):
            widget.setVisible(text is not None)
        self._outcome.setVisible(text is not None or bool(self.result.text()))
        for button in self.buttons.values():
            button.setEnabled(text is None)
        self._saving.setText(text or "")
        self.progress.setRange(0, whole)
        self.progress.setValue(done)

    def show_result(self, text: str, can_open: bool) -> None:
        """Show what became of the last file."""
        self.result.setText(text)
        self.result.setVisible(bool(text))
        self._outcome.setVisible(bool(text) or not self.cancel.isHidden())
        self.open_folder.setVisible(can_open)

    def can_save(self, can: bool) -> None:
        """Let files be written, or not while there is nothing to write."""
        for button in self.buttons.values():
            button.setEnabled(can)

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self._column.setFixedWidth(round(_COLUMN_PX * scale))
        self.view.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        texts = {
            "kind": tr("Report on"),
            "lot": tr("Lot"),
            "shift": tr("Shift"),
            "day": tr("Began on"),
            "checkpoint": tr("Checkpoint"),
            "since": tr("From"),
            "until": tr("Until"),
            "recipe": tr("Recipe"),
            "language": tr("Language of the report"),
            "made_by": tr("Made by"),
        }
        for name, text in texts.items():
            self._names[name].set_name(text)
        kinds = (tr("a shift"), tr("a lot"), tr("a checkpoint"), tr("a period"))
        for index, text in enumerate(kinds):
            self.kind.setItemText(index, text)
        if self.recipe.count():
            self.recipe.setItemText(0, tr("all recipes"))
        self.reload.setText(tr("Read again"))
        for file_format, text in _ENDINGS.items():
            self.buttons[file_format].setText(f"{text} …")
        self._save_report.setText(tr("Save the report as"))
        self._save_records.setText(tr("Save its records as"))
        self.cancel.setText(tr("Cancel"))
        self.open_folder.setText(tr("Open folder"))
        self._reading.setText(tr("The report is being made …"))

    # -- building ------------------------------------------------------------------------

    def _build(self, page: QWidget) -> None:
        for kind in KINDS:
            self.kind.addItem("", kind)
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        for box in (self.lot, self.checkpoint):
            box.setEditable(True)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.day.setDisplayFormat("yyyy-MM-dd")
        for field in (self.since, self.until):
            field.setDisplayFormat("yyyy-MM-dd HH:mm")
        for calendar in (self.day, self.since, self.until):
            calendar.setCalendarPopup(True)
        whole = QHBoxLayout(page)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(8)
        whole.addWidget(self._side())
        self.message.setProperty("role", "large")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.message)
        whole.addWidget(self._stack, 1)

    def _side(self) -> QScrollArea:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        names = self._names
        column.addWidget(
            panel(
                names["kind"],
                names["lot"],
                names["checkpoint"],
                _beside(names["shift"], names["day"]),
                names["since"],
                names["until"],
                names["recipe"],
                names["language"],
                self.reload,
                self._reading,
            )
        )
        buttons = self.buttons
        column.addWidget(
            panel(
                names["made_by"],
                self._save_report,
                _beside(buttons["pdf"], buttons["html"]),
                self._save_records,
                _beside(buttons["csv"], buttons["parquet"]),
            )
        )
        self._outcome = panel(
            self._saving, self.progress, self.cancel, self.result, self.open_folder
        )
        column.addWidget(self._outcome)
        column.addStretch(1)
        for label in (self._save_report, self._save_records):
            label.setProperty("role", "faint")
        for label in (self._reading, self._saving, self.result):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._column = QScrollArea()
        self._column.setWidget(inner)
        self._column.setWidgetResizable(True)
        self._column.setFrameShape(QFrame.Shape.NoFrame)
        self._column.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return self._column

    def _checkpoint(self) -> str:
        """Return the hash of the chosen checkpoint, or what was typed."""
        text = self.checkpoint.currentText().strip()
        index = self.checkpoint.findText(text)
        return str(self.checkpoint.itemData(index)) if index >= 0 else text


def _moment(field: QDateTimeEdit) -> datetime:
    return datetime.fromtimestamp(field.dateTime().toSecsSinceEpoch(), UTC)


def _fill(box: QComboBox, items: Sequence[tuple[str, str | None]]) -> None:
    before = box.currentData()
    typed = box.currentText() if box.isEditable() else ""
    with QSignalBlocker(box):
        box.clear()
        for text, value in items:
            box.addItem(text, value)
        index = box.findData(before) if before is not None else 0
        box.setCurrentIndex(max(0, index) if items else -1)
        if typed and before is None:
            box.setEditText(typed)


def _beside(*widgets: QWidget) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1)
    return both
