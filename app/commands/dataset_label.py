"""`dataset label`: tiles or pictures labelled by eye in a window, then sorted into a data set."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tabulate import tabulate

from app import i18n, paths
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from app.labelling.place import LabelPlace, make_data_set, open_place, place_at
from app.settings.keeper import SettingsKeeper
from app.ui import display
from model.datasets.tile_places import TileCounts
from model.training.config import TrainingProgress
from model.training.interrupt import ctrl_c_noted

NAME = "label"
_HELP = "label tiles or pictures by eye in a window: good, defective, skip; goes on where you left"


def add_arguments(actions: Any) -> None:
    """Declare the action and its options."""
    parser: argparse.ArgumentParser = actions.add_parser(NAME, help=_HELP, description=_HELP)
    parser.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="of the settings")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="made by `dataset tile`, or a folder of pictures"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="data set made of a folder of pictures (DIR-labelled); tiles are sorted in place",
    )
    parser.add_argument(
        "--sort",
        action="store_true",
        help="open no window: sort what was labelled, also after a crash",
    )
    parser.add_argument("--by", default="", metavar="NAME", help="who labels; kept with each label")
    parser.add_argument("--language", choices=tuple(i18n.LANGUAGES), help="of the window")
    parser.add_argument("--quit-after", type=float, metavar="SECONDS", help=argparse.SUPPRESS)
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Show the window until it is closed, sort what was labelled and print what there is."""
    place = place_at(options.folder, options.out)
    if not options.sort:
        _label(options, place)
    with ctrl_c_noted(is_patient=False) as asked, StageBar() as bar:

        def progress(done: int, total: int) -> None:
            bar.show(TrainingProgress("sort", done, total))

        counts = make_data_set(place, progress, asked)
    facts = {"folder": str(place.out)} | asdict(counts)
    print(json.dumps(facts) if options.json else _text(place, counts), flush=True)
    return 0


def _label(options: argparse.Namespace, place: LabelPlace) -> None:
    """Open the window.

    Raises:
        UsageError: There is no display, or nothing to be labelled.
    """
    if problem := display.problem():
        raise UsageError(f"{problem} With --sort nothing is shown.")
    settings = SettingsKeeper(paths.home(options.home).settings).settings
    i18n.set_language(options.language or settings.language or i18n.system_language())
    # what is wrong is said on the terminal, not in a window that then closes
    opened = open_place(place)
    # late: a command without a window needs no widgets
    from app.ui.screens.label_window import show_label_window

    by = options.by or settings.reviewer
    show_label_window(opened, by, options.quit_after, options.screenshot)


def _text(place: LabelPlace, counts: TileCounts) -> str:
    rows = [
        ("good to learn from", counts.train_good, "train/good"),
        ("good for the test", counts.test_good, "test/good"),
        *((f"defective: {kind}", n, f"test/{kind}") for kind, n in counts.kinds.items()),
        ("without a label", counts.unlabelled, "unlabelled" if place.is_tiles else ""),
    ]
    text = f"{place.out}\n\n{tabulate(rows, headers=('tiles', 'number', 'folder'))}"
    if counts.missing:
        text += f"\n\nwarning: Files that have gone: {counts.missing}."
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
