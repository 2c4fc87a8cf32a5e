"""The live screen: what is before the camera, its verdict, and what to do."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PyQt5.QtCore import QEvent, Qt, QTimer, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QAction, QWidget

from app.i18n import N_, tr
from app.inspection.preview import Preview
from app.inspection.reasons import explain
from app.inspection.record import InspectionRecord
from app.station.picture import LivePicture, Picture
from app.station.station import Station
from app.station.status import StationStatus
from app.store.evidence import EvidenceStore
from app.ui import facts, images, liveness
from app.ui.liveness import Shown
from app.ui.ng_history import NgHistory, picture_of
from app.ui.screens.live_layout import LiveLayout
from app.ui.verdict_look import BLIND, FAULT, LOOKS, Look
from app.ui.widgets import image_view
from app.ui.widgets.override_dialog import OverrideDialog
from app.ui.widgets.shift_dialog import ShiftDialog

_TICK_MS = 250
_HINTS: dict[Look, str] = {
    BLIND: N_("Parts that pass now are not judged."),
    FAULT: N_("Read the message at the top, then acknowledge it."),
}


class LiveScreen(QWidget):
    """Shows what the station announces; never waits, reads no file, asks no model.

    Signals:
        false_call_wanted: An operator says that a part is good. arg: its record id.
        looked: What the banner says, or the state behind it, was brought up to date.
    """

    false_call_wanted = pyqtSignal(str)
    looked = pyqtSignal()

    def __init__(
        self,
        station: Station,
        actions: dict[str, QAction],
        evidence: Path,
        parent: QWidget | None = None,
    ) -> None:
        """Build the screen and listen to the station.

        Args:
            station: What is shown.
            actions: By key, as `app.ui.actions.build` returns them.
            evidence: Folder of the evidence files.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        # Space must neither type into a field nor press a button: it judges one part.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName("screen")
        self._station = station
        self._status = station.status()
        self._shown: Shown | None = None
        self._shown_since = 0.0
        self._newest_taken = 0.0
        self.layout_ = LiveLayout(self, actions)
        self.history = NgHistory(self.layout_.strip, EvidenceStore(evidence), self)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._refresh)
        self._connect()
        self._tick.start()
        self._on_status_changed(self._status)

    @property
    def status(self) -> StationStatus:
        """The newest status that the station announced."""
        return self._status

    @property
    def look(self) -> Look:
        """What the banner says."""
        return self.layout_.banner.look

    def shown_record(self) -> InspectionRecord | None:
        """Return the record of the part on the screen."""
        return self._shown.record if self._shown else None

    def set_scale(self, scale: float) -> None:
        """Fit letters and targets to the window's size."""
        self.layout_.set_scale(scale)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.layout_.retranslate()
            self._on_status_changed(self._status)

    def _connect(self) -> None:
        self._station.status_changed.connect(self._on_status_changed)
        self._station.inspected.connect(self._on_inspected)
        self._station.picture_ready.connect(self._on_picture_ready)
        self._station.reviewed.connect(self.history.mark_false_call)
        layout = self.layout_
        layout.lot_fields.lot_entered.connect(self._on_lot_entered)
        layout.strip.chosen.connect(self.open_part)
        layout.opacity.valueChanged.connect(self._on_opacity_changed)
        layout.fault.override_wanted.connect(self._on_override_wanted)
        layout.shift_button.clicked.connect(self._on_shift_wanted)

    @pyqtSlot(object)
    def _on_status_changed(self, status: StationStatus) -> None:
        self._status = status
        layout = self.layout_
        layout.counters.show_counts(facts.counts_of(status.tally))
        layout.lot_fields.show_product(facts.product_of(status))
        layout.lot_fields.show_lot(status.context.lot)
        layout.show_state(status, has_ng=bool(self.history.newest))
        for key, (text, alarm) in facts.status_values(status).items():
            layout.status_bar.show_value(key, text, alarm)
        layout.fault.show_fault(*facts.alarm_of(status))
        layout.fault.show_override(status.golden.can_be_overridden)
        layout.make_room()
        self._refresh()

    @pyqtSlot()
    def _on_picture_ready(self) -> None:
        picture = self._station.take_picture()
        if picture is not None:
            self._show(picture)

    @pyqtSlot(object)
    def _on_inspected(self, record: InspectionRecord) -> None:
        """Fill the strip; a part without any picture still shows its verdict."""
        self.history.add_record(record)
        self.layout_.allow_false_call(bool(self.history.newest))
        if record.frame_width == 0 and record.taken_monotonic > self._newest_taken:
            self._remember(record, record.taken_utc, record.taken_monotonic)
            self.layout_.view.set_placeholder(image_view.PART_WITHOUT_PICTURE)
            self.layout_.view.show_picture(None)
            self._refresh()

    @pyqtSlot(str)
    def _on_lot_entered(self, lot: str) -> None:
        self._station.set_context(lot=lot)

    @pyqtSlot(str)
    def open_part(self, record_id: str) -> None:
        """Show a part of the strip large."""
        dialog = self.history.open(record_id)
        if dialog is not None:
            dialog.false_call.connect(self.false_call_wanted)

    @pyqtSlot()
    def _on_shift_wanted(self) -> None:
        context, golden = self._status.context, self._status.golden
        dialog = ShiftDialog(context.shift, context.operator, golden.required, self)
        dialog.begun.connect(self._on_shift_begun)
        dialog.open()

    @pyqtSlot(str, str)
    def _on_shift_begun(self, shift: str, operator: str) -> None:
        lot = self._status.context.lot
        self._station.set_context(lot=lot, shift=shift, operator=operator)

    @pyqtSlot()
    def _on_override_wanted(self) -> None:
        """Ask who answers for going on although golden samples have moved."""
        check = self._status.golden.check
        if check is not None:
            dialog = OverrideDialog(check, self._status.context.operator, self)
            dialog.overridden.connect(self._on_overridden)
            dialog.open()

    @pyqtSlot(str, str)
    def _on_overridden(self, by: str, reason: str) -> None:
        self._station.golden.override(by, reason)

    @pyqtSlot(int)
    def _on_opacity_changed(self, percent: int) -> None:
        self.layout_.view.set_opacity(percent / 100)

    def _show(self, picture: Picture) -> None:
        if isinstance(picture, LivePicture):
            if self._is_held():
                return
            self._remember(None, datetime.now(UTC), picture.taken)
            self.layout_.view.show_picture(image_view.Picture(images.base_image(picture.image)))
        else:
            self._show_part(picture)
        self._refresh()

    def _show_part(self, preview: Preview) -> None:
        record = preview.record
        self._remember(record, record.taken_utc, record.taken_monotonic)
        self.layout_.view.show_picture(picture_of(preview))
        self.history.add_preview(preview)

    def _remember(self, record: InspectionRecord | None, at: datetime, taken: float) -> None:
        self._shown = Shown(record, at, 0.0)
        self._shown_since = time.monotonic()
        self._newest_taken = max(self._newest_taken, taken)

    def _is_held(self) -> bool:
        """Return whether a single shot's verdict has to stay on the screen a little longer."""
        judged = self._shown is not None and self._shown.record is not None
        return judged and time.monotonic() - self._shown_since < liveness.HOLD_S

    @pyqtSlot()
    def _refresh(self) -> None:
        """Bring everything that depends on picture, status and time up to date."""
        shown = self._shown
        if shown is not None:
            shown = replace(shown, age_s=time.monotonic() - self._shown_since)
        look = liveness.look_of(self._status, shown)
        layout = self.layout_
        layout.banner.show_look(look)
        layout.view.set_stale(liveness.stale_text(self._status, shown))
        record = shown.record if shown and look in LOOKS.values() else None
        layout.gauge.show_reading(facts.reading_of(record, self._status))
        layout.show_reason(_reason(look, record))
        self.looked.emit()


def _reason(look: Look, record: InspectionRecord | None) -> str:
    if record is not None:
        return explain(record)
    return tr(_HINTS.get(look, ""))
