"""Time of the model alone on one frame of the demo line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torchvision.models.resnet import ResNet

from app.bench.measurement import Measurement, median, p99, timed_ms
from app.camera.frame import Image
from app.camera.uri import source_for
from app.settings.recipes import DEMO
from model.predictor import Predictor


def measure_model(predictor: Predictor, repeats: int = 40) -> list[Measurement]:
    """Return the whole prediction and its network part on the demo recipe's region.

    The baseline is the frozen network that the detector looks through, alone: open_clip's own
    image encoder on the same tower, or torchvision's ResNet, at its size on the same device. It is
    what the picture costs before anything is known of anomalies.
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
    network_ms = network[-repeats:]
    name, encode = _plain_network(predictor, image)
    if encode is None:
        return [
            Measurement("model_ms", median(network_ms), "ms"),
            Measurement("predict_ms", median(spent), "ms"),
            Measurement("predict_p99_ms", p99(spent), "ms"),
        ]
    plain = timed_ms(encode, repeats)
    return [
        Measurement("model_ms", median(network_ms), "ms", name, median(plain)),
        Measurement("predict_ms", median(spent), "ms", name, median(plain)),
        Measurement("predict_p99_ms", p99(spent), "ms", name, p99(plain)),
    ]


def _plain_network(predictor: Predictor, image: Image) -> tuple[str, Callable[[], object] | None]:
    """Return the name of the frozen network that the detector looks through, and what runs it.

    Preprocessing is included; None for a detector that has no such network.
    """
    detector = predictor.detector
    for module in detector.modules():
        if hasattr(module, "encode_image"):
            clip: Any = module
            side = clip.visual.image_size
            size = side[0] if isinstance(side, tuple) else side
            return "open_clip encode_image", _encoder(clip.encode_image, predictor, image, size)
        if isinstance(module, ResNet):
            size = detector.preprocess.size
            return "torchvision's ResNet", _encoder(module, predictor, image, size)
    return "", None


def _encoder(
    network: Callable[[Any], Any], predictor: Predictor, image: Image, size: int
) -> Callable[[], object]:
    detector = predictor.detector
    preprocess = replace(detector.preprocess, size=size)

    def encode() -> object:
        with torch.inference_mode():
            return network(preprocess(image).to(detector.device)).cpu()

    return encode
