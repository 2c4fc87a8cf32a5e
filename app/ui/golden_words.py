"""How golden results look: word, shape and colour; and what the panel says at its top."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPixmap

from app.golden.check import SCORE, GoldenCheck, SampleCheck
from app.golden.wording import sentence
from app.i18n import N_, tr
from app.inspection.verdict import Verdict
from app.station.golden_status import GoldenState, GoldenStatus
from app.ui import theme
from app.ui.verdict_look import LOOKS, Look, Mark, Shape
from app.ui.widgets import verdict_sign

PASSED = Look(N_("Right"), "", "ok", "#FFFFFF", Shape.CIRCLE, Mark.CHECK)
MOVED = Look(N_("Moved"), "", "ng", "#FFFFFF", Shape.OCTAGON, Mark.CROSS)
WRONG = Look(N_("Wrong"), "", "ng", "#FFFFFF", Shape.OCTAGON, Mark.CROSS)
BROKEN = Look(N_("Not judged"), "", "error", "#FFFFFF", Shape.SQUARE, Mark.EXCLAMATION)
UNKNOWN = Look(N_("Not checked"), "", "none", "#FFFFFF", Shape.SQUARE, Mark.QUESTION)
OVERRIDDEN = Look(N_("Overridden"), "", "review", "#14181C", Shape.TRIANGLE, Mark.EXCLAMATION)


def sign(look: Look, side: int) -> QPixmap:
    """Return the sign of a look on nothing, `side` pixels square."""
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(1, 1, side - 2, side - 2)
    verdict_sign.draw(painter, look, box, theme.colour(look.colour), QColor(look.ink))
    painter.end()
    return pixmap


def verdict_sign_of(verdict: Verdict, side: int) -> QPixmap:
    """Return the sign of a verdict, as on the live screen."""
    return sign(LOOKS[verdict], side)


def look_of(sample: SampleCheck | None) -> Look:
    """Return how a sample's result looks; None: it was not in the check."""
    if sample is None:
        return UNKNOWN
    if sample.passed:
        return PASSED
    if sample.found in (None, Verdict.ERROR):
        return BROKEN
    return MOVED if sample.problem == SCORE else WRONG


def look_of_set(check: GoldenCheck | None, status: GoldenStatus | None) -> Look:
    """Return how the whole set looks.

    Args:
        check: The newest check of the recipe; None if there was none.
        status: The station's word if it runs this recipe.
    """
    if status is not None and status.state is GoldenState.OVERRIDDEN:
        return OVERRIDDEN
    if check is None:
        return UNKNOWN
    if check.passed:
        return PASSED
    return BROKEN if check.problem else MOVED


def headline(check: GoldenCheck | None, status: GoldenStatus | None) -> str:
    """Return the sentence beside the sign."""
    if status is not None and status.state is GoldenState.CHECKING:
        return tr("The samples are being judged.")
    if status is not None and status.state is GoldenState.OVERRIDDEN:
        return status.mark
    return tr("The samples were not judged yet.") if check is None else sentence(check)


def facts(check: GoldenCheck | None) -> str:
    """Return when and by what the newest check was done, "" if there was none."""
    if check is None:
        return ""
    text = tr("Last check {when}, checkpoint {checkpoint}, recipe version {version}")
    when = check.at.astimezone().strftime("%Y-%m-%d %H:%M")
    return text.format(when=when, checkpoint=check.checkpoint, version=check.recipe_version)
