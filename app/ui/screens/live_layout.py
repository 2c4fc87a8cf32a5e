"""Where everything stands on the live screen."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QAction,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.inspection.record import Context
from app.station.status import StationStatus
from app.ui.actions import is_enabled
from app.ui.liveness import STATE_WORDS
from app.ui.widgets.command_bar import ActionButton, CommandBar
from app.ui.widgets.counters import Counters
from app.ui.widgets.fault_banner import FaultBanner
from app.ui.widgets.image_view import ImageView
from app.ui.widgets.lot_fields import LotFields
from app.ui.widgets.ng_strip import NgStrip
from app.ui.widgets.recipe_notice import RecipeNotice
from app.ui.widgets.score_gauge import ScoreGauge
from app.ui.widgets.status_bar import StatusBar
from app.ui.widgets.verdict_banner import VerdictBanner

_OPACITY_PERCENT = 70
_NAME = 16


class LiveLayout:
    """Builds the widgets of the live screen into a page and holds them."""

    def __init__(self, page: QWidget, actions: dict[str, QAction]) -> None:
        self._actions = actions
        self._scale = 1.0
        self.view, self.banner, self.gauge = ImageView(), VerdictBanner(), ScoreGauge()
        self.counters, self.strip, self.fault = Counters(), NgStrip(), FaultBanner()
        self.lot_fields, self.status_bar = LotFields(), StatusBar()
        self.shift_button = QPushButton()
        self.shift_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.recipe_button, self.recipe_notice = QPushButton(), RecipeNotice()
        self.recipe_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.recipe_notice.ok_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Shown where recipes can be changed over, see `app.ui.recipe_switch`.
        self.recipe_button.hide()
        self.recipe_notice.toggled.connect(self.make_room)
        self.state, self.reason, self.message = QLabel(), QLabel(), QLabel()
        self._strip_name, self._counters_name = QLabel(), QLabel()
        self._opacity_name, self.opacity = QLabel(), QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(10, 100)
        self.opacity.setValue(_OPACITY_PERCENT)
        self.view.set_opacity(_OPACITY_PERCENT / 100)
        self.reset_button = ActionButton(actions["reset"])
        self.fault.acknowledged.connect(actions["acknowledge"].trigger)
        self.commands = CommandBar(
            (
                [actions[key] for key in ("start", "pause", "stop")],
                [actions[key] for key in ("single_shot", "false_call")],
                [actions["overlay"], actions["contours"], self._opacity_box()],
                [actions["language"], actions["full_screen"]],
            )
        )
        self._build(page)
        self.set_scale(1.0)
        self.retranslate()

    def show_state(self, status: StationStatus, has_ng: bool) -> None:
        """Show what the station is doing and what can be asked of it."""
        self.state.setText(tr(STATE_WORDS[status.state]))
        self._show_shift(status.context)
        for key, action in self._actions.items():
            action.setEnabled(is_enabled(key, status, has_ng))

    def _show_shift(self, context: Context) -> None:
        shift, operator = _short(context.shift) or "–", _short(context.operator)
        text = tr("Shift {shift}").format(shift=shift) + (f" · {operator}" if operator else "")
        # An ampersand in a name is no shortcut.
        text = text.replace("&", "&&")
        if self.shift_button.text() != text:
            self.shift_button.setText(text)

    def allow_false_call(self, has_ng: bool) -> None:
        """Say whether there is an NG part that can be marked."""
        self._actions["false_call"].setEnabled(has_ng)

    def show_reason(self, text: str) -> None:
        """Show why the part has its verdict."""
        if self.reason.text() != text:
            self.reason.setText(text)

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self.commands.set_icon_side(round(24 * scale))
        self.reset_button.set_icon_side(round(18 * scale))
        self._scale = scale
        self.make_room()
        self.reason.setMinimumHeight(round(44 * scale))

    def make_room(self) -> None:
        """Let the strip give way to a fault: verdict and reason are never squeezed."""
        faulty = not (self.fault.isHidden() and self.recipe_notice.isHidden())
        self._strip_name.setVisible(not faulty)
        self.strip.setFixedHeight(round((62 if faulty else 86) * self._scale))

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew; widgets follow by themselves."""
        self._strip_name.setText(tr("Last NG parts: press one to see it large"))
        self._counters_name.setText(tr("Parts of this lot"))
        self._opacity_name.setText(tr("Heatmap strength"))
        self.shift_button.setToolTip(tr("Shift and operator of the next parts"))
        self.recipe_button.setText(tr("Change product …"))
        self.recipe_button.setToolTip(tr("Change over to another recipe, or scan its code"))
        self.recipe_notice.retranslate()
        self.opacity.setAccessibleName(tr("Heatmap strength"))

    def _build(self, page: QWidget) -> None:
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        inner = QVBoxLayout()
        inner.setContentsMargins(8, 8, 8, 8)
        inner.setSpacing(6)
        inner.addWidget(self.fault)
        inner.addWidget(self.recipe_notice)
        inner.addLayout(self._header())
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self.view, 56)
        body.addLayout(self._column(), 44)
        inner.addLayout(body, 1)
        self._strip_name.setProperty("role", "faint")
        inner.addWidget(self._strip_name)
        inner.addWidget(self.strip)
        inner.addWidget(self.commands)
        whole.addLayout(inner, 1)
        whole.addWidget(self.status_bar)

    def _header(self) -> QHBoxLayout:
        header = QHBoxLayout()
        self.state.setProperty("role", "large")
        self.message.setProperty("role", "faint")
        self.message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        header.addWidget(self.recipe_button)
        header.addWidget(self.lot_fields)
        header.addSpacing(10)
        header.addWidget(self.shift_button)
        header.addWidget(self.message, 1)
        header.addWidget(self.state)
        return header

    def _column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(self.banner, 1)
        why, inner = _panel()
        self.reason.setProperty("role", "large")
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        inner.addWidget(self.reason)
        inner.addWidget(self.gauge)
        column.addWidget(why)
        parts, inner = _panel()
        title = QHBoxLayout()
        self._counters_name.setProperty("role", "faint")
        self.reset_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        title.addWidget(self._counters_name, 1)
        title.addWidget(self.reset_button)
        inner.addLayout(title)
        inner.addWidget(self.counters)
        column.addWidget(parts)
        return column

    def _opacity_box(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(4, 0, 4, 0)
        self._opacity_name.setProperty("role", "faint")
        rows.addStretch(1)
        rows.addWidget(self._opacity_name)
        rows.addWidget(self.opacity)
        rows.addStretch(1)
        return box


def _short(name: str) -> str:
    """Return a name that leaves room for the rest of the header."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _panel() -> tuple[QFrame, QVBoxLayout]:
    panel = QFrame()
    panel.setProperty("panel", True)
    inner = QVBoxLayout(panel)
    inner.setContentsMargins(12, 8, 12, 8)
    inner.setSpacing(4)
    return panel, inner
