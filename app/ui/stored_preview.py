"""A stored part as it looked when it was judged, from its evidence files."""

from __future__ import annotations

from app.camera.frame import Frame
from app.inspection.judgement import Inspection
from app.inspection.preview import Preview, preview
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.store.evidence import EvidenceStore
from model.types import Prediction, PredictionTimes

_SIDE = 1280


def stored_preview(record: InspectionRecord, evidence: EvidenceStore) -> Preview | None:
    """Return picture, heat and contours of a stored part; None if no evidence was kept.

    Reads and decodes files, so not on the GUI thread.

    Raises:
        StoreError: A file is gone, changed or damaged.
    """
    if record.evidence is None:
        return None
    image = evidence.load_image(record.evidence)
    anomaly_map = evidence.load_map(record.evidence)
    prediction = None
    if anomaly_map is not None and record.score is not None:
        prediction = Prediction(record.score, anomaly_map, PredictionTimes(0, 0, 0))
    frame = Frame(image, 0, record.taken_monotonic, record.taken_utc, record.source)
    # The recipe plays no part in how a judged part looks: limits are in the record.
    return preview(Inspection(record, prediction, frame, Recipe(name=record.recipe)), _SIDE)
