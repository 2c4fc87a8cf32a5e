"""How the number of shots was found: a table and a curve."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from model.report.files import csv_text, write_file
from model.report.plots import BLUE, GREY, VERMILION, axes_of, png
from model.select_shots import Selection


def shots_table(selection: Selection) -> tuple[list[str], list[list[object]]]:
    """Return header and a row per number of shots; image AUROC, one column per fold."""
    folds = len(selection.trials[0].values)
    header = ["shots", "image_auroc", "spread", *(f"fold_{n + 1}" for n in range(folds)), "chosen"]
    rows: list[list[object]] = []
    for one in selection.trials:
        numbers = [f"{value:.4f}" for value in (one.mean, one.spread, *one.values)]
        rows.append([one.shots, *numbers, "yes" if one.shots == selection.shots else ""])
    return header, rows


def shots_plot(selection: Selection) -> Figure:
    """Draw mean and spread over the number of shots; a line marks the chosen number."""
    figure, (axes,) = axes_of(6.4, 4.2)
    counts = [one.shots for one in selection.trials]
    means = [one.mean for one in selection.trials]
    spreads = [one.spread for one in selection.trials]
    for one in selection.trials:
        axes.plot([one.shots] * len(one.values), one.values, ".", color=GREY, markersize=4)
    axes.errorbar(counts, means, spreads, color=BLUE, marker="o", capsize=3, label="mean, spread")
    axes.axvline(
        selection.shots, color=VERMILION, linestyle=":", label=f"chosen: {selection.shots}"
    )
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(counts))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set(xlabel="good images learned from (shots)", ylabel="image AUROC on held-out images")
    axes.set(title=f"Shots by {selection.method.replace('-', ' ')}")
    axes.legend(frameon=False, loc="lower right")
    return figure


def write_selection(selection: Selection, folder: Path, stem: str) -> tuple[Path, Path]:
    """Write STEM_shots.csv and STEM_shots.png, each whole or not at all; return both.

    Raises:
        ModelError: A file cannot be written.
    """
    table, curve = folder / f"{stem}_shots.csv", folder / f"{stem}_shots.png"
    write_file(table, csv_text(*shots_table(selection)).encode("utf-8"))
    write_file(curve, png(shots_plot(selection)))
    return table, curve
