"""The files of `calibrate`: limits.json, histogram.png, roc.png, pr.png."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.commands.calibrate_sources import Material
from app.quality.histogram import Histogram, histogram
from app.quality.working_point import Curves, curves
from model.report.files import write_file
from model.report.plots import BLUE, GREY, VERMILION, axes_of, png


def write_charts(folder: Path, material: Material, values: dict[str, object]) -> None:
    """Write the files, each whole or not at all; ROC and PR need both kinds of parts.

    Raises:
        ModelError: A file cannot be written.
    """
    text = json.dumps(values, indent=2, allow_nan=False)
    write_file(folder / "limits.json", text.encode("utf-8"))
    marks = _marks(values)
    counted = histogram(material.sample)
    if counted is not None:
        write_file(folder / "histogram.png", png(_histogram(counted, marks)))
    drawn = curves(material.sample)
    if drawn is not None:
        write_file(folder / "roc.png", png(_roc(drawn, marks)))
        write_file(folder / "pr.png", png(_pr(drawn, marks)))


def _marks(values: dict[str, object]) -> dict[str, float]:
    rows = values["limits"]
    if not isinstance(rows, list):
        raise TypeError("limits is a list of rows")
    return {row["name"]: row["limit"] for row in rows if row["name"]}


def _histogram(counted: Histogram, marks: dict[str, float]) -> Figure:
    """Draw good parts upwards and defective ones downwards, so that no colour is needed."""
    figure, (axes,) = axes_of(8.0, 4.4)
    edges = counted.edges
    top = max(float(counted.good.max()), float(counted.defective.max()), 1.0)
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    axes.bar(middles, np.log10(1 + counted.good), widths, color=BLUE, label="good parts (up)")
    axes.bar(
        middles,
        -np.log10(1 + counted.defective),
        widths,
        color="none",
        edgecolor=VERMILION,
        hatch="////",
        label="defective parts (down, hatched)",
    )
    axes.axhline(0, color="black", linewidth=0.8)
    ticks = [10.0**power for power in range(int(np.log10(top)) + 1)]
    places = np.log10(1 + np.array(ticks))
    labels = [f"{tick:,.0f}" for tick in ticks]
    axes.set_yticks([*-places[::-1], 0, *places], [*labels[::-1], "0", *labels])
    axes.set(xlabel="score, raw unit", ylabel="parts in production, estimated")
    for place, (name, limit) in enumerate(marks.items()):
        _mark_limit(axes, name, limit, place)
    axes.legend(loc="lower left", fontsize=8)
    return figure


def _mark_limit(axes: Axes, name: str, limit: float, place: int) -> None:
    axes.axvline(limit, color="black", linestyle=("-", "--", "-.", ":")[place % 4], linewidth=1)
    axes.annotate(
        f"{name} {limit:.4g}",
        (limit, 0.98 - 0.06 * place),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        textcoords="offset points",
        fontsize=8,
        va="top",
    )


def _roc(drawn: Curves, marks: dict[str, float]) -> Figure:
    figure, (axes,) = axes_of(4.8, 4.4)
    axes.plot([0, 1], [0, 1], "--", color=GREY, linewidth=0.8)
    axes.plot(drawn.false_calls, drawn.recall, color=BLUE)
    axes.set(xlabel="share of good parts called NG (false calls)")
    axes.set(ylabel="share of defective parts found", title=f"ROC, area {drawn.auroc:.4f}")
    _mark_points(axes, drawn, drawn.false_calls, drawn.recall, marks)
    return figure


def _pr(drawn: Curves, marks: dict[str, float]) -> Figure:
    figure, (axes,) = axes_of(4.8, 4.4)
    axes.plot(drawn.recall, drawn.precision, color=BLUE)
    axes.set(xlabel="recall: share of defective parts found", xlim=(-0.02, 1.02))
    axes.set(ylabel="precision: share of NG that is defective", ylim=(-0.02, 1.04))
    axes.set_title("Precision and recall")
    _mark_points(axes, drawn, drawn.recall, drawn.precision, marks)
    return figure


def _mark_points(
    axes: Axes,
    drawn: Curves,
    across: np.ndarray[tuple[int], np.dtype[np.float64]],
    up: np.ndarray[tuple[int], np.dtype[np.float64]],
    marks: dict[str, float],
) -> None:
    for (name, limit), shape in zip(marks.items(), "osD^", strict=False):
        # Limits fall along the curve: the last one that is not below the mark.
        place = int(np.searchsorted(-drawn.limits, -limit, side="right")) - 1
        axes.plot(across[place], up[place], shape, color=VERMILION, label=f"{name} {limit:.4g}")
    if marks:
        axes.legend(loc="lower left" if axes.get_title() != "ROC" else "lower right", fontsize=8)
