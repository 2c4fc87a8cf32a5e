"""`bench`: speed and memory on this machine, each against a named baseline of the same run."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from app import checkpoints, paths
from app.bench.flow_memory import measure_flow_memory
from app.bench.line import measure_line
from app.bench.measurement import Measurement
from app.bench.model import measure_model
from app.bench.overlap import measure_overlap
from app.bench.runtime import measure_runtime
from app.bench.window import measure_window
from app.errors import UsageError
from app.paths import Home
from model.predictor import Predictor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--checkpoint", default="demo", help="file or name (demo line's)")
    parser.add_argument("--frames", type=int, default=150, help="frames of the line's run")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--no-window", action="store_true", help="leave the window out")
    parser.add_argument(
        "--records",
        type=int,
        metavar="N",
        help="measure lists and figures of N made-up records instead of the line",
    )
    parser.add_argument(
        "--shadow",
        metavar="CHECKPOINT",
        help="measure a live line with and without this candidate beside it, nothing else",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="an empty database for --records, or one that holds some already (new SQLite file)",
    )


def run(options: argparse.Namespace) -> int:
    """Measure and print; one JSON object with `--json`."""
    if options.frames < 20:
        raise UsageError("--frames must be at least 20.")
    if options.records is not None:
        rows = _records(options.records, options.database)
        print(_json(rows) if options.json else _table(rows), flush=True)
        return 0
    home = paths.home(options.home)
    if options.shadow is not None:
        rows = _beside(options, home)
        print(_json(rows) if options.json else _table(rows), flush=True)
        return 0
    predictor = checkpoints.load_predictor(options.checkpoint, home, options.device)
    rows = measure_model(predictor) + measure_runtime(predictor)
    with TemporaryDirectory(prefix="adclip-bench-", ignore_cleanup_errors=True) as folder:
        scratch = Home(Path(folder) / "line")
        rows += measure_line(predictor, scratch, options.frames)
        if not options.no_window:
            rows += measure_window(
                Home(Path(folder) / "window"), seconds=max(10.0, options.frames / 15)
            )
    rows += measure_overlap() + measure_flow_memory()
    print(_json(rows) if options.json else _table(rows), flush=True)
    return 0


def _beside(options: argparse.Namespace, home: Home) -> list[Measurement]:
    from app.bench.beside import measure_beside

    def load(name: str) -> Predictor:
        predictor = checkpoints.load_predictor(name, home, options.device)
        predictor.warm_up()
        return predictor

    candidate = checkpoints.resolve(options.shadow, home)
    with TemporaryDirectory(prefix="adclip-bench-", ignore_cleanup_errors=True) as folder:
        scratch = Home(Path(folder))
        return measure_beside(load, options.checkpoint, candidate, scratch, options.frames)


def _records(count: int, url: str | None) -> list[Measurement]:
    from app.bench.records import measure_records

    if count < 1000:
        raise UsageError("--records must be at least 1000.")
    with TemporaryDirectory(prefix="adclip-bench-", ignore_cleanup_errors=True) as folder:
        return measure_records(count, url or Home(Path(folder)).database_url)


def _json(rows: list[Measurement]) -> str:
    return json.dumps({row.name: asdict(row) | {"ratio": row.ratio} for row in rows})


def _table(rows: list[Measurement]) -> str:
    cells = [
        (row.name, row.value, row.unit, row.baseline_name, row.baseline, row.ratio) for row in rows
    ]
    headers = ("what", "value", "unit", "baseline", "baseline's value", "ratio")
    return tabulate(cells, headers=headers, floatfmt=".2f", missingval="-")
