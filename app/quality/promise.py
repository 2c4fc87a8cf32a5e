"""Suggestions and doubts in sentences, for the window, the command line and the event."""

from __future__ import annotations

from app.i18n import tr
from app.quality.score_sample import ScoreSample
from app.quality.tolerance import ToleranceLimit
from app.quality.working_point import WorkingPoint

_MUCH_OPEN = 0.05


def promise_text(tolerance: ToleranceLimit) -> str:
    """Return what is promised of a limit, in one sentence."""
    return tr(
        "At most {share} of the good parts are called NG, with {confidence} confidence: "
        "{above} of {parts} good parts lie above {limit} (undecided parts count as good)."
    ).format(
        share=percent(tolerance.false_calls),
        confidence=percent(tolerance.confidence),
        above=f"{tolerance.above_parts:,.0f}",
        parts=f"{tolerance.parts:,.0f}",
        limit=f"{tolerance.limit:.6g}",
    )


def escape_text(point: WorkingPoint) -> str:
    """Return what is known of the escapes, in one sentence."""
    if not point.escapes.reviewed:
        return tr("No defective part was reviewed, so nothing can be said of escapes.")
    if point.largest_escape >= 1:
        return tr("No OK part was drawn for review, so nothing can be said of escapes.")
    return tr(
        "At most {share} of the defective parts escape, as far as {count} reviewed defective "
        "parts can tell ({confidence} confidence), and only if new defects look like those."
    ).format(
        share=percent(point.largest_escape),
        count=f"{point.escapes.reviewed:,}",
        confidence=percent(point.confidence),
    )


def doubts(sample: ScoreSample) -> tuple[str, ...]:
    """Return what a person should know before believing the numbers, a sentence each."""
    found = []
    if sample.limits_moved:
        found.append(
            tr(
                "The limits moved within these records: parts below {limit} count only as far "
                "as they were drawn by chance."
            ).format(limit=f"{sample.good.complete_from:.6g}")
        )
    flagged = sample.good.complete.size + sample.defective.complete.size + sample.flagged_open
    if sample.flagged_open > _MUCH_OPEN * flagged:
        found.append(
            tr(
                "{count} flagged parts are not decided yet; they are taken to be like the others. "
                "Review them first."
            ).format(count=f"{sample.flagged_open:,}")
        )
    if sample.drawn_open > _MUCH_OPEN * max(1, sample.normals.drawn.size):
        found.append(
            tr("{count} drawn OK parts are not decided yet. Review them first.").format(
                count=f"{sample.drawn_open:,}"
            )
        )
    if sample.seen_once and sample.defective.share < 1:
        found.append(
            tr(
                "{count} escapes among the drawn parts were seen by one person alone, and each "
                "stands for {parts} parts: let a second person look at them."
            ).format(
                count=f"{sample.seen_once:,}", parts=f"{1 / max(sample.defective.share, 1e-9):,.0f}"
            )
        )
    if sample.found_otherwise:
        found.append(
            tr(
                "{count} defective parts were found among OK parts that were not drawn; no rate "
                "can be computed from them, they are not counted here."
            ).format(count=f"{sample.found_otherwise:,}")
        )
    return tuple(found)


def per_thousand(share: float) -> str:
    """Return e.g. "2.6": how many of 1,000 parts; "-" for NaN."""
    if share != share:  # NaN is the one number unequal to itself
        return "-"
    value = 1000 * share
    if value == 0 or value >= 9.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.95 else f"{value:.2g}"


def percent(share: float) -> str:
    """Return e.g. "0.75 %", with at least two digits that count; "-" for NaN."""
    if share != share:  # NaN is the one number unequal to itself
        return "-"
    value = 100 * share
    if value == 0 or value >= 99.95:
        return f"{value:.0f} %"
    digits = 1 if value >= 9.95 else 2 if value >= 0.095 else 3
    text = f"{value:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.')} %" if "." in text else f"{text} %"
