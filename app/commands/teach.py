"""`teach`: a memory bank and limits from normal images alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tabulate import tabulate
from tqdm import tqdm

from app import checkpoints, paths
from app.cli_codes import DONE, FAULT
from app.commands.good_shots import MOST_SHOTS, GoodShots
from app.commands.progress_lines import ProgressLines, add_progress_lines, progress_lines
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from model import checkpoint
from model.datasets.collection import read_collection
from model.detector import Detector
from model.held_out import Labelled
from model.images import read_image
from model.predictor import Predictor
from model.select_shots import METHODS, Selection, select_shots
from model.teach import Lesson, TeachingCancelled, teach
from model.training.config import TrainingProgress
from model.types import Calibration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    good = parser.add_mutually_exclusive_group(required=True)
    good.add_argument("--good", type=Path, metavar="DIR", help="good images")
    good.add_argument("--source", metavar="URI", help="take the shots from a camera; all are good")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the checkpoint")
    parser.add_argument("--shots", type=int, help=f"images to use, 1 to {MOST_SHOTS}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--paint",
        action="store_true",
        help="also train a fine side branch on defects painted onto the images (minutes)",
    )
    parser.add_argument(
        "--select-shots",
        choices=METHODS,
        help="find out how many of the images are worth learning from; table and curve beside FILE",
    )
    parser.add_argument(
        "--validation",
        type=Path,
        metavar="ROOT",
        help="labelled data set to select by, instead of held-out images with painted defects",
    )
    parser.add_argument(
        "--region",
        type=int,
        nargs=4,
        metavar=("X", "Y", "WIDTH", "HEIGHT"),
        help="learn this part of the pictures only, the region of interest of the recipe",
    )
    parser.add_argument("--name", help="name for people; the file's name if left out")
    parser.add_argument("--checkpoint", default=checkpoints.DEFAULT, help="where to start from")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_progress_lines(parser)


def run(options: argparse.Namespace) -> int:
    """Teach and save; prints the checkpoint's facts."""
    if options.validation is not None and options.select_shots is None:
        raise UsageError("--validation is for --select-shots; give both or none.")
    if options.out.suffix != ".safetensors":
        raise UsageError(f"--out {options.out} must be a file ending in .safetensors.")
    if not options.progress_lines:
        with StageBar() as bar:
            selection, calibration = _made(options, _Watch(bar.show))
        _print_facts(options, calibration, selection)
        return DONE
    with progress_lines() as lines:
        lines.show("start", 0, 1)
        try:
            selection, calibration = _made(options, _watched_by(lines))
        except TeachingCancelled:
            return FAULT
        lines.result(_selection_facts(selection) | _facts(options, calibration))
    return DONE


@dataclass(frozen=True, slots=True)
class _Watch:
    """Who is told how far it is, and who may stop it."""

    show: Callable[[TrainingProgress], None]
    cancelled: Callable[[], bool] = lambda: False

    def counts(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, total: self.show(TrainingProgress(stage, done, total))


def _watched_by(lines: ProgressLines) -> _Watch:
    return _Watch(lambda now: lines.show(now.stage, now.done, now.total), lines.is_cancelled)


def _made(options: argparse.Namespace, watch: _Watch) -> tuple[Selection | None, Calibration]:
    """Read, select, teach and save."""
    shots = GoodShots.from_source(options) if options.source else GoodShots.from_files(options)
    if options.region is not None:
        shots = shots.cropped(*options.region)
    home = paths.home(options.home)
    start = checkpoints.load_predictor(options.checkpoint, home, options.device)
    selection = None
    if options.select_shots is not None:
        selection = _select(options, start, shots, watch)
        shots = shots.drawn(selection.shots, options.seed)
    detector, calibration = _taught(options, start, shots, watch)
    checkpoint.save(
        options.out,
        detector,
        calibration,
        name=options.name or options.out.stem,
        backbone_name=start.info.backbone,
        backbone_sha256=start.info.backbone_sha256,
        extra={"good": shots.names, "seed": options.seed} | _selection_facts(selection),
    )
    return selection, calibration


def _taught(
    options: argparse.Namespace, start: Predictor, shots: GoodShots, watch: _Watch
) -> tuple[Detector, Calibration]:
    if options.paint:
        # late: it brings the training loop along, which other commands need not wait for
        from model.training.paint_lesson import teach_painted

        return teach_painted(start, shots.images, options.seed, watch.show, watch.cancelled)
    return teach(
        start,
        shots.images,
        len(shots.images),
        options.seed,
        watch.counts("teach"),
        watch.cancelled,
        Lesson(names=tuple(shots.names)),
    )


def _select(
    options: argparse.Namespace, start: Predictor, shots: GoodShots, watch: _Watch
) -> Selection:
    """Find the number of shots; the table and the curve are written before anything is taught."""
    # late: the plots' library takes half a second that no other command should wait for
    from model.report.shots import write_selection

    validation = None if options.validation is None else _labelled(options)
    selection = select_shots(
        start,
        shots.images,
        options.select_shots,
        validation=validation,
        seed=options.seed,
        progress=watch.counts("select shots"),
        cancelled=watch.cancelled,
    )
    write_selection(selection, options.out.parent, options.out.stem)
    return selection


def _labelled(options: argparse.Namespace) -> Labelled:
    """Read the labelled images; those that are learned from are left out."""
    collection = read_collection(options.validation)
    samples = [
        one
        for one in (*collection.train, *collection.test)
        if options.good is None or not one.path.resolve().is_relative_to(options.good.resolve())
    ]
    shots = GoodShots(
        [read_image(one.path) for one in tqdm(samples, desc="read", disable=None)],
        [str(one.path) for one in samples],
    )
    if options.region is not None:
        shots = shots.cropped(*options.region)
    pairs = list(zip(samples, shots.images, strict=True))
    return Labelled(
        [image for one, image in pairs if not one.is_defective],
        [image for one, image in pairs if one.is_defective],
    )


def _selection_facts(selection: Selection | None) -> dict[str, Any]:
    if selection is None:
        return {}
    return {
        "shots_selection": {
            "method": selection.method,
            "judged_on": selection.judged_on,
            "reason": selection.reason,
            "shots": [one.shots for one in selection.trials],
            "image_auroc": [one.mean for one in selection.trials],
            "spread": [one.spread for one in selection.trials],
        }
    }


def _print_facts(
    options: argparse.Namespace, calibration: Calibration, selection: Selection | None
) -> None:
    facts = _selection_facts(selection) if options.json else {}
    if selection is not None and not options.json:
        from model.report.shots import shots_table

        header, rows = shots_table(selection)
        print(tabulate(rows, header, tablefmt="pipe", disable_numparse=True))
        print(f"\n{selection.reason} Judged on {selection.judged_on}.\n")
    facts |= _facts(options, calibration)
    print(json.dumps(facts) if options.json else "\n".join(f"{k}: {v}" for k, v in facts.items()))


def _facts(options: argparse.Namespace, calibration: Calibration) -> dict[str, Any]:
    info = checkpoint.inspect(options.out)
    return {
        "checkpoint": str(options.out),
        "sha256": info.sha256,
        "n_shots": info.n_shots,
        "limit": calibration.limit,
        "map_limit": calibration.map_limit,
        "method": calibration.method,
    }
