"""Small pictures of judged parts with the outlines of what was found."""

from __future__ import annotations

import numpy as np

from app.camera.frame import Image
from app.errors import StoreError
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.report.document import Card
from app.store.encoding import encode_image
from app.store.evidence import EvidenceStore
from model.opencv import cv2

WIDTH, HEIGHT = 360, 288
_OUTLINE_BGR = (0, 79, 194)
_HALO_BGR = (255, 255, 255)


def card(record: InspectionRecord, lines: tuple[str, ...], evidence: EvidenceStore | None) -> Card:
    """Return a part with its picture, or with why there is none.

    Args:
        record: The part.
        lines: What is to be said of it.
        evidence: Where pictures lie; None if they are not to be shown.
    """
    if record.evidence is None:
        return Card(None, tr("No picture is kept."), lines)
    if evidence is None:
        return Card(None, tr("Pictures are left out."), lines)
    try:
        picture = evidence.load_image(record.evidence)
    except StoreError as error:
        return Card(None, str(error), lines)
    return Card(_jpeg(picture, record), "", lines)


def _jpeg(picture: Image, record: InspectionRecord) -> bytes:
    height, width = picture.shape[:2]
    factor = min(WIDTH / width, HEIGHT / height, 1.0)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    # INTER_AREA keeps thin scratches that nearest-neighbour drops.
    small = np.array(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    outlines = [
        np.round(np.array(region.polygon) * factor).astype(np.int32)
        for region in record.decision.regions
        if region.polygon
    ]
    for colour, thickness in ((_HALO_BGR, 3), (_OUTLINE_BGR, 1)):
        cv2.polylines(small, outlines, True, colour, thickness, cv2.LINE_AA)
    return encode_image(small, "jpg")
