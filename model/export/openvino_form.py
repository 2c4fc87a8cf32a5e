"""A checkpoint as OpenVINO IR, and how OpenVINO runs it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.detector import Scores
from model.errors import ModelError
from model.export.batches import in_batches
from model.export.onnx_form import FACTS, graph_of
from model.export.packages import need
from model.predictor import Predictor


def convert(predictor: Predictor, graph: Any = None) -> Any:
    """Return a checkpoint's network as `openvino.Model` for pictures of its size.

    It is made from the ONNX graph: OpenVINO's own reader of torch graphs (2026.4) knows fewer
    operations, and what it makes of AD-CLIP's side branch crashes when it is compiled.

    Args:
        predictor: On the CPU.
        graph: Its graph if it has been drawn already, see `graph_of`.

    Raises:
        ModelError: A package is missing, or the network cannot be held.
    """
    openvino: Any = need("openvino")
    drawn = graph_of(predictor) if graph is None else graph
    try:
        model = openvino.Core().read_model(model=drawn.SerializeToString())
    except RuntimeError as error:
        raise ModelError(f"OpenVINO cannot hold this network: {error}.") from error
    for entry in drawn.metadata_props:
        if entry.key in FACTS:
            model.set_rt_info(entry.value, ["adclip", entry.key])
    return model


def write_openvino(model: Any, path: Path) -> None:
    """Write IR, NAME.xml and NAME.bin beside it; both appear whole, the .xml last.

    Args:
        model: Of `convert`.
        path: Destination, ending in .xml.

    Raises:
        ModelError: It cannot be written.
    """
    openvino: Any = need("openvino")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}.") as folder:
            part = Path(folder) / path.name
            # Weights stay float32: halves would cost more parity than they save time.
            openvino.save_model(model, str(part), compress_to_fp16=False)
            part.with_suffix(".bin").replace(path.with_suffix(".bin"))
            part.replace(path)
    except OSError as error:
        raise ModelError(f"Cannot write {path}: {error.strerror or error}.") from error


class OpenVinoScore:
    """Scores pictures with OpenVINO on the CPU; for `model.predictor.predict_with`.

    Args:
        model: Path of an .xml file, or what `convert` returned.
        threads: Threads of the CPU; 0 for as many as there are cores.

    Attributes:
        batch: Pictures that the graph takes at once.

    Raises:
        ModelError: OpenVINO is missing or refuses the model.
    """

    def __init__(self, model: Any, threads: int = 0) -> None:
        openvino: Any = need("openvino")
        hints: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            # A CPU with bfloat16 would otherwise use it, and leave parity.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if threads:
            hints["INFERENCE_NUM_THREADS"] = threads
        try:
            core = openvino.Core()
            read = core.read_model(str(model)) if isinstance(model, Path) else model
            self._compiled = core.compile_model(read, "CPU", hints)
            self.batch = int(self._compiled.input(0).shape[0])
        except RuntimeError as error:
            raise ModelError(f"OpenVINO cannot run this network: {error}.") from error

    def __call__(self, images: Tensor) -> Scores:
        """Score (B, 3, S, S) float32, as many at once as the graph takes."""
        return in_batches(images, self.batch, self._run)

    def _run(self, images: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
        found = self._compiled(images)
        # The memory of the outputs belongs to the next pictures too.
        return [np.array(found[number]) for number in range(len(found))]


def threads_in_use() -> int:
    """Return the threads that the model may use, as set for torch."""
    return int(torch.get_num_threads())
