"""The limits of a trained detector, from pictures that its weights were not made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.calibration import Sighting, calibrate
from model.data import Sample
from model.detector import Detector
from model.images import read_image
from model.predictor import predict_with
from model.training.interrupt import Cancelled
from model.training.material import defective_of, good_of
from model.training.shots import Split
from model.types import Calibration


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What a detector says of labelled pictures.

    Attributes:
        good: Of good pictures.
        defective: Of defective ones.
        trained_on: The pictures are those that the weights were made from, for want of others.
    """

    good: tuple[Sighting, ...]
    defective: tuple[Sighting, ...]
    trained_on: bool = False


def held_out(
    detector: Detector,
    parts: Split,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> HeldOut:
    """Judge the validation part; the good pictures of the training part where there is none.

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
    trained_on = not good
    if trained_on:
        good, defective = good_of(parts.train), ()
    seen: list[Sighting] = []
    for done, sample in enumerate((*good, *defective), start=1):
        if cancelled():
            raise Cancelled
        seen.append(_sighting(detector, sample))
        progress(done, len(good) + len(defective))
    return HeldOut(tuple(seen[: len(good)]), tuple(seen[len(good) :]), trained_on)


def limits_of(seen: HeldOut) -> Calibration:
    """Return the limits that follow.

    With defective pictures the limit is that of the best F1, else it follows from the good
    ones alone. Weights give lower scores to good pictures that they were made from, so limits
    on these are too low: false calls, not escapes; `method` says so.
    """
    method = f"{len(seen.good)} good and {len(seen.defective)} defective validation images"
    if seen.trained_on:
        method = f"{len(seen.good)} good images that were trained on: the limits are too low"
    return calibrate(list(seen.good), [one.score for one in seen.defective], method)


def _sighting(detector: Detector, sample: Sample) -> Sighting:
    found = predict_with(detector, detector.preprocess, detector.device, read_image(sample.path))
    return Sighting.of(found.score, found.anomaly_map)
