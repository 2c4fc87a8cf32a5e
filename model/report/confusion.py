"""How labels are taken for one another: a picture, tables, and the page of a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from model.report.curves import write_curves
from model.report.files import csv_text, write_file
from model.report.page import Table, write_training_report
from model.report.plots import axes_of, png
from model.training.config import Epoch

if TYPE_CHECKING:
    from model.learning.classifier_figures import ClassFigures

PAGE, CONFUSION_PNG, CONFUSION_CSV = "report.html", "confusion.png", "confusion.csv"
FOLDS_CSV = "folds.csv"
NOTE = (
    "The map of a classifier explains, it does not measure: it shows what speaks for a defect, "
    "not where one ends. It can only name what it has seen; put a detector that learns good "
    "parts alone beside it."
)
_LIGHT = 0.35
_FEW = "hang on single pictures"


def confusion_plot(labels: Sequence[str], table: Sequence[Sequence[int]], title: str) -> Figure:
    """Draw what pictures show against what they were taken for; colours are shares of the row.

    Args:
        labels: Names, at least one.
        table: (L, L) pictures; rows are what is shown.
        title: Stands above.
    """
    counts = np.asarray(table, np.float64).reshape(len(labels), len(labels))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    longest = max(map(len, labels))
    letters = 9 if len(labels) <= 20 else 6
    cell = 0.52 if len(labels) <= 20 else 0.2
    side = max(2.6, cell * len(labels))
    edge = 0.011 * letters * longest + 0.6
    figure, (axes,) = axes_of(side + edge + 0.9, side + edge + 0.6)
    axes.grid(visible=False)
    # the root lets a few mistaken pictures stand out beside a full diagonal
    norm = PowerNorm(0.5, 0, 1)
    drawn = axes.imshow(shares, cmap="cividis", norm=norm, aspect="equal")
    places = range(len(labels))
    axes.set_xticks(places, labels, rotation=90, fontsize=letters)
    axes.set_yticks(places, labels, fontsize=letters)
    axes.set(xlabel="taken for", ylabel="shown", title=title)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.7)
    bar.set_label("share of the pictures that show it", fontsize=8)
    for row, column in np.argwhere(counts > 0):
        # dark letters on light cells, light ones on dark cells
        colour = "black" if shares[row, column] > _LIGHT else "white"
        number = f"{int(counts[row, column])}"
        axes.text(column, row, number, ha="center", va="center", color=colour, fontsize=letters)
    return figure


def folds_table(figures: ClassFigures) -> Table:
    """Return a line for each network, and mean and spread over them."""
    rows: list[list[object]] = [
        [number, one.learned, one.judged, one.best_epoch, one.macro_f1, one.accuracy]
        for number, one in enumerate(figures.folds, start=1)
    ]
    spread = f"{figures.mean:.4g} ± {figures.spread:.2g}"
    judged = sum(one.judged for one in figures.folds)
    rows.append(["all", "", judged, "", spread, figures.accuracy])
    header = ("fold", "learned from", "judged", "best epoch", "macro F1", "accuracy")
    return Table("Folds", header, rows, _folds_note(figures), has_total=True)


def _folds_note(figures: ClassFigures) -> str:
    note = (
        "Each network is judged on pictures that it has not learned from; its best epoch was "
        "chosen on them, so the figures lean to the good side. The last line is mean ± standard "
        "deviation over the folds."
    )
    if not figures.rare:
        return note
    names = ", ".join(figures.rare)
    return f"{note} Fewer pictures than folds: {names}; their figures {_FEW}."


def labels_table(figures: ClassFigures) -> Table:
    """Return precision, recall and F1 of each label over all folds."""
    rows = [list(row) for row in figures.per_label()]
    return Table("Labels", ("label", "pictures", "precision", "recall", "F1"), rows)


def write_class_report(
    folder: Path,
    *,
    title: str,
    facts: Mapping[str, object],
    figures: ClassFigures,
    curve: Sequence[Epoch],
    tested: ClassFigures | None = None,
) -> None:
    """Write report.html, confusion.png and .csv, folds.csv, curves.png and .csv into a folder.

    Args:
        folder: Made if it is missing.
        title: Headline.
        facts: What was learned from what, by name.
        figures: Of all folds.
        curve: Mean over the folds.
        tested: Figures of the whole ensemble on pictures apart, if there are any.

    Raises:
        ModelError: A file cannot be written.
    """
    shown = confusion_plot(figures.labels, figures.confusion, "Held-out pictures of all folds")
    plots = [("Confusion", shown)]
    tables = [folds_table(figures), labels_table(figures)]
    if tested is not None:
        plots.append(
            ("Test", confusion_plot(tested.labels, tested.confusion, "Pictures of the test"))
        )
        tables.append(_titled(labels_table(tested), "Labels in the test"))
    # the quality that trainings are compared by is the macro F1 once more
    curve = [replace(one, metrics=_without_quality(one.metrics)) for one in curve]
    folds = folds_table(figures)
    write_file(folder / FOLDS_CSV, csv_text(folds.header, folds.rows).encode("utf-8"))
    header = ("shown \\ taken for", *figures.labels)
    rows = [[name, *row] for name, row in zip(figures.labels, figures.confusion, strict=True)]
    write_file(folder / CONFUSION_CSV, csv_text(header, rows).encode("utf-8"))
    write_file(folder / CONFUSION_PNG, png(shown))
    write_curves(curve, folder)
    write_training_report(
        folder / PAGE,
        title=title,
        facts={**facts, "note": NOTE},
        epochs=curve,
        tables=tables,
        plots=plots,
    )


def _without_quality(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if name != "quality"}


def _titled(table: Table, title: str) -> Table:
    return Table(title, table.header, table.rows, table.note, table.has_total)
