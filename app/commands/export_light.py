"""`export --int8` and `--prune`: a lighter graph, its limits, and what it costs."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from app.commands.export_forms import Pictures
from app.commands.export_pictures import files_of
from app.errors import UsageError
from model.data import Sample
from model.datasets.collection import read_collection
from model.evaluate import Evaluation
from model.export.exported import predictor_of
from model.export.onnx_form import OnnxScore, graph_of, note, write_onnx
from model.export.openvino_form import threads_in_use
from model.images import check_size, read_image, to_bgr
from model.lightening.int8 import in_eight_bits
from model.lightening.limits import Moved, moved
from model.lightening.loss import Loss, judged_samples, loss_between, sightings
from model.lightening.pruning import Pruned, pruned
from model.predictor import Predictor
from model.types import Calibration

MOST_LOSS = 0.02
_LEARNED_FROM = 64
_PRUNED_FROM = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of lightening."""
    group = parser.add_argument_group(
        "lighter forms, measured on --data and refused where they lose too much"
    )
    group.add_argument("--int8", action="store_true", help="count with 8 bits in heavy layers")
    group.add_argument(
        "--prune", type=float, metavar="SHARE", help="drop this share of inner channels, 0.05..0.9"
    )
    group.add_argument(
        "--data", type=Path, metavar="ROOT", help="labelled data set on which the loss is measured"
    )
    group.add_argument("--dataset", metavar="NAME", help="which known data set it is")
    group.add_argument(
        "--most-loss",
        type=float,
        default=MOST_LOSS,
        metavar="X",
        help=f"image AUROC that may be lost ({MOST_LOSS:g}); beyond, nothing is written",
    )


def is_wanted(options: argparse.Namespace) -> bool:
    """Return whether a lighter form is asked for."""
    return bool(options.int8) or options.prune is not None


def check(options: argparse.Namespace) -> None:
    """Refuse what cannot be meant.

    Raises:
        UsageError: The data set is missing, or is there without a use.
    """
    if is_wanted(options) and options.data is None:
        raise UsageError(
            "--int8 and --prune need --data ROOT, labelled pictures on which the loss is measured."
        )
    if options.data is not None and not is_wanted(options):
        raise UsageError("--data goes with --int8 or --prune; leave it out.")
    if not 0 <= options.most_loss <= 1:
        raise UsageError(f"--most-loss is {options.most_loss:g}; it must be 0 to 1.")


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """A lighter graph.

    Attributes:
        original: The checkpoint.
        exact: What the graph must say the same as: the checkpoint, or its pruned copy.
        graph: `onnx.ModelProto` with its facts.
        limits: Its own limits and how they came about.
        pruned: What was taken out, if anything.
        is_int8: Whether it counts with 8 bits; it then says the same as nothing else.
        before: What the checkpoint says of the labelled pictures.
        after: What the graph says of them by ONNX Runtime on the CPU.
        samples: Those pictures.
        is_elsewhere: Whether its ONNX file runs by something else than that.
        losses: What was measured of each form, by its name.
    """

    original: Predictor
    exact: Predictor
    graph: Any
    limits: Moved
    pruned: Pruned | None
    is_int8: bool
    before: Evaluation
    after: Evaluation
    samples: tuple[Sample, ...]
    is_elsewhere: bool = False
    losses: dict[str, Loss] = field(default_factory=dict)

    def measured(self, name: str, lighter: Predictor) -> Loss:
        """Measure what a form of it costs."""
        is_same = Path(name).suffix == ".onnx" and not self.is_elsewhere
        after = self.after if is_same else _judged(lighter, self.samples, f"test {Path(name).name}")
        limits = (self.original.calibration, self.limits.calibration)
        self.losses[name] = loss_between(self.before, after, limits)
        return self.losses[name]

    def to_json(self) -> dict[str, Any]:
        """Return how it was made, JSON values."""
        return {
            "int8": self.is_int8,
            "pruned": None if self.pruned is None else asdict(self.pruned),
            "limit_moved": self.limits.score,
            "map_limit_moved": self.limits.map,
        }

    def to_text(self) -> str:
        """Return how it was made, for people."""
        parts = [] if self.pruned is None else [self.pruned.to_text()]
        parts += ["counts with 8 bits in convolutions and linear layers"] * self.is_int8
        return "\n".join([*parts, self.limits.to_text()])


def lightened(options: argparse.Namespace, predictor: Predictor, batch: int) -> Light:
    """Make a checkpoint lighter as the options ask for, and judge the data set with it.

    Raises:
        ModelError: It cannot be made lighter; the sentence says why.
        DatasetError: There are no pictures to learn from or to measure on.
    """
    collection = read_collection(options.data, options.dataset)
    given = _learned_from(options.pictures, [one.path for one in collection.train])
    exact, facts = predictor, None
    if options.prune is not None:
        detector, facts = pruned(
            predictor.detector, options.prune, [one for _, one in given[:_PRUNED_FROM]]
        )
        exact = Predictor(detector, predictor.calibration, predictor.info)
    graph = graph_of(exact, batch)
    if options.int8:
        images = [exact.detector.preprocess(picture) for _, picture in given]
        graph = in_eight_bits(graph, images, symmetric=bool(options.tensorrt))
    before = _judged(predictor, collection.test, "test PyTorch")
    after = _judged(_running(predictor, graph), collection.test, "test ONNX")
    limits = moved(predictor.calibration, sightings(before), sightings(after))
    how = {"int8": bool(options.int8), "pruned": options.prune or 0.0}
    note(graph, predictor, limits.calibration, how)
    lighter = Predictor(exact.detector, limits.calibration, exact.info)
    return Light(
        predictor, lighter, graph, limits, facts, bool(options.int8), before, after,
        collection.test, bool(options.tensorrt),
    )  # fmt: skip


def _running(predictor: Predictor, graph: Any) -> Predictor:
    with tempfile.TemporaryDirectory(prefix="adclip-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "light.onnx"
        write_onnx(graph, file)
        score = OnnxScore(file, threads_in_use())
    return predictor_of(predictor, score, Calibration(), "")


def _learned_from(folder: Path | None, train: Sequence[Path]) -> Pictures:
    """Return at most 64 pictures, evenly drawn: of a folder, else good ones of the training part.

    Raises:
        UsageError: There is none.
    """
    files = list(train) if folder is None else files_of(folder)
    if not files:
        raise UsageError(
            "The data set has no training part; give --pictures DIR with pictures of good parts."
        )
    step = np.linspace(0, len(files) - 1, min(len(files), _LEARNED_FROM)).round().astype(int)
    found = []
    for number in step.tolist():
        picture = read_image(files[number])
        check_size(picture)
        found.append((files[number].name, to_bgr(picture)))
    return found


def _judged(predictor: Predictor, samples: tuple[Sample, ...], what: str) -> Evaluation:
    with tqdm(desc=what, unit="image", total=len(samples), disable=None) as bar:

        def progress(done: int, _: int) -> None:
            bar.update(done - bar.n)

        return judged_samples(predictor, samples, progress)
