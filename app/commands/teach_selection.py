"""How many good images are worth learning from: the part of `teach` that finds it out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tabulate import tabulate
from tqdm import tqdm

from app import checkpoints
from app.commands.good_shots import window_of
from app.paths import Home
from model.datasets.collection import read_collection
from model.held_out import Labelled
from model.learning.material import Material, PictureFiles
from model.learning.watch import Watch
from model.select_shots import METHODS, Selection, select_shots


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
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


def selected(
    options: argparse.Namespace, home: Home, material: Material, watch: Watch
) -> Selection:
    """Find the number of shots; table and curve are written before anything is taught.

    Args:
        options: Of `teach`.
        home: Where the checkpoint to start from lies.
        material: Good pictures to draw from.
        watch: Told of progress; may stop it.

    Raises:
        DatasetError: There are too few pictures.
        TeachingCancelled: `watch` said so.
    """
    # late: the plots' library takes half a second that no other command should wait for
    from model.report.shots import write_selection

    start = checkpoints.load_predictor(
        options.checkpoint or checkpoints.DEFAULT, home, options.device
    )
    selection = select_shots(
        start,
        list(material.good.pictures),
        options.select_shots,
        validation=None if options.validation is None else _validation(options),
        seed=options.seed,
        progress=lambda done, total: watch.step("select shots", done, total),
        cancelled=watch.cancelled,
    )
    write_selection(selection, options.out.parent, options.out.stem)
    return selection


def _validation(options: argparse.Namespace) -> Labelled:
    """Read the labelled images; those that are learned from are left out."""
    collection = read_collection(options.validation)
    samples = [
        one
        for one in (*collection.train, *collection.test)
        if options.good is None or not one.path.resolve().is_relative_to(options.good.resolve())
    ]
    files = PictureFiles([one.path for one in samples], window_of(options))
    pictures = [files[i] for i in tqdm(range(len(files)), desc="read", disable=None)]
    pairs = list(zip(samples, pictures, strict=True))
    return Labelled(
        [image for one, image in pairs if not one.is_defective],
        [image for one, image in pairs if one.is_defective],
    )


def selection_facts(selection: Selection | None) -> dict[str, Any]:
    """Return what was found, JSON values; nothing where nothing was looked for."""
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


def print_selection(selection: Selection) -> None:
    """Print the table and the reason."""
    from model.report.shots import shots_table

    header, rows = shots_table(selection)
    print(tabulate(rows, header, tablefmt="pipe", disable_numparse=True))
    print(f"\n{selection.reason} Judged on {selection.judged_on}.\n")
