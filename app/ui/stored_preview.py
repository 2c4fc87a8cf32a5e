"""A stored part as it looked when it was judged, from its evidence files."""

from __future__ import annotations

from app.camera.frame import Frame, Image
from app.errors import StoreError
from app.i18n import tr
from app.inspection.explaining import note_of
from app.inspection.judgement import Inspection
from app.inspection.preview import Preview, preview, pyramid
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.store.evidence import EvidenceStore
from app.ui import images
from app.ui.widgets.zoom_view import ZoomPicture
from model.types import FloatMap, Prediction, PredictionTimes

_SIDE = 1280
_LEAST_SIDE = 400


def stored_preview(record: InspectionRecord, evidence: EvidenceStore) -> Preview | None:
    """Return picture, heat and contours of a stored part; None if no evidence was kept.

    Reads and decodes files, so not on the GUI thread.

    Raises:
        StoreError: A file is gone, changed or damaged.
    """
    if record.evidence is None:
        return None
    image = evidence.load_image(record.evidence)
    return _preview(record, image, evidence.load_map(record.evidence))


def stored_picture(record: InspectionRecord, evidence: EvidenceStore) -> ZoomPicture:
    """Return a stored part in full resolution, to be magnified.

    Reads and decodes files, so not on the GUI thread.

    Raises:
        StoreError: The picture was not kept, or its file is gone, changed or damaged.
    """
    if record.frame_width == 0:
        raise StoreError(tr("The camera gave no picture of this part."))
    if record.evidence is None:
        raise StoreError(tr("The picture of this part was not kept."))
    image = evidence.load_image(record.evidence)
    return _picture(record, image, evidence.load_map(record.evidence))


def stored_bare_picture(record: InspectionRecord, evidence: EvidenceStore) -> ZoomPicture:
    """Return a stored part as `stored_picture` does, but without its heatmap.

    Raises:
        StoreError: The picture was not kept, or its file is gone, changed or damaged.
    """
    if record.evidence is None:
        raise StoreError(tr("The picture of this part was not kept."))
    return _picture(record, evidence.load_image(record.evidence), None)


def _picture(record: InspectionRecord, image: Image, anomaly_map: FloatMap | None) -> ZoomPicture:
    levels = tuple(images.base_image(level) for level in pyramid(image, _LEAST_SIDE))
    # Pixel i covers [i, i + 1), so its centre lies half a pixel further.
    contours = tuple(
        tuple((x + 0.5, y + 0.5) for x, y in region.polygon) for region in record.decision.regions
    )
    shown = _preview(record, image, anomaly_map)
    box = None if shown is None else images.visible_heat(shown.heat)
    if shown is None or box is None:
        return ZoomPicture(levels, contours=contours)
    x, y, width, height = box
    overlay = images.heat_image(shown.heat[y : y + height, x : x + width])
    in_frame = (x / shown.scale, y / shown.scale, width / shown.scale, height / shown.scale)
    return ZoomPicture(levels, overlay, in_frame, contours, note_of(record))


def _preview(
    record: InspectionRecord, image: Image, anomaly_map: FloatMap | None
) -> Preview | None:
    prediction = None
    if anomaly_map is not None and record.score is not None:
        prediction = Prediction(record.score, anomaly_map, PredictionTimes(0, 0, 0))
    frame = Frame(image, 0, record.taken_monotonic, record.taken_utc, record.source)
    # The recipe plays no part in how a judged part looks: limits are in the record.
    return preview(Inspection(record, prediction, frame, Recipe(name=record.recipe)), _SIDE)
