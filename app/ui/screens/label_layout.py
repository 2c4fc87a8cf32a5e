"""Where everything stands on the labelling screen."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, tr
from app.ui.screens.label_keys import BY_NAME
from app.ui.widgets.key_button import KeyButton, KeyHint
from app.ui.widgets.label_grid import LabelGrid
from app.ui.widgets.label_preview import LabelPreview
from app.ui.widgets.panel import panel

ANSWERS = ("good", "defective", "skip", "page", "undo")
_VIEW = ("larger", "smaller")
_SOURCE = "source"
# (caps, what they do) for keys without a button.
_HINTS = (
    ("← ↑ ↓ →", N_("move")),
    ("⇧ ← ↑ ↓ →", N_("mark several")),
    ("F", N_("show others")),
)


class LabelLayout:
    """Builds the widgets of the labelling screen into a page and holds them."""

    def __init__(self, page: QWidget) -> None:
        self.grid, self.preview = LabelGrid(), LabelPreview()
        self.leave, self.sort = QPushButton(), QPushButton()
        self.heading, self.counts, self.message = QLabel(), QLabel(), QLabel()
        self.bar, self.show_box = QProgressBar(), QComboBox()
        self.keys = {name: KeyButton(BY_NAME[name].cap) for name in (*ANSWERS, *_VIEW, _SOURCE)}
        self.kinds: list[KeyButton] = []
        self._kinds: tuple[str, ...] = ()
        self._kind_width = 78
        self._kinds_title, self._kinds_box = QLabel(), QWidget()
        self._kinds_grid = QGridLayout(self._kinds_box)
        self._hints = [KeyHint(cap) for cap, _ in _HINTS]
        self._side = QWidget()
        self._prepare()
        self._build(page)
        self.set_scale(1.0)
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self._side.setFixedWidth(round(300 * scale))
        self.preview.set_side(round(256 * scale))
        self._kind_width = round(78 * scale)
        self._name_kinds()
        self.bar.setFixedWidth(round(160 * scale))

    def set_kinds(self, kinds: Sequence[str]) -> None:
        """Offer kinds of defects on the digit keys."""
        for button in self.kinds:
            button.deleteLater()
        self.kinds = []
        self._kinds = tuple(kinds)
        for number in range(len(kinds)):
            self.kinds.append(KeyButton(str(number + 1), self._kinds_box))
            self._kinds_grid.addWidget(self.kinds[-1], *divmod(number, 2))
        self._name_kinds()
        self._kinds_title.setVisible(bool(kinds))
        self._kinds_box.setVisible(bool(kinds))

    def _name_kinds(self) -> None:
        """Name the digit keys; a long name is cut, its tooltip has it all."""
        for button, kind in zip(self.kinds, self._kinds, strict=True):
            metrics = button.fontMetrics()
            short = metrics.elidedText(kind, Qt.TextElideMode.ElideRight, self._kind_width)
            button.set_label(short, kind)

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew."""
        for name, button in self.keys.items():
            key = BY_NAME[name]
            button.set_label(tr(key.text), tr(key.tip))
        self.sort.setText(tr("Sort into the data set"))
        self.sort.setToolTip(
            tr("Good and defective pictures go to their folders; the others wait. Also on leaving")
        )
        self.grid.setAccessibleName(tr("Pictures to be labelled"))
        self.show_box.setAccessibleName(tr(BY_NAME["show"].tip))
        self.show_box.setToolTip(f"{tr(BY_NAME['show'].tip)} (F)")
        self._kinds_title.setText(tr("Kind of defect"))
        for hint, (_, text) in zip(self._hints, _HINTS, strict=True):
            hint.set_label(tr(text))
        self.preview.retranslate()

    def _prepare(self) -> None:
        self.heading.setProperty("role", "large")
        self.message.setWordWrap(True)
        self.message.setObjectName("labelMessage")
        self.message.setMinimumHeight(40)
        self.bar.setTextVisible(False)
        self.bar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.bar.setFixedHeight(16)
        self.show_box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for button in (self.leave, self.sort):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAutoDefault(False)
        self._kinds_title.setProperty("role", "faint")
        self._kinds_grid.setContentsMargins(0, 0, 0, 0)
        self._kinds_grid.setSpacing(4)
        self.set_kinds(())

    def _build(self, page: QWidget) -> None:
        whole = QVBoxLayout(page)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(8)
        whole.addWidget(self._top())
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self.grid, 1)
        body.addWidget(self._right())
        whole.addLayout(body, 1)
        whole.addWidget(self._bottom())

    def _top(self) -> QWidget:
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.leave)
        row.addWidget(self.heading)
        row.addStretch(1)
        row.addWidget(self.bar)
        row.addWidget(self.counts)
        row.addWidget(self.show_box)
        row.addWidget(self.sort)
        return top

    def _right(self) -> QWidget:
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        self.keys[_SOURCE].setCheckable(True)
        column.addWidget(
            panel(self.preview, self.keys[_SOURCE], self._kinds_title, self._kinds_box)
        )
        column.addStretch(1)
        return self._side

    def _bottom(self) -> QWidget:
        keys = QWidget()
        row = QHBoxLayout(keys)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for name in ANSWERS:
            row.addWidget(self.keys[name], 2)
        row.addSpacing(10)
        for name in _VIEW:
            row.addWidget(self.keys[name], 1)
        words = QWidget()
        line = QHBoxLayout(words)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self.message, 1)
        for hint in self._hints:
            line.addWidget(hint)
        return panel(words, keys)
