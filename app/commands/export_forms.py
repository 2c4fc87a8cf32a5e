"""The forms that `export` writes, each compared with its checkpoint before it takes its place."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from app.inspection.recipe import Recipe
from app.inspection.verdict import decide
from model.detector import Scores
from model.errors import ModelError
from model.export.batches import AtEveryPlace
from model.export.exported import predictor_of
from model.export.onnx_form import OnnxScore, write_onnx
from model.export.openvino_form import OpenVinoScore, convert, threads_in_use, write_openvino
from model.export.packages import version_of
from model.export.parity import Parity, Verdict, compare, scale_of
from model.export.providers import Provider
from model.export.runtime import time_ratio
from model.predictor import Predictor, Score
from model.types import Calibration

Pictures = list[tuple[str, npt.NDArray[Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A graph that is to be written.

    Attributes:
        original: What it is compared with.
        timed: Whose time is 1.
        graph: `onnx.ModelProto` with its facts.
        limits: The graph's own.
        pictures: On which it is compared.
        is_exact: Whether it has to say the same as `original`.
        batch: Pictures at once.
        provider: What runs the ONNX file.
    """

    original: Predictor
    timed: Predictor
    graph: Any
    limits: Calibration
    pictures: Pictures
    is_exact: bool = True
    batch: int = 1
    provider: Provider = "cpu"


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One form that was written and compared, not yet in its place.

    Attributes:
        parity: The comparison.
        time_ratio: Its time as a share of PyTorch's.
        size_bytes: Of its files.
    """

    parity: Parity
    time_ratio: float
    size_bytes: int


Accept = Callable[[Made, Predictor], bool]
"""Asked with a form and the predictor that judges with it."""


def write_form(draft: Draft, out: Path, accept: Accept) -> Made:
    """Write one form and compare it; the file takes its place only if it is accepted.

    Args:
        draft: What is written.
        out: Destination; its suffix says which form.
        accept: Says whether it may take its place.

    Raises:
        ModelError: It cannot be written, or its runtime refuses it.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=out.parent, prefix=f".{out.stem}.", ignore_cleanup_errors=True
        ) as folder:
            part = Path(folder) / out.name
            # What runs the file lets go of it before it is moved.
            made, is_accepted = _tried(draft, part, accept)
            if is_accepted:
                _put_in_place(part, out)
    except OSError as error:
        raise ModelError(f"Cannot write {out}: {error.strerror or error}.") from error
    return made


def _tried(draft: Draft, part: Path, accept: Accept) -> tuple[Made, bool]:
    score = _running(draft, part)
    at_every_place = AtEveryPlace(score, draft.batch) if draft.batch > 1 else score
    judge = predictor_of(draft.original, at_every_place, draft.limits, "")
    limits = draft.original.calibration
    floor = limits.map_typical if math.isfinite(limits.map_typical) else -math.inf
    parity = compare(
        _form(part, draft.provider),
        draft.original.predict,
        judge.predict,
        draft.pictures,
        _verdict(limits),
        floor,
        scale=scale_of(limits),
        other_verdict=_verdict(draft.limits),
    )
    size = sum(file.stat().st_size for file in part.parent.iterdir() if file.is_file())
    single = predictor_of(draft.original, score, draft.limits, _form(part, draft.provider))
    made = Made(parity, _ratio(draft, score), size)
    return made, (parity.holds or not draft.is_exact) and accept(made, single)


def _running(draft: Draft, part: Path) -> Score:
    if part.suffix == ".onnx":
        write_onnx(draft.graph, part)
        return OnnxScore(part, threads_in_use(), draft.provider)
    write_openvino(convert(draft.original, draft.graph), part)
    return OpenVinoScore(part, threads_in_use())


def _ratio(draft: Draft, score: Score) -> float:
    """Return the time of a batch as a share of PyTorch's."""
    detector, image = draft.timed.detector, draft.pictures[0][1]
    if draft.batch == 1:
        other = predictor_of(draft.original, score, draft.limits, "")
        return time_ratio(lambda: draft.timed.predict(image), lambda: other.predict(image))
    side = detector.preprocess.size
    images = torch.rand(draft.batch, 3, side, side, generator=torch.Generator().manual_seed(0))

    def plain(images: Tensor) -> Scores:
        with torch.inference_mode():
            found: Scores = detector(images)
        return found

    return time_ratio(lambda: plain(images), lambda: score(images))


def _put_in_place(part: Path, out: Path) -> None:
    for suffix in (".bin", out.suffix):
        if part.with_suffix(suffix).exists():
            part.with_suffix(suffix).replace(out.with_suffix(suffix))


def _form(out: Path, provider: Provider) -> str:
    if out.suffix != ".onnx":
        return f"OpenVINO (openvino {version_of('openvino')})"
    if provider == "tensorrt":
        return f"TensorRT (onnxruntime-gpu {version_of('onnxruntime-gpu')})"
    return f"ONNX (onnxruntime {version_of('onnxruntime')})"


def _verdict(calibration: Calibration) -> Verdict:
    limits = Recipe(name="export").limits(calibration)
    return lambda prediction: decide(prediction.score, limits).verdict.value
