"""`test`: how good a checkpoint is on a labelled data set (MVTec layout)."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tabulate import tabulate
from tqdm import tqdm

from app import checkpoints, paths
from model.evaluate import Report, evaluate

NAME = "test"
HELP = "measure a checkpoint on a labelled data set (MVTec layout)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--data", type=Path, required=True, metavar="ROOT", help="MVTec layout")
    parser.add_argument(
        "--checkpoint", default=checkpoints.DEFAULT, help="file or name (shipped default)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(options: argparse.Namespace) -> int:
    """Measure and print one object or a table."""
    predictor = checkpoints.load_predictor(
        options.checkpoint, paths.home(options.home), options.device
    )
    with tqdm(unit="image", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        report = evaluate(predictor, options.data, progress)
    print(json.dumps(asdict(report)) if options.json else _table(report), flush=True)
    return 0


def _table(report: Report) -> str:
    values = asdict(report)
    kinds = values.pop("per_kind")
    rows = [(key, "-" if value is None else value) for key, value in values.items()]
    text = tabulate(rows, floatfmt=".4f")
    if kinds:
        per_kind = [{"kind": kind} | numbers for kind, numbers in kinds.items()]
        text += "\n\n" + tabulate(per_kind, headers="keys", floatfmt=".4f", missingval="-")
    return text
