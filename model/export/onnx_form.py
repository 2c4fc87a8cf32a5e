"""A checkpoint as one ONNX file, and how ONNX Runtime runs it."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.atomic import whole_file
from model.checkpoint_header import METADATA_KEY
from model.checkpoint_seal import BLANK, SEAL_KEY
from model.detector import Scores
from model.errors import ModelError
from model.export.batches import check_batch, in_batches
from model.export.header import exported_header
from model.export.network import INPUT, exported, outputs
from model.export.onnx_header import sealed
from model.export.packages import need
from model.export.providers import Provider, session_of
from model.predictor import Predictor
from model.types import Calibration

LARGEST_BYTES = 2_000_000_000
"""What one ONNX file holds; the format counts its bytes in 31 bits."""

FACTS = (
    "checkpoint", "sha256", "detector", "backbone", "preprocess", "calibration", "class_names",
)  # fmt: skip
"""What other programs have to know beside a graph, as it is called in its metadata."""


def write_onnx(graph: Any, path: Path) -> None:
    """Write a checkpoint's network as an ONNX file; it appears whole or not at all.

    The graph takes (B, 3, S, S) float32 as the checkpoint's preprocessing makes it and gives
    score and map in the raw unit. What is needed beside the graph stands in its metadata:
    "preprocess", "calibration", "class_names", "checkpoint", "sha256"; and the header by which
    this program uses the file as a checkpoint, with a seal.

    Args:
        graph: Of `graph_of`, with `note` for other limits.
        path: Destination, ending in .onnx.
    """
    with whole_file(path) as part:
        part.write_bytes(sealed(graph.SerializeToString()))


def graph_of(predictor: Predictor, batch: int = 1) -> Any:
    """Return a checkpoint's network with what is needed beside it, as `onnx.ModelProto`.

    Args:
        predictor: On the CPU.
        batch: Pictures at once.

    Raises:
        ModelError: A package is missing, the detector cannot be exported, or it is too large.
    """
    onnx: Any = need("onnx", "onnxscript")
    if _bytes_of(predictor) > LARGEST_BYTES:
        raise ModelError("The network is too large for one ONNX graph.")
    graph = exported(predictor.detector, check_batch(batch))
    names = list(outputs(predictor.detector))
    with warnings.catch_warnings():
        # What the exporter warns of are its own coming changes, not this network.
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                graph, (), dynamo=True, input_names=[INPUT], output_names=names, verbose=False
            )
        except RuntimeError as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModelError(f"ONNX cannot hold this network ({reason})") from error
    if program is None:
        raise ModelError(f"The checkpoint {predictor.info.name} could not be exported to ONNX.")
    made = program.model_proto
    note(made, predictor)
    onnx.checker.check_model(made)
    return made


def note(
    graph: Any,
    predictor: Predictor,
    calibration: Calibration | None = None,
    extra: dict[str, Any] | None = None,
) -> None:
    """Write into a graph what has to be known beside it, in place of what stood there.

    Args:
        graph: `onnx.ModelProto`.
        predictor: What it was made of.
        calibration: The graph's own limits; those of the predictor if left out.
        extra: How it was made lighter, JSON values.
    """
    limits = calibration or predictor.calibration
    header = exported_header(predictor, limits, extra or {}).to_metadata()
    texts = facts(predictor, limits) | {METADATA_KEY: header[METADATA_KEY], SEAL_KEY: BLANK}
    del graph.metadata_props[:]
    for key, value in texts.items():
        entry = graph.metadata_props.add()
        entry.key, entry.value = key, value


def facts(predictor: Predictor, calibration: Calibration | None = None) -> dict[str, str]:
    """Return what other programs have to know beside the graph, all as text.

    Args:
        predictor: What the graph was made of.
        calibration: The graph's own limits; those of the predictor if left out.
    """
    info, detector = predictor.info, predictor.detector
    limits = calibration or predictor.calibration
    known = {"limit": _known(limits.limit), "map_limit": _known(limits.map_limit)}
    texts = (
        info.name, info.sha256, info.detector, info.backbone,
        json.dumps(detector.preprocess.to_json()), json.dumps(known),
        json.dumps(list(detector.class_names)),
    )  # fmt: skip
    return dict(zip(FACTS, texts, strict=True))


class OnnxScore:
    """Scores pictures with an ONNX file; for `model.predictor.predict_with`.

    Args:
        path: The file.
        threads: Threads of the CPU; 0 for as many as there are cores.
        provider: What runs it.

    Attributes:
        batch: Pictures that the graph takes at once.
        side: Of the square input, pixels.

    Raises:
        ModelError: onnxruntime is missing or refuses the file, or the provider is not to be had.
    """

    def __init__(self, path: Path, threads: int = 0, provider: Provider = "cpu") -> None:
        self._session = session_of(path, threads, provider)
        shape = self._session.get_inputs()[0].shape
        self.batch, self.side = int(shape[0]), int(shape[-1])

    def __call__(self, images: Tensor) -> Scores:
        """Score (B, 3, S, S) float32, as many at once as the graph takes."""
        return in_batches(images, self.batch, self._run)

    def _run(self, images: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
        return list(self._session.run(None, {INPUT: images}))


def _known(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None


def _bytes_of(predictor: Predictor) -> int:
    """Return an upper bound of the weights in the graph."""
    detector: Any = predictor.detector
    text = detector.clip.get_submodule("transformer") if hasattr(detector, "clip") else None
    skipped = sum(p.numel() for p in text.parameters()) if text is not None else 0
    held = sum(one.numel() for one in (*detector.parameters(), *detector.buffers()))
    return 4 * int(held - skipped)
