"""Time of the model by OpenVINO beside PyTorch, in turns, on one picture."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from app.bench.measurement import Measurement, median, timed_ms
from model.errors import ModelError
from model.export.openvino_form import OpenVinoScore, convert, threads_in_use, write_openvino
from model.export.packages import version_of
from model.export.runtime import OpenVinoPredictor, time_ratio
from model.export.trial_pictures import trial_pictures
from model.images import Picture
from model.predictor import Predictor


def measure_runtime(predictor: Predictor, repeats: int = 15) -> list[Measurement]:
    """Return the time of a prediction by OpenVINO; nothing where it cannot run the checkpoint.

    The baseline is PyTorch's time of the same run; the two are called in turns.
    """
    if predictor.detector.device.type != "cpu" or not version_of("openvino"):
        return []
    _, image = trial_pictures(predictor.detector.preprocess.size)[0]
    with TemporaryDirectory(prefix="adclip-bench-", ignore_cleanup_errors=True) as folder:
        try:
            file = Path(folder) / "model.xml"
            write_openvino(convert(predictor), file)
            other = OpenVinoPredictor(predictor, OpenVinoScore(file, threads_in_use()))
        except ModelError:
            return []
        return _compared(predictor, other, image, repeats)


def _compared(
    predictor: Predictor, other: Predictor, image: Picture, repeats: int
) -> list[Measurement]:
    ratio = time_ratio(lambda: predictor.predict(image), lambda: other.predict(image))
    plain = median(timed_ms(lambda: predictor.predict(image), repeats))
    return [Measurement("openvino_ms", ratio * plain, "ms", "PyTorch", plain)]
