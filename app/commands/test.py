"""`test`: how good a checkpoint is on a labelled data set."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tabulate import tabulate
from tqdm import tqdm

from app import checkpoints, paths
from app.errors import UsageError
from model.datasets.collection import Collection, read_collection
from model.detectors.anomaly_clip import AnomalyClip
from model.evaluate import Evaluation, Report, evaluate_samples
from model.figures import BOTH_LEVELS, METRIC_SETS
from model.predictor import Predictor
from model.report.tables import TABLE_NOTE, figures_table, kinds_table, limit_table
from model.types import Calibration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--data",
        "--data-path",
        type=Path,
        required=True,
        metavar="ROOT",
        help="data set: meta.json, MVTec layout of one or several products, ok/ng folders",
    )
    parser.add_argument("--dataset", metavar="NAME", help="which known data set it is")
    parser.add_argument(
        "--checkpoint",
        "--checkpoint-path",
        default=checkpoints.DEFAULT,
        help="file or name (shipped default)",
    )
    parser.add_argument(
        "--out", "--save-path", type=Path, metavar="DIR", help="folder for report, scores and plots"
    )
    parser.add_argument(
        "--metrics", choices=METRIC_SETS, default=BOTH_LEVELS, help="which figures are computed"
    )
    parser.add_argument(
        "--features-list",
        type=int,
        nargs="+",
        metavar="LAYER",
        help="layers of the anomaly map instead of the checkpoint's; its limits do not hold then",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(options: argparse.Namespace) -> int:
    """Measure, print one object or a table, and write the report."""
    collection = read_collection(options.data, options.dataset)
    samples = collection.test
    predictor = checkpoints.load_predictor(
        options.checkpoint, paths.home(options.home), options.device
    )
    if options.features_list is not None:
        predictor = with_layers(predictor, options.features_list)
    with tqdm(desc="test", unit="image", total=len(samples), disable=None) as bar:

        def progress(done: int, _: int) -> None:
            bar.update(done - bar.n)

        evaluation = evaluate_samples(predictor, samples, progress, options.metrics)
    report = evaluation.report
    if options.out is not None:
        _save(options, collection, predictor, evaluation)
    print(json.dumps(asdict(report)) if options.json else _tables(report), flush=True)
    return 0


def with_layers(predictor: Predictor, layers: list[int]) -> Predictor:
    """Return a predictor without limits, since those belong to the checkpoint's own layers."""
    detector = predictor.detector
    if not isinstance(detector, AnomalyClip):
        raise UsageError(
            f"--features-list works with checkpoints of kind {AnomalyClip.kind}, not "
            f"{detector.kind}; leave it out."
        )
    visual: Any = detector.clip.get_submodule("visual")
    depth = len(visual.transformer.resblocks)
    if not all(1 <= layer <= depth for layer in layers):
        raise UsageError(f"--features-list must name layers from 1 to {depth} of this backbone.")
    detector.features_list = tuple(sorted(set(layers)))
    return Predictor(detector, Calibration(), predictor.info)


def _save(
    options: argparse.Namespace,
    collection: Collection,
    predictor: Predictor,
    evaluation: Evaluation,
) -> None:
    # late: the plots' library takes half a second that no other command should wait for
    from model.report.results import save_results

    info = predictor.info
    facts = {
        "data set": collection.name,
        "checkpoint": info.name,
        "detector": info.detector,
        "backbone": info.backbone,
        "image size": info.image_size,
        "normal images in its memory": info.n_shots or None,
        "limit": predictor.calibration.method,
        "checkpoint sha256": info.sha256,
        "images per second": f"{evaluation.report.images_per_second:.1f}",
    }
    save_results(
        options.out,
        evaluation,
        predictor.calibration,
        title=f"Test of {info.name} on {collection.name}",
        facts=facts,
        root=collection.root,
    )


def _tables(report: Report) -> str:
    parts = [_table(*figures_table(report)), "", TABLE_NOTE]
    if report.false_calls is not None:
        parts += ["", "At the checkpoint's own limit:", _table(*limit_table(report))]
    if report.per_kind:
        parts += ["", _table(*kinds_table(report))]
    parts += ["", f"checkpoint {report.checkpoint}, {report.images_per_second:.1f} images/s"]
    return "\n".join(parts)


def _table(header: list[str], rows: list[list[object]]) -> str:
    align = ("left", *("right" for _ in header[1:]))
    return tabulate(
        rows, header, tablefmt="pipe", missingval="-", disable_numparse=True, colalign=align
    )
