"""`dataset tile`: pictures of different scale, cut to tiles of one scale and size."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tabulate import tabulate

from app.commands.stage_bar import StageBar
from model.datasets.tile_cut import NO_MASK, NOT_LABELLED, SLIVER
from model.datasets.tile_plan import TilePlan
from model.datasets.tile_scale import Scale
from model.datasets.tile_sources import Holds, TileSource
from model.datasets.tiles import TileSet, cut_tiles
from model.training.config import TrainingProgress
from model.training.interrupt import ctrl_c_noted

NAME = "tile"
_HELP = "cut pictures of different scale to tiles of one scale and one size"
_SHOWN = 10
_SOURCES: tuple[tuple[Holds, str], ...] = (
    ("set", "data set with labels and masks in any layout that `describe` reads"),
    ("good", "folder in which every picture shows good parts only"),
    ("defective", "folder in which every picture has a defect; masks may lie beside (7_mask.png)"),
    ("unlabelled", "folder of which nothing is known; its tiles are to be labelled by eye"),
)
_HEADERS = ("source", "scale", "times", "pictures -> tiles", "good", "defective", "unlabelled",
            "left out")  # fmt: skip
_REASONS = {
    NOT_LABELLED: "from pictures without a label",
    NO_MASK: "from defective pictures without a mask: the defect may lie on another tile",
    SLIVER: "with no more than the edge of a defect",
}


def add_arguments(actions: Any) -> None:
    """Declare the action and its options."""
    parser: argparse.ArgumentParser = actions.add_parser(
        NAME,
        help=_HELP,
        description=f"{_HELP}. SCALE is 0.05mm (per pixel) or 12.5px (per hole); give all in the "
        "same unit.",
    )
    parser.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the new data set")
    for holds, text in _SOURCES:
        parser.add_argument(
            "--source" if holds == "set" else f"--{holds}",
            dest=holds,
            nargs=2,
            action="append",
            default=[],
            metavar=("DIR", "SCALE"),
            help=text,
        )
    parser.add_argument("--scale", help="of the tiles; the coarsest of the sources if left out")
    parser.add_argument("--size", type=int, default=200, help="of the tiles, pixels (200)")
    parser.add_argument(
        "--overlap", type=float, default=0.25, metavar="SHARE", help="of neighbours (0.25)"
    )
    parser.add_argument(
        "--held-out",
        type=float,
        default=0.3,
        metavar="SHARE",
        help="of the sources without defects whose tiles are for the test (0.3)",
    )
    parser.add_argument(
        "--least-defect",
        type=float,
        default=0.002,
        metavar="SHARE",
        help="of a tile that must be defective; less is judged by eye, unless it is the larger "
        "part of one defect (0.002)",
    )
    parser.add_argument(
        "--together",
        default="",
        metavar="REGEX",
        help="pictures in whose names this finds the same stay on one side, e.g. 'roll(\\d+)'",
    )
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> int:
    """Cut the tiles and print what there was before and what there is now."""
    plan = TilePlan(
        sources=tuple(
            TileSource(Path(folder), Scale.parse(scale), holds)
            for holds, _ in _SOURCES
            for folder, scale in getattr(options, holds)
        ),
        scale=None if options.scale is None else Scale.parse(options.scale),
        side=options.size,
        overlap=options.overlap,
        held_out=options.held_out,
        seed=options.seed,
        least=options.least_defect,
        together=options.together,
    )
    with ctrl_c_noted(is_patient=False) as asked, StageBar() as bar:

        def progress(done: int, total: int) -> None:
            bar.show(TrainingProgress("cut", done, total))

        found = cut_tiles(plan, options.out, progress, asked)
    print(json.dumps(asdict(found), default=str) if options.json else _text(found), flush=True)
    return 0


def _text(found: TileSet) -> str:
    counts = found.counts
    there = [
        ("good to learn from", counts.train_good, "train/good"),
        ("good for the test", counts.test_good, "test/good"),
        *((f"defective: {kind}", n, f"test/{kind}") for kind, n in counts.kinds.items()),
        ("to be labelled by eye", counts.unlabelled, "unlabelled"),
    ]
    parts = [
        f"{found.folder}: tiles of {found.side} x {found.side} pixels at {found.scale}",
        tabulate(list(_before_and_after(found)), _HEADERS),
        tabulate(there, headers=("tiles", "number", "folder")),
        *_notes(found),
    ]
    # file names need not be Unicode
    return "\n\n".join(parts).encode("utf-8", "backslashreplace").decode("utf-8")


def _before_and_after(found: TileSet) -> Iterator[tuple[str, ...]]:
    """Yield a line for each source, and one for all of them: pictures -> tiles."""
    rows = [
        (str(one.folder), one.scale, f"{one.times:.3g}", one.pictures, one.tiles, one.left_out)
        for one in found.sources
    ]
    if len(rows) > 1:
        sums = [sum((Counter(row[n]) for row in rows), Counter()) for n in (3, 4, 5)]
        rows.append(("all", found.scale, "", sums[0], sums[1], sums[2]))
    for folder, scale, times, pictures, tiles, left_out in rows:
        before, after = _grouped(pictures), _grouped(tiles)
        cells = (f"{before[name]} -> {after[name]}" for name in before)
        yield folder, scale, times, *cells, str(sum(left_out.values()))


def _grouped(states: dict[str, int]) -> dict[str, int]:
    good, unknown, total = states.get("good", 0), states.get("", 0), sum(states.values())
    return {
        "pictures -> tiles": total,
        "good": good,
        "defective": total - good - unknown,
        "unlabelled": unknown,
    }


def _notes(found: TileSet) -> Iterable[str]:
    """Yield what a person should know or do next."""
    if found.why:
        lines = [f"  {number} {_REASONS[why]}" for why, number in found.why.items()]
        command = f"python main.py dataset label {found.folder}"
        yield "\n".join(["Tiles to be labelled by eye:", *lines, f"Label them: {command}"])
    enlarged = [str(one.folder) for one in found.sources if one.times > 1]
    if enlarged:
        yield f"warning: Pictures were enlarged, which adds no detail: {', '.join(enlarged)}."
    if found.counts.labelled and not found.counts.train_good:
        yield (
            "warning: No tile is left to learn from: every source has a defect or is held out for "
            "the test; add pictures of good parts."
        )
    if found.left_out:
        more = [f"... and {len(found.left_out) - _SHOWN} more, in manifest.json"]
        lines = [*found.left_out[:_SHOWN], *(more if len(found.left_out) > _SHOWN else [])]
        yield "\n".join([f"left out ({len(found.left_out)})", *(f"  {line}" for line in lines)])
