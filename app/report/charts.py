"""Charts of a report: drawn once, as SVG for a page, as PNG for paper and screen."""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import date2num, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from app.i18n import tr
from app.quality.drift_words import name_of, unit_of
from app.quality.pareto import Bar
from app.report.facts import Drift, Floats, NgTrend, ScoreHistogram
from app.report.fonts import for_charts

# The colours of the screens; each also differs in lightness, so that grey print shows them.
INK, FAINT, LINE = "#14181C", "#4A5157", "#A4ABB1"
OK, NG, REVIEW, ACCENT = "#007A5A", "#C24F00", "#C79A00", "#0065A3"

_MM: Final = 1 / 25.4
_KINDS_SHOWN: Final = 12
_PANELS_A_ROW: Final = 4
_MINUTE: Final = 1 / 1440
_HALF_SECOND: Final = 0.5 / 86400
_STEPS_DAYS: Final = (
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)),
    *(1.0, 2.0, 4.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0, 3650.0),
)
_YEARLY_FROM: Final = 60.0
# matplotlib's settings belong to the whole process.
_drawing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that can be drawn.

    Attributes:
        paint: Draws into an empty figure, in the language in use.
        size_mm: Width and height on paper.
        text: What it shows, for those who cannot see it.
    """

    paint: Callable[[Figure], None]
    size_mm: tuple[float, float]
    text: str

    def svg(self) -> str:
        """Return an <svg> element; letters are outlines, so it needs no font."""
        data = self._saved("svg", 72).decode("utf-8")
        # A page takes the element alone; the rest names addresses that nobody needs.
        element = data[data.index("<svg") :]
        element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
        return re.sub(r"<!--.*?-->", "", element, flags=re.DOTALL).strip()

    def png(self, dpi: float = 200) -> bytes:
        """Return a PNG file of so many pixels an inch."""
        return self._saved("png", dpi)

    def _saved(self, file_format: str, dpi: float) -> bytes:
        buffer = io.BytesIO()
        with _drawing, mpl.rc_context():
            mpl.rcParams.update(
                {
                    "font.family": for_charts(),
                    "font.size": 7.5,
                    "axes.unicode_minus": False,
                    # A dollar sign in a name is a dollar sign.
                    "text.parse_math": False,
                    "axes.edgecolor": LINE,
                    "axes.labelcolor": FAINT,
                    "axes.linewidth": 0.6,
                    "xtick.color": FAINT,
                    "ytick.color": FAINT,
                    "text.color": INK,
                    "svg.fonttype": "path",
                    "svg.hashsalt": "report",
                    "hatch.linewidth": 0.5,
                }
            )
            width, height = self.size_mm
            figure = Figure((width * _MM, height * _MM), dpi=dpi, layout="constrained")
            self.paint(figure)
            if file_format == "svg":
                figure.savefig(buffer, format="svg", metadata={"Date": None})
            else:
                # Fast: paper packs it again, and the screen throws it away.
                figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
        return buffer.getvalue()


def pareto_chart(bars: Sequence[Bar]) -> Chart:
    """Return the kinds of defects by how often they occur, with their cumulative share."""
    shown = list(bars[:_KINDS_SHOWN])
    text = ", ".join(f"{_kind(bar.name)} {bar.count}" for bar in shown)
    return Chart(partial(_paint_pareto, shown), (180, 62), tr("Kinds of defects") + f": {text}")


def trend_chart(trend: NgTrend, zone: tzinfo | None = None) -> Chart:
    """Return the NG rate over time with the limits of its p-chart."""
    text = tr("NG rate over time; centre {centre}").format(centre=f"{trend.chart.centre:.2%}")
    return Chart(partial(_paint_trend, trend, zone), (180, 58), text)


def histogram_chart(found: ScoreHistogram) -> Chart:
    """Return the scores under one checkpoint with the limits in force."""
    text = tr("Scores of {recipe}, checkpoint {checkpoint}")
    return Chart(
        partial(_paint_histogram, found),
        (180, 56),
        text.format(recipe=found.recipe, checkpoint=found.checkpoint),
    )


def drift_chart(drifts: Sequence[Drift], zone: tzinfo | None = None) -> Chart:
    """Return the measurements of one checkpoint over time, one panel each.

    Args:
        drifts: Of one recipe and checkpoint, at least one.
        zone: Clock of the plant; None for this computer's.
    """
    text = tr("Score, light and focus of {recipe} over time").format(recipe=drifts[0].recipe)
    return Chart(partial(_paint_drifts, drifts, zone), (180, 6 + 40 * _rows(drifts)), text)


def _axes(figure: Figure, rows: int = 1, columns: int = 1, index: int = 1) -> Axes:
    axes = figure.add_subplot(rows, columns, index)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=LINE, alpha=0.45, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.tick_params(length=2, width=0.5)
    return axes


def _paint_pareto(bars: Sequence[Bar], figure: Figure) -> None:
    axes = _axes(figure)
    places = np.arange(len(bars))
    counts = [bar.count for bar in bars]
    whole = max(1.0, counts[0] / max(bars[0].cumulative_share, 1e-9))
    axes.bar(places, counts, width=0.62, color=NG, edgecolor=INK, linewidth=0.4)
    for place, count in zip(places, counts, strict=True):
        # In the bar where there is room, so that the line above crosses no digits.
        inside = count > 0.12 * whole
        axes.annotate(
            f"{count:,}",
            (place, count / 2 if inside else count),
            xytext=(0, 0 if inside else 2),
            textcoords="offset points",
            ha="center",
            va="center" if inside else "bottom",
            color="white" if inside else INK,
            fontweight=600,
        )
    axes.set_xticks(places, [_kind(bar.name) for bar in bars])
    axes.set_ylabel(tr("parts"))
    # Both axes mean the same height: the line starts on the first bar (Juran's scale).
    axes.set_ylim(0, whole * 1.06)
    axes.set_xlim(-0.6, max(len(bars), 4) - 0.4)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    if len(bars) > 6:
        axes.tick_params(axis="x", labelrotation=20)
    share = axes.twinx()
    share.plot(places, [bar.cumulative_share for bar in bars], "o-", color=ACCENT, markersize=3)
    share.set_ylim(0, 1.06)
    share.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    share.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    share.set_ylabel(tr("cumulative share"), color=ACCENT)
    share.spines["top"].set_visible(False)
    share.tick_params(length=2, width=0.5)


def _kind(name: str) -> str:
    return name or tr("not named")


def _paint_trend(trend: NgTrend, zone: tzinfo | None, figure: Figure) -> None:
    axes = _axes(figure)
    chart = trend.chart
    times = _local(trend.begins, zone)
    known = np.isfinite(chart.shares)
    axes.step(times, chart.high * 100, where="mid", color=INK, linewidth=0.7, linestyle="--")
    axes.step(times, chart.low * 100, where="mid", color=INK, linewidth=0.7, linestyle="--")
    axes.axhline(chart.centre * 100, color=OK, linewidth=0.9)
    axes.plot(times[known], chart.shares[known] * 100, "o-", color=ACCENT, lw=0.9, markersize=2.6)
    outside = np.array([bool(rules) for rules in chart.broken]) & known
    if outside.any():
        axes.plot(
            times[outside],
            chart.shares[outside] * 100,
            "D",
            markersize=6,
            markerfacecolor="none",
            markeredgecolor=NG,
            markeredgewidth=1.3,
            label=tr("out of control"),
        )
        axes.legend(loc="upper left", frameon=False, fontsize=7)
    axes.set_ylabel(tr("NG, % of parts"))
    # Without a single NG part there is no scale to be taken from the shares.
    axes.set_ylim(0, max(0.5, 115 * float(np.nanmax([*chart.high, *chart.shares[known]]))))
    axes.margins(x=0.02)
    _note(axes, float(chart.centre * 100), tr("centre"))
    _dates(axes, times)


def _paint_histogram(found: ScoreHistogram, figure: Figure) -> None:
    axes = _axes(figure)
    edges = found.edges
    axes.stairs(found.everything, edges, fill=True, color="#C9CED3", label=tr("all parts"))
    if found.good.any():
        label = tr("found good")
        axes.stairs(found.good, edges, color=OK, linewidth=1.3, label=label)
    if found.defective.any():
        label = tr("found defective")
        axes.stairs(found.defective, edges, color=NG, linewidth=1.3, linestyle="-", label=label)
        axes.stairs(found.defective, edges, fill=True, hatch="////", facecolor="none", edgecolor=NG)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(0, max(10.0, float(found.everything.max()) * 4))
    axes.yaxis.set_major_locator(_decades(float(found.everything.max())))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    for limits, word, colour in (
        (found.limits_review, tr("REVIEW"), REVIEW),
        (found.limits_ng, tr("NG"), NG),
    ):
        for number, limit in enumerate(limits):
            newest = number == len(limits) - 1
            axes.axvline(limit, color=colour, linewidth=1.1, linestyle="-" if newest else ":")
        if limits:
            side = "right" if word == tr("REVIEW") else "left"
            axes.annotate(
                f" {word} {limits[-1]:.4g} ",
                (limits[-1], 1.0),
                xycoords=("data", "axes fraction"),
                ha=side,
                va="top",
                fontsize=7,
                color=INK,
            )
    axes.set_xlabel(f"{tr('score')}  ({found.recipe}, {found.checkpoint})")
    axes.set_ylabel(tr("parts"))
    axes.margins(x=0.01)
    axes.legend(loc="upper right", frameon=False, fontsize=7)


def _decades(top: float) -> MaxNLocator:
    from matplotlib.ticker import FixedLocator

    most = max(1, math.ceil(math.log10(max(top, 1))))
    return FixedLocator([0, *(10**power for power in range(most + 1))])  # type: ignore[return-value]


def _paint_drifts(drifts: Sequence[Drift], zone: tzinfo | None, figure: Figure) -> None:
    title = f"{drifts[0].recipe}, {drifts[0].checkpoint}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=8, fontweight=600)
    for index, drift in enumerate(drifts):
        axes = _axes(figure, _rows(drifts), _PANELS_A_ROW, index + 1)
        moments = [datetime.fromtimestamp(second, UTC) for second in drift.times.tolist()]
        ends = (drift.target - drift.spread, drift.target + drift.spread)
        axes.axhspan(*ends, color=OK if drift.has_baseline else LINE, alpha=0.18, linewidth=0)
        axes.axhline(drift.target, color=OK if drift.has_baseline else FAINT, linewidth=0.8)
        times = _local(moments, zone)
        axes.plot(times, drift.levels, "-", color=ACCENT, linewidth=1.1)
        # Never stretched to the noise: what is calm looks calm.
        reach = max(2 * drift.spread, 1.15 * float(np.abs(drift.levels - drift.target).max()))
        reach = reach or abs(drift.target) * 0.1 or 1.0
        axes.set_ylim(drift.target - reach, drift.target + reach)
        axes.set_title(name_of(drift.measure), fontsize=7.2, color=INK)
        axes.set_ylabel(unit_of(drift.measure), fontsize=6)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
        _dates(axes, times, 3)


def _rows(drifts: Sequence[Drift]) -> int:
    return -(-len(drifts) // _PANELS_A_ROW)


def _local(moments: Sequence[datetime], zone: tzinfo | None) -> Floats:
    """Return matplotlib's numbers of these moments by the clock of the plant."""
    naive = [moment.astimezone(zone).replace(tzinfo=None) for moment in moments]
    return np.asarray(date2num(naive), np.float64)  # type: ignore[no-untyped-call]


def _dates(axes: Axes, times: Floats, most: int = 9) -> None:
    """Put marks of the clock below an axis: digits alone, which mean the same in any language.

    Args:
        axes: The axes.
        times: Matplotlib's numbers of what is drawn: days, midnight is whole.
        most: At most so many marks.
    """
    first, last = float(times.min()), float(times.max())
    span = max(last - first, 1 / 1440)
    step = next((days for days in _STEPS_DAYS if span / days < most), _STEPS_DAYS[-1])
    begin = math.floor(first)
    # A mark that lies on an end belongs to it, whatever the last digit says.
    lowest, highest = (first - begin) / step - 1e-6, (last - begin) / step + 1e-6
    marks = begin + step * np.arange(math.ceil(lowest), math.floor(highest) + 1)
    moments = [num2date(mark + _HALF_SECOND) for mark in marks.tolist()]  # type: ignore[no-untyped-call]
    if step >= _YEARLY_FROM:
        labels = [f"{moment:%Y-%m}" for moment in moments]
    elif step >= 1:
        labels = [f"{moment:%m-%d}" for moment in moments]
    else:
        labels = [
            f"{moment:%m-%d}" if moment.hour == moment.minute == 0 else f"{moment:%H:%M}"
            for moment in moments
        ]
    axes.set_xticks(marks, labels)
    if step < 1:
        day = num2date(first)  # type: ignore[no-untyped-call]
        axes.set_xlabel(f"{day:%Y-%m-%d}", loc="left", fontsize=7)


def _note(axes: Axes, height: float, text: str) -> None:
    axes.annotate(
        text,
        (1.0, height),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        fontsize=6.5,
        color=OK,
    )
