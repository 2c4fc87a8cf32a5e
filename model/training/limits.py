"""The limits of a trained detector, from pictures that its weights were not made from."""

from __future__ import annotations

from collections.abc import Callable

from model.calibration import Sighting, calibrate
from model.data import Sample
from model.detector import Detector
from model.images import read_image
from model.predictor import predict_with
from model.training.interrupt import Cancelled
from model.training.material import defective_of, good_of
from model.training.shots import Split
from model.types import Calibration


def limits(
    detector: Detector,
    parts: Split,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Calibration:
    """Return the limits on the validation part; on the training part where there is none.

    With defective validation pictures the limit is that of the best F1, else it follows
    from the good ones alone. Weights give lower scores to good pictures that they were
    made from, so limits on these are too low: false calls, not escapes; `method` says so.

    Args:
        detector: With its final weights.
        parts: The split of the run.
        progress: Called with (pictures judged, pictures in all).
        cancelled: Asked between two pictures.

    Raises:
        Cancelled: It was asked for.
        DatasetError: A picture cannot be read.
        ModelError: A picture cannot be judged.
    """
    good, defective = good_of(parts.validation), defective_of(parts.validation)
    method = f"{len(good)} good and {len(defective)} defective validation images"
    if not good:
        good, defective = good_of(parts.train), ()
        method = f"{len(good)} good images that were trained on: the limits are too low"
    total = len(good) + len(defective)
    seen: list[Sighting] = []
    for done, sample in enumerate((*good, *defective), start=1):
        if cancelled():
            raise Cancelled
        seen.append(_sighting(detector, sample))
        progress(done, total)
    scores = [one.score for one in seen[len(good) :]]
    return calibrate(seen[: len(good)], scores, method)


def _sighting(detector: Detector, sample: Sample) -> Sighting:
    found = predict_with(detector, detector.preprocess, detector.device, read_image(sample.path))
    return Sighting.of(found.score, found.anomaly_map)
