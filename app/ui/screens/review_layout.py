"""Where everything stands on the review screen."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, tr
from app.ui.screens.review_keys import BY_NAME
from app.ui.verdict_look import NO_PART
from app.ui.widgets import queue_model
from app.ui.widgets.fact_list import FactList
from app.ui.widgets.fault_banner import FaultBanner
from app.ui.widgets.filter_bar import FilterBar
from app.ui.widgets.key_button import KeyButton, KeyHint
from app.ui.widgets.kind_keys import KindKeys
from app.ui.widgets.queue_model import QueueModel
from app.ui.widgets.record_history import RecordHistory
from app.ui.widgets.region_strip import RegionStrip
from app.ui.widgets.score_gauge import ScoreGauge
from app.ui.widgets.text_field import TextField
from app.ui.widgets.verdict_banner import VerdictBanner
from app.ui.widgets.zoom_view import ZoomView

DECISIONS = ("confirm", "overrule", "unsure", "undo", "previous", "next")
_PICTURE = ("heat", "contours", "blink", "fit", "one", "eight")
_TOGGLES = ("heat", "contours", "mask", "facts", "history", "why")
_WIDE = 1.3
_SIDES = ("facts", "history", "why")
# (caps, what they do) for keys without a button.
_HINTS = (
    ("1–9", N_("kind of defect")),
    ("G", N_("next region")),
    ("← →", N_("neighbours in the lot")),
    ("+ −", N_("larger, smaller")),
    ("⇧ ← ↑ ↓ →", N_("move the picture")),
    ("/", N_("search")),
    ("S", N_("second opinions")),
    ("R", N_("read anew")),
    ("Esc", N_("back to the part")),
)


class ReviewLayout:
    """Builds the widgets of the review screen into a page and holds them."""

    def __init__(self, page: QWidget) -> None:
        self.filters, self.table, self.model = FilterBar(), QTableView(), QueueModel(page)
        self.view, self.regions = ZoomView(), RegionStrip()
        self.banner, self.gauge, self.reason = VerdictBanner(), ScoreGauge(), QLabel()
        self.facts, self.history, self.side = FactList(), RecordHistory(), QStackedWidget()
        self.kinds, self.comment = KindKeys(), TextField()
        self.fault, self.notice, self.place = FaultBanner(), QLabel(), QLabel()
        names = (*DECISIONS, *_PICTURE, "mask", "comment", *_SIDES, "reviewer", "teach")
        self.keys = {name: KeyButton(BY_NAME[name].cap) for name in names}
        self._picture_keys, self._below = QWidget(), QWidget()
        self._hints = [KeyHint(cap) for cap, _ in _HINTS]
        self._prepare()
        self._build(page)
        self.set_scale(1.0)
        self.retranslate()

    def show_side(self, name: str) -> None:
        """Show "facts", "history" or "why" in the column at the right."""
        self.side.setCurrentIndex(_SIDES.index(name))
        for key in _SIDES:
            self.keys[key].setChecked(key == name)

    @property
    def shown_side(self) -> str:
        """Which of the three is shown."""
        return _SIDES[self.side.currentIndex()]

    def turn_side(self) -> None:
        """Scroll the column at the right on by a page, from its end to its start."""
        panel = self.side.currentWidget()
        bar = panel.verticalScrollBar() if isinstance(panel, QAbstractScrollArea) else None
        if bar is not None:
            at_end = bar.value() >= bar.maximum()
            bar.setValue(bar.minimum() if at_end else bar.value() + bar.pageStep())

    def set_why(self, panel: QWidget) -> None:
        """Put the panel with the nearest normal part in its place."""
        self.side.removeWidget(self._why_place)
        self.side.insertWidget(_SIDES.index("why"), panel)

    def set_editor(self, editor: QWidget) -> None:
        """Put the tools for drawing a mask below the picture; they show themselves."""
        self._middle_column.addWidget(editor)

    def show_editor(self, visible: bool) -> None:
        """Make room for the tools, or show the keys again that rest meanwhile."""
        for keys in (self._picture_keys, self._below):
            keys.setVisible(not visible)

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self.regions.set_height(round(40 * scale))
        self.banner.setFixedHeight(round(84 * scale))
        header = self.table.verticalHeader()
        if header is not None:
            header.setDefaultSectionSize(round(40 * scale))
        self.table.setIconSize(QSize(round(18 * scale), round(18 * scale)))
        widths = {
            queue_model.VERDICT: 100,
            queue_model.SERIAL: 88,
            queue_model.SCORE: 58,
            queue_model.WORD: 104,
        }
        # A small window has no room for the lot; it stands among the facts.
        self.table.setColumnHidden(queue_model.LOT, scale < _WIDE)
        for column, width in widths.items():
            self.table.setColumnWidth(column, round(width * scale))
        self.left.setFixedWidth(round((366 if scale < _WIDE else 490) * scale))
        self.right.setFixedWidth(round(320 * scale))

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew; widgets follow by themselves."""
        for name, button in self.keys.items():
            if name not in ("confirm", "overrule", "reviewer"):
                button.set_label(tr(BY_NAME[name].text))
        self.keys["blink"].setToolTip(tr("Hold B to see the bare picture"))
        self.comment.setPlaceholderText(tr("Comment (C), Enter returns to the part"))
        self.comment.setAccessibleName(tr("Comment"))
        self.keys["teach"].setToolTip(tr("Make a better checkpoint from the reviewed pictures"))
        for hint, (_, text) in zip(self._hints, _HINTS, strict=True):
            hint.set_label(tr(text))

    def _prepare(self) -> None:
        for name in _TOGGLES:
            self.keys[name].setCheckable(True)
        for name in ("heat", "contours"):
            self.keys[name].setChecked(True)
        for name in DECISIONS:
            self.keys[name].setProperty("target", "large")
            self.keys[name].setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setProperty("role", "large")
        self.place.setProperty("role", "large")
        self.notice.setObjectName("reviewNotice")
        self.notice.setWordWrap(True)
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.banner.setMinimumWidth(200)
        self.banner.show_look(NO_PART)
        self.gauge.setMinimumWidth(200)
        self.comment.setMaxLength(500)
        self.side.setMinimumHeight(80)
        self._why_place = QWidget()
        for panel in (self.facts, self.history, self._why_place):
            self.side.addWidget(panel)
        self._prepare_table()
        self.show_side("facts")

    def _prepare_table(self) -> None:
        table = self.table
        table.setObjectName("reviewTable")
        table.setModel(self.model)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setMinimumHeight(80)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setWordWrap(False)
        header, side = table.horizontalHeader(), table.verticalHeader()
        if header is not None and side is not None:
            header.setSectionsClickable(False)
            header.setStretchLastSection(True)
            side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            side.hide()

    def _build(self, page: QWidget) -> None:
        whole = QVBoxLayout(page)
        whole.setContentsMargins(8, 6, 8, 6)
        whole.setSpacing(6)
        whole.addWidget(self.fault)
        whole.addWidget(self.filters)
        body = QHBoxLayout()
        body.setSpacing(8)
        self.left, self.right = self._left(), self._right()
        body.addWidget(self.left)
        body.addLayout(self._middle(), 1)
        body.addWidget(self.right)
        whole.addLayout(body, 1)
        whole.addWidget(self._below)
        below = QVBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(6)
        below.addWidget(self.kinds)
        below.addLayout(self._words())
        below.addLayout(_row(*(self.keys[name] for name in DECISIONS)))
        legend = _row(*self._hints)
        legend.setSpacing(14)
        legend.addStretch(1)
        below.addLayout(legend)

    def _left(self) -> QWidget:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        top = _row(self.place)
        top.addStretch(1)
        top.addWidget(self.keys["reviewer"])
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.keys["teach"])
        return left

    def _middle(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.view, 1)
        keys = QVBoxLayout(self._picture_keys)
        keys.setContentsMargins(0, 0, 0, 0)
        keys.setSpacing(6)
        keys.addLayout(_row(*(self.keys[name] for name in _PICTURE)))
        column.addWidget(self._picture_keys)
        self._middle_column = column
        return column

    def _right(self) -> QWidget:
        right = QFrame()
        right.setProperty("panel", "true")
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.banner)
        column.addWidget(self.reason)
        column.addWidget(self.gauge)
        column.addLayout(_row(*(self.keys[name] for name in _SIDES)))
        column.addWidget(self.side, 1)
        return right

    def _words(self) -> QHBoxLayout:
        row = _row(self.keys["comment"])
        row.addWidget(self.comment, 3)
        row.addWidget(self.keys["mask"])
        row.addWidget(self.regions, 2)
        row.addWidget(self.notice, 4)
        return row


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row
