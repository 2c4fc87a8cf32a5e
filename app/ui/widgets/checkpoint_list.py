"""The tab with all checkpoints: what to show, the table, the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt5.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.candidates.entry import Entry
from app.i18n import N_, tr, trn
from app.ui.widgets.checkpoint_badges import Badge, BadgeDelegate
from app.ui.widgets.checkpoint_details import CheckpointDetails
from app.ui.widgets.checkpoint_table import (
    BACKBONE,
    DETECTOR,
    MADE,
    NAME,
    SIDE,
    SIZE,
    STATE,
    CheckpointFilter,
    CheckpointModel,
    Roles,
)
from app.ui.widgets.row_table import dress_as_rows

_TYPING_MS = 200
_ROW = 40
_KINDS: dict[Badge | None, str] = {
    None: N_("All checkpoints"),
    Badge.CALIBRATED: N_("Only calibrated"),
    Badge.NO_LIMITS: N_("Only without limits"),
    Badge.OFFICIAL: N_("Only official"),
    Badge.PROBLEM: N_("Only with a problem"),
}
# Column -> width at scale 1, pixels; the name takes what is left.
_WIDTHS = {STATE: 210, DETECTOR: 112, BACKBONE: 104, SIDE: 78, MADE: 100, SIZE: 72}


class CheckpointList(QWidget):
    """Lists checkpoints; every button says what is wanted and does nothing itself.

    Signals:
        chosen: Another checkpoint is chosen. arg: `Entry`, None for none.
    """

    chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search, self.kind, self.counted = QLineEdit(), QComboBox(), QLabel()
        self.read_button, self.folder_button = QPushButton(), QPushButton()
        self.import_button, self.export_button = QPushButton(), QPushButton()
        self.bin_button, self.binned_button = QPushButton(), QPushButton()
        self.notice, self.undo_button, self.empty = QLabel(), QPushButton(), QLabel()
        self.model, self.shown = CheckpointModel(self), CheckpointFilter(self)
        self.table, self.details = QTableView(), CheckpointDetails()
        self._badges = BadgeDelegate()
        self._roles = Roles()
        self._scale = 1.0
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._prepare_table()
        self._build()
        self._connect()
        self.set_scale(1.0)
        self.retranslate()
        self.show_notice("")

    @property
    def entry(self) -> Entry | None:
        """The checkpoint that is chosen."""
        return self.details.entry

    def show_entries(self, entries: Sequence[Entry], message: str = "") -> None:
        """List checkpoints; the chosen one stays chosen.

        Args:
            entries: As the shelf lists them.
            message: Shown instead of an empty table (translated).
        """
        before = self.entry
        with QSignalBlocker(self.table.selectionModel()):
            self.model.show_entries(entries)
        self.empty.setText(message)
        self.empty.setVisible(not entries)
        self.table.setVisible(bool(entries))
        if before is None or not self.choose(before.path):
            first = self.shown.index(0, 0)
            self.table.setCurrentIndex(first)
            self._on_current()
        self._count()

    def choose(self, path: Path) -> bool:
        """Choose a file; return whether it is shown."""
        row = self.model.row_of(path)
        index = self.shown.mapFromSource(self.model.index(row, 0)) if row >= 0 else QModelIndex()
        if not index.isValid():
            return False
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)
        self._on_current()
        return True

    def show_roles(self, roles: Roles) -> None:
        """Mark what is in force, was before, and runs in shadow."""
        if roles != self._roles:
            self._roles = roles
            self.model.show_roles(roles)
            self.details.show_entry(self.entry, roles)

    def show_notice(self, text: str, undo: str = "", alarm: bool = False) -> None:
        """Say what has just happened or why it did not.

        Args:
            text: Translated; "" for nothing.
            undo: On the button that takes it back, translated; "" for none.
            alarm: It went wrong.
        """
        self.notice.setText(text)
        self.notice.setVisible(bool(text))
        self.notice.setProperty("alarm", alarm)
        style = self.notice.style()
        if style is not None:
            style.unpolish(self.notice)
            style.polish(self.notice)
        self.undo_button.setText(undo)
        self.undo_button.setVisible(bool(undo))

    def show_binned(self, count: int) -> None:
        """Say how many checkpoints are in the bin."""
        self.binned_button.setText(tr("Bin ({count}) …").format(count=count))

    def set_scale(self, scale: float) -> None:
        """Fit rows and columns to the window's size."""
        self._scale = scale
        self._badges.set_scale(scale)
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, round(width * scale))
        rows = self.table.verticalHeader()
        if rows is not None:
            rows.setDefaultSectionSize(round(_ROW * scale))
        self.details.setFixedWidth(round(372 * scale))
        self.kind.setMinimumWidth(round(180 * scale))

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.search.setPlaceholderText(tr("Search name, file, detector, hash or note"))
        self.search.setAccessibleName(tr("Search"))
        self.kind.setAccessibleName(tr("Which checkpoints are shown"))
        for place, text in enumerate(_KINDS.values()):
            self.kind.setItemText(place, tr(text))
        for button, text, tip in (
            (self.read_button, tr("Read again"), tr("Look into the folders anew")),
            (
                self.folder_button,
                tr("Open folder …"),
                tr("List the checkpoints of another folder too"),
            ),
            (self.import_button, tr("Import …"), tr("Copy a file into the station's folder")),
            (self.export_button, tr("Export …"), tr("Copy the chosen checkpoint elsewhere")),
            (self.bin_button, tr("Into the bin"), tr("It can be brought back from there")),
        ):
            button.setText(text)
            button.setToolTip(tip)
        self.table.setAccessibleName(tr("Checkpoints"))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, SIZE)
        self.details.retranslate()
        self._count()

    # -- its own -------------------------------------------------------------------------

    def _connect(self) -> None:
        self.search.textChanged.connect(self._typing.start)
        self._typing.timeout.connect(self._filter)
        self.kind.activated.connect(self._filter)
        chosen = self.table.selectionModel()
        if chosen is not None:
            chosen.currentRowChanged.connect(self._on_current)

    def _filter(self) -> None:
        self.shown.show_only(self.search.text(), self.kind.currentData())
        if not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.shown.index(0, 0))
        self._on_current()
        self._count()

    def _count(self) -> None:
        shown, known = self.shown.rowCount(), self.model.rowCount()
        if shown == known:
            text = trn("{n} checkpoint", "{n} checkpoints", known).format(n=known)
        else:
            text = tr("{shown} of {known} checkpoints").format(shown=shown, known=known)
        self.counted.setText(text)

    def _on_current(self) -> None:
        index = self.shown.mapToSource(self.table.currentIndex())
        entry = self.model.entry(index.row()) if index.isValid() else None
        self.details.show_entry(entry, self._roles)
        self.chosen.emit(entry)

    def _prepare_table(self) -> None:
        self.shown.setSourceModel(self.model)
        table = self.table
        table.setObjectName("checkpointTable")
        table.setModel(self.shown)
        table.setItemDelegateForColumn(STATE, self._badges)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setWordWrap(False)
        dress_as_rows(table, (NAME,), fits_words=False)
        table.setSortingEnabled(True)
        table.sortByColumn(MADE, Qt.SortOrder.DescendingOrder)
        columns = table.horizontalHeader()
        if columns is not None:
            columns.setMinimumSectionSize(50)
            columns.setMinimumHeight(40)

    def _build(self) -> None:
        for badge in _KINDS:
            self.kind.addItem("", badge)
        self.counted.setProperty("role", "faint")
        self.search.setClearButtonEnabled(True)
        self.notice.setWordWrap(True)
        self.notice.setObjectName("reviewNotice")
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setMinimumHeight(40)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "large")
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(_row((self.search, 1), self.kind, self.counted, self.read_button))
        left.addWidget(self.table, 1)
        left.addWidget(self.empty, 1)
        left.addLayout(_row((self.notice, 1), self.undo_button))
        keys = (self.folder_button, self.import_button, self.export_button, self.bin_button)
        below = _row(*keys)
        below.addStretch(1)
        below.addWidget(self.binned_button)
        left.addLayout(below)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 8, 0, 0)
        whole.setSpacing(8)
        whole.addLayout(left, 1)
        whole.addWidget(self.details)


def _row(*widgets: QWidget | tuple[QWidget, int]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        if isinstance(widget, tuple):
            row.addWidget(*widget)
        else:
            row.addWidget(widget)
    return row
