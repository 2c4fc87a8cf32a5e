"""Third step, which may be left out: find the part where it lies, shown live."""

from __future__ import annotations

import numpy as np
from PyQt5.QtCore import QPointF, QSignalBlocker, Qt
from PyQt5.QtGui import QPainter, QPen, QPolygonF
from PyQt5.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.camera.frame import Frame
from app.i18n import N_, tr
from app.inspection.placement import Placement, to_frame
from app.inspection.recipe_parts import Anchor
from app.station import tasks
from app.station.messages import sentence_of
from app.ui import images, theme
from app.ui.screens.teach_drawing import DrawingStep
from app.ui.screens.teach_seeking import Sought, seek
from app.ui.screens.teach_state import TeachState
from app.ui.widgets.choice_box import ChoiceBox
from app.ui.widgets.filled_box import fill
from app.ui.widgets.frame_editor import Tool
from app.ui.widgets.panel import panel
from app.ui.widgets.zoom_view import ZoomPicture, ZoomView

_METHODS = (("template", N_("By its grey values")), ("edge", N_("By its outlines")))
_NO_TURN = 0.05


_USUAL = Anchor(box=(0, 0, 8, 8), picture="-")


class FoundLayer:
    """The anchor's box where it was found, drawn on the live picture."""

    def __init__(self) -> None:
        self.corners: list[tuple[float, float]] = []

    def show(self, anchor: Anchor | None, placement: Placement | None) -> None:
        """Draw the box there from now on; nothing if the part was not found."""
        self.corners = []
        if anchor is not None and placement is not None:
            x, y, width, height = anchor.box
            box = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
            matrix = to_frame(placement, anchor)
            self.corners = [tuple(point) for point in (box @ matrix[:, :2].T + matrix[:, 2])]

    def paint(self, painter: QPainter, view: ZoomView) -> None:
        """Draw a dark line with a light one in it, which is seen on any ground."""
        if not self.corners:
            return
        outline = QPolygonF([view.to_widget(QPointF(*point)) for point in self.corners])
        for name, width in (("ink", 5), ("review", 2)):
            pen = QPen(theme.colour(name), width)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(outline)


class AlignStep(DrawingStep):
    """Draw the anchor at the left, see at the right whether it is found in every frame."""

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, (Tool.LOOK, Tool.ANCHOR), Tool.ANCHOR, parent)
        self.live, self.layer = ZoomView(), FoundLayer()
        self.live.add_layer(self.layer)
        self.word, self.facts = QLabel(), QLabel()
        self.method_box = ChoiceBox(14)
        self.reach, self.turn, self.match = (QDoubleSpinBox() for _ in range(3))
        self._names = [QLabel() for _ in range(4)]
        self._busy = False
        self._last: Sought | None = None
        self._build()
        self.retranslate()

    def heading(self) -> str:
        """Return what is to be done here."""
        return tr(
            "If parts shift or turn: draw a box around something that every part has. "
            "If they always lie the same, skip this."
        )

    def entered(self) -> None:
        """Show what is drawn, and look for it in every frame."""
        super().entered()
        self._show_fields()
        self._show_found(None)

    def method(self) -> str:
        """Return how the anchor is to be found."""
        return str(self.method_box.currentData() or "template")

    def came(self, frame: Frame) -> None:
        """Look for the anchor in a frame; one at a time, the newest."""
        anchor = self.state.recipe.anchor
        if anchor is None:
            self.live.show_picture(ZoomPicture((images.base_image(frame.image),)))
            self._show_found(None)
        elif not self._busy:
            self._busy = True
            image = frame.image
            tasks.run(lambda: seek(image, anchor), self._on_sought, self._on_lost)

    def retranslate(self) -> None:
        """Set all texts anew."""
        texts = (tr("Found"), tr("May shift by"), tr("May turn by"), tr("Match at least"))
        for label, text in zip(self._names, texts, strict=True):
            label.setText(text)
        current = self.method()
        fill(self.method_box, [(tr(text), key) for key, text in _METHODS], current)
        self.reach.setAccessibleName(tr("May shift by"))
        self.turn.setAccessibleName(tr("May turn by"))
        self.match.setAccessibleName(tr("Match at least"))
        self.match.setToolTip(tr("Below this the part counts as not found and is never called OK."))
        self._show_found(self._last)

    # -- frames --------------------------------------------------------------------------

    def _on_sought(self, found: Sought) -> None:
        self._busy = False
        self.layer.show(found.anchor, found.placement)
        self.live.show_picture(ZoomPicture((images.base_image(found.image),)))
        self._show_found(found)

    def _on_lost(self, error: Exception) -> None:
        self._busy = False
        self.said.emit(sentence_of(error))

    def _show_found(self, found: Sought | None) -> None:
        self._last = found
        if self.state.recipe.anchor is None:
            self.layer.show(None, None)
            self.word.setText(tr("No anchor: parts must always lie the same."))
            self.facts.setText("")
        elif found is None:
            self.word.setText(tr("Waiting for a picture of the camera …"))
            self.facts.setText("")
        elif found.placement is None:
            self.word.setText(tr("✗ Not found"))
            self.facts.setText(
                tr("Such a part would be an error, never OK. Choose another place for the box.")
            )
        else:
            place = found.placement
            self.word.setText(tr("✓ Found"))
            self.facts.setText(_place_words(place))

    # -- fields --------------------------------------------------------------------------

    def _build(self) -> None:
        self.word.setProperty("role", "large")
        for label in (self.word, self.facts):
            label.setWordWrap(True)
        self.facts.setMinimumHeight(40)
        for field, low, high, suffix in (
            (self.reach, 1, 4000, " px"), (self.turn, 0, 180, "°"), (self.match, 10, 99, " %"),
        ):  # fmt: skip
            field.setRange(low, high)
            field.setDecimals(0)
            field.setSuffix(suffix)
            field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            field.editingFinished.connect(self._on_edited)
        self.method_box.activated.connect(self._on_method)
        form = QFormLayout()
        form.setVerticalSpacing(6)
        fields = (self.method_box, self.reach, self.turn, self.match)
        for label, field in zip(self._names, fields, strict=True):
            label.setMinimumHeight(40)
            form.addRow(label, field)
        holder = QWidget()
        holder.setLayout(form)
        side = QVBoxLayout()
        side.addWidget(panel(self.word, self.facts))
        side.addWidget(self.live, 1)
        side.addWidget(panel(holder))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.editor, 3)
        row.addLayout(side, 2)
        self.setFocusProxy(self.editor)
        self.state.changed.connect(self._show_fields)

    def _show_fields(self) -> None:
        anchor = self.state.recipe.anchor
        for field in (self.reach, self.turn, self.match):
            field.setEnabled(anchor is not None)
        if anchor is None:
            anchor = _USUAL
        with (
            QSignalBlocker(self.reach),
            QSignalBlocker(self.turn),
            QSignalBlocker(self.match),
        ):
            self.reach.setValue(anchor.reach_px)
            self.turn.setValue(anchor.max_turn_deg)
            self.match.setValue(100 * anchor.least_match)
            if anchor is not _USUAL:
                self.method_box.setCurrentIndex(self.method_box.findData(anchor.method))

    def _on_edited(self) -> None:
        recipe = self.state.recipe
        if recipe.anchor is None:
            return
        values = {
            "reach_px": round(self.reach.value()),
            "max_turn_deg": self.turn.value(),
            "least_match": self.match.value() / 100,
        }
        anchor = recipe.anchor.model_copy(update=values)
        self.state.change_recipe(recipe.model_copy(update={"anchor": anchor}))

    def _on_method(self, _: int) -> None:
        """Make the anchor anew in the other way."""
        recipe = self.state.recipe
        if recipe.anchor is None or recipe.anchor.method == self.method():
            return
        self.state.change_recipe(recipe.model_copy(update={"anchor": None}))
        self.keep()


def _place_words(place: Placement) -> str:
    """Return match, shift and turn in words, without a sign that has to be explained."""
    across = tr("{px} px to the right") if place.dx_px >= 0 else tr("{px} px to the left")
    down = tr("{px} px down") if place.dy_px >= 0 else tr("{px} px up")
    clockwise, against = tr("turned {turn}° clockwise"), tr("turned {turn}° against the clock")
    turn = clockwise if place.turn_deg >= 0 else against
    if abs(place.turn_deg) < _NO_TURN:
        turn = tr("not turned")
    return " · ".join(
        (
            tr("Match {match} %").format(match=f"{100 * place.match:.0f}"),
            across.format(px=f"{abs(place.dx_px):.1f}"),
            down.format(px=f"{abs(place.dy_px):.1f}"),
            turn.format(turn=f"{abs(place.turn_deg):.1f}"),
        )
    )
