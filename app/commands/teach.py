"""`teach`: a memory bank and limits from normal images alone."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tabulate import tabulate
from tqdm import tqdm

from app import checkpoints, paths
from app.commands.good_shots import MOST_SHOTS, GoodShots
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from model import checkpoint
from model.datasets.collection import read_collection
from model.detector import Detector
from model.held_out import Labelled
from model.images import read_image
from model.predictor import Predictor
from model.select_shots import METHODS, Selection, select_shots
from model.teach import Lesson, teach
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


def run(options: argparse.Namespace) -> int:
    """Teach and save; prints the checkpoint's facts."""
    if options.validation is not None and options.select_shots is None:
        raise UsageError("--validation is for --select-shots; give both or none.")
    if options.out.suffix != ".safetensors":
        raise UsageError(f"--out {options.out} must be a file ending in .safetensors.")
    shots = GoodShots.from_source(options) if options.source else GoodShots.from_files(options)
    if options.region is not None:
        shots = shots.cropped(*options.region)
    home = paths.home(options.home)
    start = checkpoints.load_predictor(options.checkpoint, home, options.device)
    selection = None
    if options.select_shots is not None:
        selection = _select(options, start, shots)
        shots = shots.drawn(selection.shots, options.seed)
    detector, calibration = _taught(options, start, shots)
    checkpoint.save(
        options.out,
        detector,
        calibration,
        name=options.name or options.out.stem,
        backbone_name=start.info.backbone,
        backbone_sha256=start.info.backbone_sha256,
        extra={"good": shots.names, "seed": options.seed} | _selection_facts(selection),
    )
    _print_facts(options, calibration, selection)
    return 0


def _taught(
    options: argparse.Namespace, start: Predictor, shots: GoodShots
) -> tuple[Detector, Calibration]:
    with StageBar() as bar:
        if options.paint:
            # late: it brings the training loop along, which other commands need not wait for
            from model.training.paint_lesson import teach_painted

            return teach_painted(start, shots.images, options.seed, bar.show)

        def count(done: int, total: int) -> None:
            bar.show(TrainingProgress("teach", done, total))

        lesson = Lesson(names=tuple(shots.names))
        count_of = len(shots.images)
        return teach(start, shots.images, count_of, options.seed, count, lesson=lesson)


def _select(options: argparse.Namespace, start: Predictor, shots: GoodShots) -> Selection:
    """Find the number of shots; the table and the curve are written before anything is taught."""
    # late: the plots' library takes half a second that no other command should wait for
    from model.report.shots import write_selection

    validation = None if options.validation is None else _labelled(options)
    with tqdm(desc="select shots", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        selection = select_shots(
            start,
            shots.images,
            options.select_shots,
            validation=validation,
            seed=options.seed,
            progress=progress,
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
    info = checkpoint.inspect(options.out)
    facts = _selection_facts(selection) if options.json else {}
    if selection is not None and not options.json:
        from model.report.shots import shots_table

        header, rows = shots_table(selection)
        print(tabulate(rows, header, tablefmt="pipe", disable_numparse=True))
        print(f"\n{selection.reason} Judged on {selection.judged_on}.\n")
    facts |= {
        "checkpoint": str(options.out),
        "sha256": info.sha256,
        "n_shots": info.n_shots,
        "limit": calibration.limit,
        "map_limit": calibration.map_limit,
        "method": calibration.method,
    }
    print(json.dumps(facts) if options.json else "\n".join(f"{k}: {v}" for k, v in facts.items()))
