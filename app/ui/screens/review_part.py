"""One part on the review screen: picture, verdict, facts, history, mask."""

from __future__ import annotations

from PyQt5.QtCore import QObject, QPointF, Qt, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QColor, QPainter, QPen, QPolygonF
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.inspection.reasons import explain
from app.inspection.record import InspectionRecord
from app.inspection.review import Polygon, standing
from app.review.decisions import Choice, Word
from app.ui.part_loader import LoadedPart
from app.ui.qa_desk import QaDesk
from app.ui.review_words import outcome, record_facts
from app.ui.screens.review_keys import BY_NAME
from app.ui.screens.review_layout import ReviewLayout
from app.ui.verdict_look import LOOKS, NO_PART
from app.ui.widgets.mask_editor import MaskEditor
from app.ui.widgets.score_gauge import Reading
from app.ui.widgets.why_panel import WhyPanel
from app.ui.widgets.zoom_view import ZoomView

Mask = tuple[Polygon, ...]

_MASK_LINES = (("#000000", Qt.PenStyle.SolidLine), ("#56B4E9", Qt.PenStyle.DashLine))


class PartView(QObject):
    """Fills the layout with one part at a time.

    Signals:
        finished: The drawing of a mask has ended.
    """

    finished = pyqtSignal()

    def __init__(self, desk: QaDesk, layout: ReviewLayout, page: QWidget) -> None:
        super().__init__(page)
        self._layout = layout
        self._part: LoadedPart | None = None
        self._blind = False
        self._mask: Mask | None = None
        self._outlines = _MaskLayer()
        layout.view.add_layer(self._outlines)
        layout.view.set_opacity(desk.keeper.settings.overlay_opacity)
        self.why = WhyPanel(desk)
        layout.set_why(self.why)
        layout.regions.wanted.connect(self._on_region_wanted)
        self.editor = MaskEditor(layout.view, page)
        layout.set_editor(self.editor)
        self.editor.done.connect(self._on_mask_done)
        self.editor.cancelled.connect(self._on_mask_left)

    @property
    def mask(self) -> Mask | None:
        """The mask that was drawn for this decision, None if none was."""
        return self._mask

    def show_part(self, part: LoadedPart, blind: bool) -> bool:
        """Show a part.

        Args:
            part: It.
            blind: Keep secret what was said of it.

        Returns:
            Whether it is another one than before.
        """
        is_new = self._part is None or self._part.record.id != part.record.id
        self._part, self._blind = part, blind
        layout, record = self._layout, part.record
        if is_new:
            self._begin(part)
        layout.view.show_picture(part.picture, part.problem)
        layout.banner.show_look(LOOKS[record.verdict])
        layout.gauge.show_reading(_reading(record))
        layout.gauge.show()
        layout.facts.show_facts(record_facts(record))
        layout.history.show_dossier(part.dossier, blind)
        self._show_words()
        self._show_mask()
        if part.picture is not None and part.problem and is_new:
            self.say(part.problem, alarm=True)
        return is_new

    def show_nothing(self, sentence: str) -> None:
        """Show no part, and why."""
        self.editor.cancel()
        self._part, self._mask = None, None
        layout = self._layout
        layout.view.show_picture(None, sentence)
        layout.banner.show_look(NO_PART)
        layout.gauge.hide()
        layout.facts.show_facts(())
        layout.history.show_nothing()
        layout.regions.show_regions((), None)
        layout.kinds.show_kinds((), {})
        self.why.show_record(None)
        self._show_words()

    def restore(self, word: Word) -> None:
        """Show again what was chosen and typed before a decision was taken back."""
        self._layout.kinds.choose(word.defect)
        self._layout.comment.setText(word.comment)
        self._mask = word.mask
        self._show_mask()

    def say(self, text: str, alarm: bool = False) -> None:
        """Show passing news."""
        notice = self._layout.notice
        notice.setText(text)
        notice.setToolTip(text)
        if notice.property("alarm") != alarm:
            notice.setProperty("alarm", alarm)
            style = notice.style()
            if style is not None:
                style.unpolish(notice)
                style.polish(notice)

    def say_if_calm(self, text: str) -> None:
        """Show passing news, unless an alarm about the last decision stands there."""
        if not self._layout.notice.property("alarm"):
            self.say(text)

    def retranslate(self) -> None:
        """Set the texts anew that depend on the part."""
        self._show_words()
        if self._part is not None:
            self._layout.facts.show_facts(record_facts(self._part.record))

    # -- toggles -------------------------------------------------------------------------

    def toggle_heat(self) -> None:
        """Show or hide the heatmap."""
        view = self._layout.view
        view.set_heat_on(not view.heat_is_on)
        self._layout.keys["heat"].setChecked(view.heat_is_on)

    def toggle_contours(self) -> None:
        """Show or hide outlines and mask."""
        view = self._layout.view
        view.set_contours_on(not view.contours_are_on)
        self._layout.keys["contours"].setChecked(view.contours_are_on)

    def show_side(self, name: str) -> None:
        """Show "facts", "history" or "why"; asked again, go on to what did not fit."""
        if name == self._layout.shown_side:
            self._layout.turn_side()
        self._layout.show_side(name)

    # -- mask ----------------------------------------------------------------------------

    def draw_mask(self) -> None:
        """Begin to draw, or go on with what was drawn."""
        if self.editor.is_active:
            self.editor.cancel()
            return
        part = self._part
        if part is None or part.picture is None:
            self._layout.keys["mask"].setChecked(False)
            self.say(tr("Without a picture there is nothing to draw on."))
            return
        self._outlines.show(())
        self._layout.show_editor(True)
        self._layout.keys["mask"].setChecked(True)
        self.editor.begin(part.record, self._mask or self._known_mask())

    @pyqtSlot(object)
    def _on_mask_done(self, mask: Mask) -> None:
        self._mask = mask
        self.say(
            tr("The mask is kept with your decision.")
            if mask
            else tr("Nothing is defective: kept with your decision.")
        )
        self._on_mask_left()

    @pyqtSlot()
    def _on_mask_left(self) -> None:
        self._layout.show_editor(False)
        self._layout.keys["mask"].setChecked(False)
        self._show_mask()
        self.finished.emit()

    def _known_mask(self) -> Mask | None:
        """Return the newest mask that a standing review has, unless it must stay secret."""
        if self._part is None or self._blind:
            return None
        held = standing(self._part.dossier.reviews)
        return next((review.mask for review in reversed(held) if review.mask), None)

    def _show_mask(self) -> None:
        shown = self._mask if self._mask is not None else self._known_mask()
        self._outlines.show(() if self.editor.is_active else shown or ())
        self._layout.view.update()

    @pyqtSlot(int)
    def _on_region_wanted(self, number: int) -> None:
        if self._part is not None:
            self.why.show_record(self._part.record, number)

    # -- the rest ------------------------------------------------------------------------

    def _begin(self, part: LoadedPart) -> None:
        """Forget what was prepared for the part before."""
        self.editor.cancel()
        self._mask = None
        layout, record = self._layout, part.record
        layout.regions.show_regions(record.decision.regions, record.mm_per_px)
        layout.kinds.show_kinds(part.kinds, dict(record.class_probabilities))
        self.why.show_record(record)
        layout.comment.clear()

    def _show_words(self) -> None:
        """Say on the keys what they would mean for this part."""
        record = self._part.record if self._part is not None else None
        self._layout.reason.setText(explain(record) if record is not None else "")
        for name, choice in (("confirm", Choice.CONFIRM), ("overrule", Choice.OVERRULE)):
            text = tr(BY_NAME[name].text)
            if record is not None:
                text = f"{text}: {outcome(record.verdict, choice)}"
            self._layout.keys[name].set_label(text)


class _MaskLayer:
    """The outlines that a person drew, dashed so that they differ from the machine's."""

    def __init__(self) -> None:
        self._outlines: Mask = ()

    def show(self, outlines: Mask) -> None:
        self._outlines = outlines

    def paint(self, painter: QPainter, view: ZoomView) -> None:
        if not view.contours_are_on:
            return
        transform = view.transform()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for outline in self._outlines:
            drawn = transform.map(QPolygonF([QPointF(x + 0.5, y + 0.5) for x, y in outline]))
            for ink, style in (
                ("#000000", Qt.PenStyle.SolidLine),
                ("#56B4E9", Qt.PenStyle.DashLine),
            ):
                painter.setPen(QPen(QColor(ink), 3.0, style))
                painter.drawPolygon(drawn)


def _reading(record: InspectionRecord) -> Reading | None:
    if record.limits is None:
        return None
    return Reading(record.score, record.limits.ng, record.limits.review)
