"""What is to be seen of a checkpoint at a glance: signs with a word each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PyQt5.QtCore import QModelIndex, QRectF, QSize, Qt
from PyQt5.QtGui import QFontMetricsF, QPainter, QPen
from PyQt5.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.i18n import N_, tr
from app.ui import theme

BADGES_ROLE = int(Qt.ItemDataRole.UserRole) + 7
_GAP, _PAD = 5, 7


class Badge(Enum):
    """One thing that is true of a checkpoint.

    IN_FORCE: judges the parts now. PREVIOUS: did before, one press brings it back. CANDIDATE:
    runs in shadow. PROBLEM: its header cannot be read. CALIBRATED: has limits. NO_LIMITS: has
    none, so it judges only with limits of the recipe. OFFICIAL: of the published reference.
    """

    IN_FORCE = "in-force"
    PREVIOUS = "previous"
    CANDIDATE = "candidate"
    PROBLEM = "problem"
    CALIBRATED = "calibrated"
    NO_LIMITS = "no-limits"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class BadgeLook:
    """How a badge is drawn.

    Attributes:
        sign: One letter before the word: colour alone tells nothing.
        word: English source text.
        ground: Name in `theme.COLOURS`; "" for an outline only.
    """

    sign: str
    word: str
    ground: str


LOOKS: dict[Badge, BadgeLook] = {
    Badge.IN_FORCE: BadgeLook("●", N_("in force"), "ok"),
    Badge.PREVIOUS: BadgeLook("◐", N_("previous"), "none"),
    Badge.CANDIDATE: BadgeLook("◇", N_("in shadow"), "accent"),
    Badge.PROBLEM: BadgeLook("▲", N_("problem"), "error"),
    Badge.CALIBRATED: BadgeLook("✓", N_("calibrated"), ""),
    Badge.NO_LIMITS: BadgeLook("–", N_("no limits"), ""),
    Badge.OFFICIAL: BadgeLook("★", N_("official"), ""),
}


def badge_text(badge: Badge) -> str:
    """Return sign and word of a badge, translated."""
    look = LOOKS[badge]
    return f"{look.sign} {tr(look.word)}"


class BadgeDelegate(QStyledItemDelegate):
    """Draws the badges of a cell one beside the other.

    The model gives them, a sequence of `Badge`, for `BADGES_ROLE`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._scale = 1.0

    def set_scale(self, scale: float) -> None:
        """Fit the letters to the window's size."""
        self._scale = scale

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw the ground of the cell and the badges on it."""
        if painter is None:
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(option.rect, theme.colour("accent"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.number_font(theme.px("small", self._scale)))
        left = float(option.rect.left() + _GAP)
        for badge in index.data(BADGES_ROLE) or ():
            left = self._draw(painter, badge, left, option.rect, chosen) + _GAP
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the room that all badges of the cell need."""
        badges: Sequence[Badge] = index.data(BADGES_ROLE) or ()
        metrics = QFontMetricsF(theme.number_font(theme.px("small", self._scale)))
        widths = [metrics.horizontalAdvance(badge_text(one)) + 2 * _PAD for one in badges]
        wide = sum(widths) + _GAP * (len(widths) + 1)
        return QSize(round(wide) + 1, round(metrics.height()) + 2 * _GAP)

    def _draw(
        self, painter: QPainter, badge: Badge, left: float, cell: object, chosen: bool
    ) -> float:
        """Draw one badge; return where it ends."""
        look, text = LOOKS[badge], badge_text(badge)
        metrics = QFontMetricsF(painter.font())
        box = QRectF(left, 0, metrics.horizontalAdvance(text) + 2 * _PAD, metrics.height() + 4)
        box.moveCenter(QRectF(cell).center())  # type: ignore[call-overload]
        box.moveLeft(left)
        painter.setPen(QPen(theme.colour("field" if chosen else "faint"), 1))
        painter.setBrush(theme.colour(look.ground) if look.ground else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.colour("field" if look.ground or chosen else "ink"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        return box.right()
