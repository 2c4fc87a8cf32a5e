"""Plots for people, drawn without a window: matplotlib figures to PNG bytes."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.figures import Judged, by_product, labels_and_scores
from model.metrics import Floats, precision_recall, roc
from model.training.config import Epoch

# the Okabe-Ito palette: told apart by colour-blind people and in grey print
BLUE, VERMILION, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#777777"
_CYCLE = (BLUE, VERMILION, GREEN, "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DPI = 110


def png(figure: Figure) -> bytes:
    """Return the figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def axes_of(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return an empty figure of a size in inches and its axes, side by side."""
    figure = Figure((width, height), dpi=_DPI, layout="constrained")
    axes = [figure.add_subplot(1, columns, number + 1) for number in range(columns)]
    for one in axes:
        one.grid(alpha=0.3, linewidth=0.6)
        one.spines[["top", "right"]].set_visible(False)
        one.set_prop_cycle(color=_CYCLE)
    return figure, axes


def roc_plot(judged: Sequence[Judged], limit: float = math.nan) -> Figure:
    """Draw true against false positives, a line per product; a dot marks the limit in use."""
    figure, (axes,) = axes_of(4.6, 4.2)
    axes.plot([0, 1], [0, 1], "--", color=GREY, linewidth=0.8)
    axes.set(xlabel="share of good images called defective (false calls)")
    axes.set(ylabel="share of defective images found", title="ROC")
    for product, some in by_product(judged).items():
        false, hits, limits = roc(*labels_and_scores(some))
        axes.plot(false, hits, label=product or None)
        _mark(axes, false, hits, limits, limit)
    _name_lines(axes)
    return figure


def pr_plot(judged: Sequence[Judged], limit: float = math.nan) -> Figure:
    """Draw precision against recall, a line per product; a dot marks the limit in use."""
    figure, (axes,) = axes_of(4.6, 4.2)
    axes.set(xlabel="recall: share of defective images found", xlim=(-0.02, 1.02))
    axes.set(ylabel="precision: share of calls that are right", ylim=(-0.02, 1.04))
    axes.set(title="Precision and recall")
    for product, some in by_product(judged).items():
        precision, recall, limits = precision_recall(*labels_and_scores(some))
        axes.plot(recall, precision, drawstyle="steps-pre", label=product or None)
        _mark(axes, recall, precision, limits, limit)
    _name_lines(axes)
    return figure


def _mark(axes: Axes, x: Floats, y: Floats, limits: Floats, limit: float) -> None:
    """Put a dot where the limit in use stands; limits go downwards."""
    called = np.flatnonzero(limits >= limit) if math.isfinite(limit) else np.empty(0, np.int64)
    if called.size:
        is_first = "limit" not in {str(line.get_gid()) for line in axes.lines}
        label = f"limit {limit:.4g}" if is_first else None
        at = int(called[-1])
        axes.plot(x[at], y[at], "o", color="black", label=label, gid="limit")


def _name_lines(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower right", frameon=False, fontsize=8)


def scores_plot(judged: Sequence[Judged], limit: float = math.nan) -> Figure:
    """Draw how many good and defective images have which score, with the limit in use."""
    figure, (axes,) = axes_of(4.6, 4.2)
    labels, scores = labels_and_scores(judged)
    edges = np.histogram_bin_edges(scores, bins=min(40, max(10, len(scores) // 4))).tolist()
    axes.hist(scores[~labels], edges, color=BLUE, alpha=0.75, label=f"good ({sum(~labels)})")
    axes.hist(scores[labels], edges, color=VERMILION, alpha=0.6, label=f"defective ({sum(labels)})")
    if math.isfinite(limit):
        axes.axvline(limit, color="black", linewidth=1.2, label=f"limit {limit:.4g}")
    axes.set(xlabel="image score", ylabel="images", title="Scores")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(y=0.25)
    axes.legend(frameon=False)
    return figure


def curves_plot(epochs: Sequence[Epoch], best: int | None = None) -> Figure:
    """Draw losses and validation figures over the epochs; a line marks the best epoch."""
    figure, (left, right) = axes_of(10.5, 4.0, columns=2)
    numbers = [epoch.number for epoch in epochs]
    for axes, series in ((left, _series(epochs, "losses")), (right, _series(epochs, "metrics"))):
        marker = "o" if len(epochs) < 30 else ""
        for name, values in series.items():
            width = 2.2 if name in ("total", "quality") else 1.2
            axes.plot(numbers, values, label=name, linewidth=width, marker=marker, markersize=3)
        if best is not None:
            axes.axvline(best, color=GREY, linestyle=":", label=f"best epoch {best}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("epoch")
        if series:
            axes.legend(frameon=False, fontsize=8)
    left.set(title="Losses on the training images")
    right.set(title="Figures on the validation images")
    return figure


def _series(epochs: Sequence[Epoch], what: str) -> dict[str, list[float]]:
    """Return a column for each name; NaN, a gap in the line, where an epoch has none."""
    names = dict.fromkeys(name for epoch in epochs for name in getattr(epoch, what))
    return {name: [getattr(epoch, what).get(name, math.nan) for epoch in epochs] for name in names}
