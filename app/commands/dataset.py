"""`dataset`: what is in one and what is wrong with it; its meta.json; new ones made."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tabulate import tabulate
from tqdm import tqdm

from app.commands import dataset_label, dataset_tile, export_reviews
from model.datasets.collection import read_collection, scan
from model.datasets.description import Description, describe
from model.datasets.layouts import LAYOUTS
from model.datasets.meta import FILE, write_meta

_SHOWN = 10
_ACTIONS = (dataset_tile, dataset_label, export_reviews)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in (
        ("describe", "counts, sizes, faults, near-duplicates and trivial give-aways"),
        ("meta", "write the meta.json of a data set from its folders"),
        ("list", "the data sets that are known by name"),
    ):
        sub = actions.add_parser(name, help=text, description=text)
        sub.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name == "list":
            continue
        sub.add_argument(
            "root", type=Path, metavar="ROOT", help="folder of the data set, or its CSV file"
        )
        sub.add_argument(
            "--dataset", metavar="NAME", help="one of `dataset list`; found out if left out"
        )
        if name == "meta":
            sub.add_argument(
                "--out", type=Path, metavar="FILE", help="instead of meta.json in ROOT"
            )
    for action in _ACTIONS:
        action.add_arguments(actions)


def run(options: argparse.Namespace) -> int:
    """Do one of the actions."""
    for action in _ACTIONS:
        if options.action == action.NAME:
            return int(action.run(options))
    if options.action == "list":
        return _list(as_json=options.json)
    if options.action == "meta":
        return _meta(options)
    collection = read_collection(options.root, options.dataset)
    with tqdm(unit="image", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = describe(collection, progress)
    print(json.dumps(asdict(found), default=str) if options.json else _text(found), flush=True)
    return 0


def _list(*, as_json: bool) -> int:
    rows = [asdict(layout) for layout in LAYOUTS]
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return 0
    shown = [
        {
            "name": layout.name,
            "data set": layout.title,
            "published as": layout.option,
            "classes": len(layout.products),
            "measures": layout.level,
        }
        for layout in LAYOUTS
    ]
    print(tabulate(shown, headers="keys"))
    return 0


def _meta(options: argparse.Namespace) -> int:
    collection = scan(options.root, options.dataset)
    file = options.out or collection.root / FILE
    write_meta(collection, file)
    facts = {
        "file": str(file),
        "classes": len(collection.products),
        "train": len(collection.train),
        "test": len(collection.test),
    }
    print(json.dumps(facts) if options.json else tabulate(list(facts.items())), flush=True)
    return 0


def _text(found: Description) -> str:
    counts = [asdict(count) for count in found.counts]
    sizes = [f"{width} x {height}: {number}" for width, height, number in found.sizes[:_SHOWN]]
    cues = [{"class": product} | values for product, values in found.give_aways.items()]
    parts = [
        f"{found.name} in {found.root}",
        tabulate(counts, headers="keys"),
        f"sizes ({len(found.sizes)}): {', '.join(sizes)}",
        "AUROC of trivial cues in the test part (0.5 gives nothing away)\n"
        + tabulate(cues, headers="keys", floatfmt=".3f", missingval="-"),
        *_details(found),
        "\n".join(f"warning: {warning}" for warning in found.warnings) or "nothing is wrong",
    ]
    # file names need not be Unicode
    return "\n\n".join(parts).encode("utf-8", "backslashreplace").decode("utf-8")


def _details(found: Description) -> Iterator[str]:
    """Yield the first few of each fault."""
    pairs = [f"{pair.test} is like {pair.train} ({pair.likeness:.2f})" for pair in found.duplicates]
    faults: dict[str, list[Any]] = {
        "unreadable images": [*found.unreadable],
        "defective images without a mask": [*found.missing_masks],
        "masks without a defect": [*found.empty_masks],
        "good images with a defect in the mask": [*found.good_with_defects],
        "masks of another size": [*found.masks_of_another_size],
        "unreadable masks": [*found.unreadable_masks],
        "near-duplicates of train in test": pairs,
        "sources with pictures in train and in test": [*found.split_sources],
    }
    for title, lines in faults.items():
        if lines:
            more = [f"... and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
            shown = [f"  {line}" for line in (*lines[:_SHOWN], *more)]
            yield "\n".join([f"{title} ({len(lines)})", *shown])
