"""The files of a comparison: report, exact figures and scores in one folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.comparison.comparison import Comparison
from model.comparison.disagreement import Disputed, disputed
from model.comparison.figures import Result
from model.comparison.resampling import LEVEL, RESAMPLES
from model.comparison.rule import in_words
from model.figures import Judged
from model.report.comparison_plots import histograms, prs_plot, rocs_plot, speed_plot
from model.report.comparison_rows import as_json, exact_rows
from model.report.comparison_tables import tables
from model.report.files import csv_text, write_file
from model.report.gallery import Tile, data_uri, tile, verdict_of
from model.report.page import environment
from model.report.plots import png

MOST_DISPUTED = 24
_SIDE = 220
_BUSY = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """One disputed picture.

    Attributes:
        name: File name with its folder.
        kind: "good" or the kind of defect.
        picture: As it is, as a data URI.
        tiles: What each detector says of it, by the detector's name.
        right: How many are right.
    """

    name: str
    kind: str
    picture: str
    tiles: tuple[tuple[str, Tile], ...]
    right: int


def write_comparison(comparison: Comparison, folder: Path) -> tuple[Path, ...]:
    """Write comparison.html, .csv and .json, scores.csv and the plots, each whole or not at all.

    Args:
        comparison: What to write.
        folder: Made if it is missing.

    Returns:
        The files, the report first.

    Raises:
        ModelError: A file cannot be written.
    """
    plots = _plots(comparison)
    data = as_json(comparison)
    contents = {
        "comparison.html": _page(comparison, plots).encode("utf-8"),
        "comparison.csv": _figures_csv(comparison).encode("utf-8"),
        "comparison.json": json.dumps(data, indent=1, allow_nan=False).encode("utf-8"),
        "scores.csv": _scores_csv(comparison).encode("utf-8"),
        **{f"{name}.png": image for name, (_, image) in plots.items()},
    }
    for name, content in contents.items():
        write_file(folder / name, content)
    return tuple(folder / name for name in contents)


def _plots(comparison: Comparison) -> dict[str, tuple[str, bytes]]:
    """Return title and PNG of each plot by its file's name; none without a judged detector."""
    results = comparison.results
    if not results:
        return {}
    defective = np.array([one.is_defective for one in comparison.split.test], np.bool_)
    trivial = comparison.choice.trivial
    drawn = {
        "speed": ("Accuracy against speed", speed_plot(results, comparison.min_fps, trivial)),
        "roc": ("ROC", rocs_plot(results, defective)),
        "pr": ("Precision and recall", prs_plot(results, defective)),
        "histograms": ("Scores", histograms(results, defective)),
    }
    return {name: (title, png(figure)) for name, (title, figure) in drawn.items()}


def _page(comparison: Comparison, plots: dict[str, tuple[str, bytes]]) -> str:
    found = disputed(comparison.results, comparison.split.test)
    return (
        environment()
        .get_template("comparison.html")
        .render(
            title=f"Comparison of detectors on {comparison.name}",
            said=in_words(comparison.choice),
            notes=notes(comparison),
            facts=_facts(comparison),
            plots={name: (title, data_uri(image, "png")) for name, (title, image) in plots.items()},
            tables=tables(comparison),
            rows=[_row(comparison, one) for one in found[:MOST_DISPUTED]],
            disputed=len(found),
            pictures=len(comparison.split.test),
        )
    )


def _facts(comparison: Comparison) -> dict[str, object]:
    plan, split = comparison.plan, comparison.split
    bad = sum(one.is_defective for one in split.test)
    return {
        "data set": plan.root,
        "learned from": f"{len(split.good)} good pictures, the same for all",
        "defective pictures": f"{len(split.defects)}, for those that need them"
        if any(one.contender.needs_defects for one in comparison.records)
        else "none",
        "judged on": f"{len(split.test) - bad} good and {bad} defective pictures, the same for all",
        "intervals": f"{LEVEL:.0%}, from {RESAMPLES} resamples of the test pictures",
        "machine": plan.machine,
        "seed": plan.wish.seed,
        "split": split.sha256[:12],
    }


def notes(comparison: Comparison) -> list[str]:
    """Return what a reader must know before trusting the figures."""
    found = list(comparison.split.notes)
    given = [one.contender.name for one in comparison.records if not one.contender.learns]
    if given:
        found.append(
            f"Finished before this comparison: {', '.join(given)}. What a finished checkpoint "
            "has learned from is not known here; if it has seen test pictures, its figures are "
            "too good."
        )
    if comparison.busy is not None and comparison.busy > _BUSY:
        found.append(
            f"Other programs took up to {comparison.busy:.0%} of the processor while speed was "
            "measured: the speeds are lower than on a quiet machine, and not equally so."
        )
    return found


def _row(comparison: Comparison, one: Disputed) -> Row:
    tiles = [(of.name, _tile(comparison, of, one.number)) for of in comparison.results]
    first = tiles[0][1]
    return Row(first.name, first.kind, first.picture, tuple(tiles), sum(one.right))


def _tile(comparison: Comparison, of: Result, number: int) -> Tile:
    scores = of.record.scores
    assert scores is not None
    heat = np.asarray(scores.heat[number] / 255, np.float32)
    sample = comparison.split.test[number]
    judged = Judged(sample, float(scores.values[number]), heat, None)
    return tile(judged, of.best.limit, 0.0, 1.0, _SIDE)


def _figures_csv(comparison: Comparison) -> str:
    rows = exact_rows(comparison)
    header = list(rows[0])
    return csv_text(header, [[_cell(row[name]) for name in header] for row in rows])


def _scores_csv(comparison: Comparison) -> str:
    header = ["path", "kind", "is_defective"]
    for one in comparison.results:
        header += [f"{one.name} score", f"{one.name} verdict"]
    rows: list[list[object]] = []
    for number, sample in enumerate(comparison.split.test):
        row: list[object] = [sample.path.as_posix(), sample.kind, int(sample.is_defective)]
        for one in comparison.results:
            row += _verdict(one, Judged(sample, _score(one, number), None, None))
        rows.append(row)
    return csv_text(header, rows)


def _score(one: Result, number: int) -> float:
    assert one.record.scores is not None
    return float(one.record.scores.values[number])


def _verdict(one: Result, judged: Judged) -> Sequence[object]:
    return repr(judged.score), verdict_of(judged, one.best.limit)


def _cell(value: object) -> object:
    return repr(value) if isinstance(value, float) else value
