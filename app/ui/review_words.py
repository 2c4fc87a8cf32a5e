"""A record and what people said of it, as words of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from app.i18n import N_, tr
from app.inspection.reasons import details_of
from app.inspection.record import InspectionRecord, RegionResult
from app.inspection.review import Finding, Review
from app.inspection.verdict import Verdict
from app.review.decisions import Choice, part_after

FINDINGS: dict[Finding, str] = {
    "confirmed": N_("confirmed"),
    "false-call": N_("false call"),
    "escape": N_("escape"),
    "good": N_("good"),
    "defective": N_("defective"),
    "unsure": N_("unsure"),
    "acknowledged": N_("seen on the line"),
    "marked": N_("called good on the line"),
    "withdrawn": N_("taken back"),
}
_PARTS = {"good": N_("part is good"), "defective": N_("part is defective")}
_NOBODY = N_("no name")


def finding_word(finding: Finding) -> str:
    """Return a finding in the language in use."""
    return tr(FINDINGS[finding])


def outcome(verdict: Verdict, choice: Choice) -> str:
    """Return what an answer to a verdict says of the part, "" if nothing."""
    part = part_after(verdict, choice)
    return tr(_PARTS[part]) if part else ""


def review_line(review: Review) -> str:
    """Return one line of the history: when, who, what."""
    when = review.at.astimezone().strftime("%m-%d %H:%M")
    parts = [f"{when}  {review.by or tr(_NOBODY)}: {finding_word(review.finding)}"]
    parts += [text for text in (review.defect, review.comment) if text]
    return " · ".join(parts)


def review_lines(reviews: Sequence[Review]) -> list[str]:
    """Return the history of a part, the newest first."""
    return [review_line(review) for review in reversed(reviews)]


def record_facts(record: InspectionRecord) -> tuple[tuple[str, str], ...]:
    """Return what is known of a judged part, (English name, value); empty values are left out."""
    context = record.context
    size = f"{record.frame_width} × {record.frame_height} px" if record.frame_width else ""
    scale = f" · {record.mm_per_px:g} mm/px" if size and record.mm_per_px else ""
    classes = " · ".join(f"{name} {share:.2f}" for name, share in record.class_probabilities)
    regions = "\n".join(map(_region, record.region_results))
    details = "" if regions else _details(record)
    facts = (
        (N_("Part number"), record.serial),
        (N_("Lot"), " · ".join(filter(None, (context.lot, context.shift)))),
        (N_("Taken"), record.taken_utc.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        (N_("Drawn"), _drawn(record)),
        (N_("Cause"), details),
        (N_("Regions"), regions),
        (N_("Position"), _position(record)),
        (N_("Classes"), classes),
        (N_("Product"), record.product),
        (N_("Recipe"), f"{record.recipe} v{record.recipe_version}"),
        (N_("Checkpoint"), f"{record.checkpoint} {record.checkpoint_sha256[:6]}".strip()),
        (N_("Station"), " · ".join(filter(None, (context.station, context.operator)))),
        (N_("Picture"), size + scale),
        (N_("Record"), record.id),
    )
    return tuple((name, value) for name, value in facts if value)


def _region(result: RegionResult) -> str:
    if result.ng_limit is None:
        return f"{result.name}: {result.verdict.value}"
    text = tr("{name}: {verdict}, score {score}, limit {limit}")
    return text.format(
        name=result.name,
        verdict=result.verdict.value,
        score=f"{result.score:.3g}",
        limit=f"{result.ng_limit:.3g}",
    )


def _details(record: InspectionRecord) -> str:
    return " · ".join(filter(None, map(details_of, record.decision.reasons)))


def _position(record: InspectionRecord) -> str:
    """Return how far a part lay from where its reference picture shows it."""
    place = record.placement
    if place is None:
        return ""
    text = tr("{across} px across, {down} px down, turned {turn}°")
    return text.format(
        across=f"{place.dx_px:+.1f}", down=f"{place.dy_px:+.1f}", turn=f"{place.turn_deg:+.1f}"
    )


def _drawn(record: InspectionRecord) -> str:
    drawn = [tr("OK part, at random")] if record.sampled else []
    drawn += [tr("for two opinions")] if record.second_opinion else []
    return " · ".join(drawn)
