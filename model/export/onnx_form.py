"""A checkpoint as one ONNX file, and how ONNX Runtime runs it."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.atomic import whole_file
from model.detector import Scores
from model.errors import ModelError
from model.export.network import INPUT, exported, outputs
from model.export.packages import need
from model.predictor import Predictor

LARGEST_BYTES = 2_000_000_000
"""What one ONNX file holds; the format counts its bytes in 31 bits."""


def write_onnx(graph: Any, path: Path) -> None:
    """Write a checkpoint's network as an ONNX file; it appears whole or not at all.

    The graph takes (1, 3, S, S) float32 as the checkpoint's preprocessing makes it and gives
    score and map in the raw unit. What is needed beside the graph stands in its metadata:
    "preprocess", "calibration", "class_names", "checkpoint", "sha256".

    Args:
        graph: Of `graph_of`.
        path: Destination, ending in .onnx.
    """
    with whole_file(path) as part:
        part.write_bytes(graph.SerializeToString())


def graph_of(predictor: Predictor) -> Any:
    """Return a checkpoint's network with what is needed beside it, as `onnx.ModelProto`.

    Args:
        predictor: On the CPU.

    Raises:
        ModelError: A package is missing, the detector cannot be exported, or it is too large.
    """
    onnx: Any = need("onnx", "onnxscript")
    if _bytes_of(predictor) > LARGEST_BYTES:
        raise ModelError("The network is too large for one ONNX graph.")
    graph = exported(predictor.detector)
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
    for key, value in facts(predictor).items():
        entry = made.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(made)
    return made


def facts(predictor: Predictor) -> dict[str, str]:
    """Return what has to be known beside the graph, all as text."""
    info, detector = predictor.info, predictor.detector
    limits = predictor.calibration
    return {
        "checkpoint": info.name,
        "sha256": info.sha256,
        "detector": info.detector,
        "backbone": info.backbone,
        "preprocess": json.dumps(detector.preprocess.to_json()),
        "calibration": json.dumps(
            {"limit": _known(limits.limit), "map_limit": _known(limits.map_limit)}
        ),
        "class_names": json.dumps(list(detector.class_names)),
    }


class OnnxScore:
    """Scores pictures with an ONNX file; for `model.predictor.predict_with`.

    Args:
        path: The file.
        threads: Threads of the CPU; 0 for as many as there are cores.

    Raises:
        ModelError: onnxruntime is missing or refuses the file.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        runtime: Any = need("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = runtime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # The runtime's own exceptions have no common base but Exception.
            raise ModelError(f"ONNX Runtime cannot use {path}: {error}.") from error

    def __call__(self, images: Tensor) -> Scores:
        """Score (B, 3, S, S) float32, one picture after the other."""
        rows = [self._session.run(None, {INPUT: one[None].numpy()}) for one in images]
        return scores_from(rows)


def scores_from(rows: list[Any]) -> Scores:
    """Return the scores of a batch from the outputs of its pictures, in order."""
    joined = [torch.from_numpy(np.concatenate(parts)) for parts in zip(*rows, strict=True)]
    return Scores(joined[0], joined[1], joined[2] if len(joined) > 2 else None)


def _known(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None


def _bytes_of(predictor: Predictor) -> int:
    """Return an upper bound of the weights in the graph."""
    detector: Any = predictor.detector
    text = detector.clip.get_submodule("transformer") if hasattr(detector, "clip") else None
    skipped = sum(p.numel() for p in text.parameters()) if text is not None else 0
    return 4 * int(sum(p.numel() for p in detector.parameters()) - skipped)
