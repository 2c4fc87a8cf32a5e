"""Pictures of a comparison: accuracy against speed, curves and scores of all detectors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from model.comparison.figures import F1_MAX, IMAGE_AUROC, Result
from model.comparison.resampling import Bools
from model.metrics import precision_recall, roc
from model.report.plots import BLUE, GREY, VERMILION, axes_of

# Okabe-Ito without its yellow, which white paper swallows; then again with other lines
_COLOURS = (BLUE, VERMILION, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_LINES = ("-", "--", ":", "-.")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_COLUMNS = 3


def speed_plot(results: Sequence[Result], min_fps: float, trivial: float) -> Figure:
    """Draw F1-max with its interval against pictures a second, logarithmic."""
    figure, (axes,) = axes_of(9.0, 5.0)
    for one, (colour, _, marker) in zip(results, _styles(), strict=False):
        found = one.figures[F1_MAX]
        low = found.low if found.low is not None else one.f1_max
        high = found.high if found.high is not None else one.f1_max
        ends = [[100 * max(0.0, one.f1_max - low)], [100 * max(0.0, high - one.f1_max)]]
        axes.errorbar(
            [one.images_per_second], [100 * one.f1_max], ends, fmt=marker, color=colour,
            capsize=4, markersize=8, label=one.name,
        )  # fmt: skip
    axes.set_xscale("log")
    left, right = _range([one.images_per_second for one in results], min_fps)
    axes.set_xlim(left, right)
    if min_fps > 0:
        axes.axvspan(left, min_fps, color=GREY, alpha=0.15, linewidth=0)
        axes.axvline(min_fps, color=GREY, linestyle=":", label=f"{min_fps:g} images/s needed")
    if 100 * trivial >= axes.get_ylim()[0]:
        axes.axhline(
            100 * trivial, color=GREY, linestyle="--", linewidth=0.8, label="all called defective"
        )
    _plain_numbers(axes)
    axes.set(xlabel="images a second, one by one", ylabel="F1-max in percent, 95 % interval")
    axes.set(title="Accuracy against speed")
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return figure


def rocs_plot(results: Sequence[Result], defective: Bools) -> Figure:
    """Draw true against false positives, a line for each detector."""
    figure, (axes,) = axes_of(6.4, 6.0)
    axes.plot([0, 1], [0, 1], "--", color=GREY, linewidth=0.8)
    for one, (colour, line, _) in zip(results, _styles(), strict=False):
        false, hits, _ = roc(defective, _scores(one))
        area = one.figures[IMAGE_AUROC].value or math.nan
        axes.plot(false, hits, line, color=colour, label=f"{one.name} ({100 * area:.1f})")
    axes.set(xlabel="share of good images called defective (false calls)")
    axes.set(ylabel="share of defective images found", title="ROC (image AUROC)")
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def prs_plot(results: Sequence[Result], defective: Bools) -> Figure:
    """Draw precision against recall, a line for each detector; a mark where F1 is best."""
    figure, (axes,) = axes_of(6.4, 6.0)
    for one, (colour, line, marker) in zip(results, _styles(), strict=False):
        precision, recall, limits = precision_recall(defective, _scores(one))
        name = f"{one.name} ({100 * one.f1_max:.1f})"
        axes.plot(recall, precision, line, color=colour, drawstyle="steps-pre", label=name)
        at = np.flatnonzero(limits >= one.best.limit)
        if at.size:
            axes.plot(recall[at[-1]], precision[at[-1]], marker, color=colour, markersize=7)
    axes.axhline(defective.mean(), linestyle="--", color=GREY, linewidth=0.8)
    axes.set(xlabel="recall: share of defective images found", xlim=(-0.02, 1.02))
    axes.set(ylabel="precision: share of calls that are right", ylim=(-0.02, 1.04))
    axes.set(title="Precision and recall (F1-max, at the marks)")
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    return figure


def histograms(results: Sequence[Result], defective: Bools) -> Figure:
    """Draw the scores of good and defective pictures, a picture for each detector."""
    columns = min(_COLUMNS, len(results))
    rows = math.ceil(len(results) / columns)
    figure = Figure((4.6 * columns, 3.3 * rows + 0.4), dpi=110, layout="constrained")
    for number, one in enumerate(results):
        axes = figure.add_subplot(rows, columns, number + 1)
        _histogram(axes, one, defective)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    for axes in figure.axes[1:]:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            if label not in labels:
                handles.append(handle)
                labels.append(label)
    figure.legend(handles, labels, frameon=False, loc="outside lower center", ncols=4)
    return figure


def _histogram(axes: Axes, one: Result, defective: Bools) -> None:
    axes.grid(alpha=0.3, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    scores = _scores(one)
    low, high = np.quantile(scores, (0.0, 0.99))
    high = max(float(high), one.best.limit, one.own.limit if one.own else one.best.limit)
    # beyond the last bin one far-off score would squeeze all others into the first
    shown = np.clip(scores, None, high)
    edges = np.linspace(low, high if high > low else low + 1, 31).tolist()
    axes.hist(shown[~defective], edges, color=BLUE, alpha=0.75, label="good")
    axes.hist(shown[defective], edges, color=VERMILION, alpha=0.6, label="defective")
    axes.axvline(one.best.limit, color="black", linestyle="--", label="limit of the best F1")
    if one.own is not None:
        axes.axvline(one.own.limit, color="black", label="own limit")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    beyond = int(np.count_nonzero(scores > high))
    axes.set_xlabel(f"image score ({beyond} beyond, in the last bar)" if beyond else "image score")
    axes.set_ylabel("images")
    axes.set_title(one.name, fontsize=10, wrap=True)


def _scores(one: Result) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    assert one.record.scores is not None
    return np.asarray(one.record.scores.values, np.float64)


def _styles() -> Iterator[tuple[str, str, str]]:
    """Yield colour, line and marker; a new line style when the colours are through."""
    number = 0
    while True:
        turn = number // len(_COLOURS) % len(_LINES)
        at = number % len(_COLOURS)
        yield _COLOURS[at], _LINES[turn], _MARKERS[(at + turn) % len(_MARKERS)]
        number += 1


def _range(rates: Sequence[float], min_fps: float) -> tuple[float, float]:
    known = [*rates, *([min_fps] if min_fps > 0 else [])]
    return min(known) / 1.6, max(known) * 1.6


def _plain_numbers(axes: Axes) -> None:
    """Write 1, 2, 5, 10 on a logarithmic axis instead of powers."""
    low, high = axes.get_xlim()
    steps = (1, 2, 5) if high / low > 20 else (1, 1.5, 2, 3, 4, 5, 6, 8)
    ticks = [
        step * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for step in steps
        if low <= step * 10.0**power <= high
    ]
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
