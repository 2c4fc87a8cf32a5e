"""Time of the model alone on one frame of the demo line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from app.bench.measurement import Measurement, median, p99, timed_ms
from app.camera.frame import Image
from app.camera.uri import source_for
from app.settings.recipes import DEMO
from model.predictor import Predictor


def measure_model(predictor: Predictor, repeats: int = 40) -> list[Measurement]:
    """Return the whole prediction and its network part on the demo recipe's region.

    The baseline is open_clip's own image encoder on the same tower, size and device: what the
    picture costs before anything is known of anomalies.
    """
    source = source_for("sim:seed=1,fps=0,size=1280x1024")
    source.open()
    x, y, width, height = DEMO.region_of_interest or (0, 0, 1280, 1024)
    image = source.read().image[y : y + height, x : x + width].copy()
    source.close()
    predictor.warm_up()
    network: list[float] = []

    def predict() -> None:
        network.append(predictor.predict(image).times.model_ms)

    spent = timed_ms(predict, repeats)
    plain = timed_ms(_plain_encoder(predictor, image), repeats)
    name = "open_clip encode_image"
    return [
        Measurement("model_ms", median(network[-repeats:]), "ms", name, median(plain)),
        Measurement("predict_ms", median(spent), "ms", name, median(plain)),
        Measurement("predict_p99_ms", p99(spent), "ms", name, p99(plain)),
    ]


def _plain_encoder(predictor: Predictor, image: Image) -> Callable[[], object]:
    """Return open_clip's own encoding of a picture, preprocessing included."""
    detector: Any = predictor.detector
    clip = detector.clip
    side = clip.visual.image_size
    preprocess = replace(detector.preprocess, size=side[0] if isinstance(side, tuple) else side)

    def encode() -> object:
        with torch.inference_mode():
            return clip.encode_image(preprocess(image).to(detector.device)).cpu()

    return encode
