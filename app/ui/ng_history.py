"""The last NG parts of this session: their records, their pictures, their thumbnails."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from PyQt5 import sip
from PyQt5.QtCore import QObject, QRectF, QSize, Qt
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QWidget

from app import log
from app.inspection.explaining import note_of
from app.inspection.preview import Contour as PreviewContour
from app.inspection.preview import Preview
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.station import tasks
from app.store.evidence import EvidenceStore
from app.ui import images
from app.ui.facts import facts_of
from app.ui.stored_preview import stored_preview
from app.ui.widgets.image_view import Contour, Picture
from app.ui.widgets.ng_strip import LENGTH, NgStrip, Thumbnail
from app.ui.widgets.part_dialog import PartDialog

_THUMBNAIL = QSize(200, 160)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    record: InspectionRecord
    false_call: bool = False


def picture_of(preview: Preview) -> Picture:
    """Return a preview as the picture that the view draws; the overlay is coloured here, once."""
    base = images.base_image(preview.image)
    contours, judged = _points(preview.contours), _points(preview.judged)
    bare = Picture(base, contours=contours, judged=judged, excluded=_points(preview.excluded))
    box = images.visible_heat(preview.heat)
    if box is None:
        return bare
    x, y, width, height = box
    overlay = images.heat_image(preview.heat[y : y + height, x : x + width])
    return replace(bare, overlay=overlay, overlay_box=box, note=note_of(preview.record))


def _points(contours: tuple[PreviewContour, ...]) -> tuple[Contour, ...]:
    return tuple(tuple((float(x), float(y)) for x, y in line) for line in contours)


class _Load:
    """One reading of a part's evidence, on a pool thread."""

    def __init__(
        self, record: InspectionRecord, evidence: EvidenceStore, success: Callable[[Preview], None]
    ) -> None:
        self._record = record
        self._evidence = evidence
        self._success = success

    def read(self) -> Preview | None:
        """Return picture and heat as they were judged; runs on a pool thread."""
        return stored_preview(self._record, self._evidence)

    def done(self, found: Preview | None) -> None:
        """Hand the picture on."""
        if found is not None:
            self._success(found)

    def failed(self, error: Exception) -> None:
        """Leave the place without a picture; the log says why."""
        log.ui.info("no picture of part %s: %s", self._record.id, error)


def _small(image: QImage) -> QImage:
    aspect, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return image.scaled(_THUMBNAIL, aspect, smooth)


def _thumbnail(preview: Preview) -> QImage:
    """Return a small picture with the heat on it, so that the place can be seen.

    Heat that needs a note is left out: there is no room to read it.
    """
    picture = picture_of(preview)
    small = _small(picture.base)
    if picture.overlay is None or picture.note:
        return small
    factor = small.width() / picture.base.width()
    box = QRectF(*(value * factor for value in picture.overlay_box))
    return images.with_overlay(small, picture.overlay, box, 0.8)


class NgHistory(QObject):
    """Fills the strip: the row comes when it is committed, the picture when it was shown.

    A part whose picture was replaced by a newer one before the window took it gets its
    picture from the evidence file.
    """

    def __init__(self, strip: NgStrip, evidence: EvidenceStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._strip = strip
        self._evidence = evidence
        self._window = parent
        self._parts: OrderedDict[str, _Part] = OrderedDict()
        self._previews: OrderedDict[str, Preview] = OrderedDict()

    @property
    def newest(self) -> str:
        """Record id of the newest NG part that is not marked as false call, "" if none."""
        ids = (key for key, part in reversed(self._parts.items()) if not part.false_call)
        return next(ids, "")

    def record(self, record_id: str) -> InspectionRecord | None:
        """Return a part's record while it is in the strip."""
        part = self._parts.get(record_id)
        return part.record if part else None

    def add_preview(self, preview: Preview) -> None:
        """Keep the picture of an NG part; others are ignored."""
        if preview.record.verdict is not Verdict.NG:
            return
        self._previews[preview.record.id] = preview
        while len(self._previews) > LENGTH + 4:
            self._previews.popitem(last=False)
        if preview.record.id in self._parts:
            self._strip.set_image(preview.record.id, _thumbnail(preview))

    def add_record(self, record: InspectionRecord) -> None:
        """Put a stored NG part into the strip; others are ignored."""
        if record.verdict is not Verdict.NG or record.id in self._parts:
            return
        self._parts[record.id] = _Part(record)
        while len(self._parts) > LENGTH:
            self._parts.popitem(last=False)
        preview = self._previews.get(record.id)
        when = record.taken_utc.astimezone().strftime("%H:%M:%S")
        image = _thumbnail(preview) if preview else None
        self._strip.add(Thumbnail(record.id, when, image))
        if preview is None:
            self._fetch(record, self._on_thumbnail_read)

    def mark_false_call(self, record_id: str) -> None:
        """Show that a part was marked."""
        part = self._parts.get(record_id)
        if part is not None:
            self._parts[record_id] = _Part(part.record, false_call=True)
        self._strip.mark_false_call(record_id)

    def open(self, record_id: str) -> PartDialog | None:
        """Return a dialog on one part, shown; None if it has left the strip."""
        part = self._parts.get(record_id)
        if part is None:
            return None
        dialog = PartDialog(record_id, facts_of(part.record), self._window)
        if part.false_call:
            dialog.show_false_call()
        preview = self._previews.get(record_id)
        if preview is not None:
            dialog.show_picture(picture_of(preview))
        else:
            self._fetch(part.record, self._on_picture_read)
        dialog.resize(self._window.size() * 0.85)
        dialog.open()
        return dialog

    def _fetch(self, record: InspectionRecord, success: Callable[[Preview], None]) -> None:
        """Read a part's evidence on a pool thread; without evidence the place stays empty."""
        job = _Load(record, self._evidence, success)
        tasks.run(job.read, job.done, job.failed)

    def _on_thumbnail_read(self, found: Preview) -> None:
        # The window may have been closed while the file was read.
        if not sip.isdeleted(self._strip):
            self._strip.set_image(found.record.id, _thumbnail(found))

    def _on_picture_read(self, found: Preview) -> None:
        if sip.isdeleted(self._window):
            return
        for dialog in self._window.findChildren(PartDialog):
            if dialog.record_id == found.record.id:
                dialog.show_picture(picture_of(found))
