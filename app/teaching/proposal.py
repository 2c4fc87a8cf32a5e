"""The limit that is proposed after a lesson, with what can be promised of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.i18n import tr, trn
from app.inspection.recipe import Recipe
from app.quality.intervals import upper_bound
from app.quality.promise import percent
from app.quality.tolerance import ToleranceLimit, false_call_limit, normals_needed
from app.teaching.outcome import Outcome
from model.calibration import FALSE_CALLS

CONFIDENCE = 0.95
LEAST_WORTH = 0.5
"""A larger share of false calls is no promise that helps anybody."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An NG limit and what is known of it.

    Attributes:
        limit: score >= limit is NG, raw unit.
        by_hand: A person has set it.
        own: The limit that the checkpoint brings along.
        tolerance: The lowest limit of which a promise can be made, and the promise; None if
            there are too few pictures for any.
        wanted: Share of false calls that was asked for.
        good: Good pictures that were judged and not learned from.
        false_calls: Those of them at or above the limit.
        defective: Defective pictures that were judged and not learned from.
        escapes: Those of them below the limit.
        estimated: The checkpoint's own limit stands for `FALSE_CALLS` false calls.
    """

    limit: float
    by_hand: bool
    own: float
    tolerance: ToleranceLimit | None
    wanted: float
    good: int
    false_calls: int
    defective: int
    escapes: int
    estimated: bool = True

    @property
    def promised(self) -> float | None:
        """Share of false calls that the limit holds with `CONFIDENCE`; None without a promise."""
        if self.tolerance is None or self.limit < self.tolerance.limit:
            return None
        return self.tolerance.false_calls

    @property
    def missing(self) -> int:
        """How many more pictures the wanted promise takes; 0 if it is kept."""
        return max(0, normals_needed(self.wanted, CONFIDENCE) - self.good)

    @property
    def largest_escape(self) -> float:
        """Largest share of escapes that the defective pictures still allow, 0..1."""
        return float(upper_bound(self.escapes, self.defective, CONFIDENCE))


def propose(outcome: Outcome, wanted: float, by_hand: float | None = None) -> Proposal:
    """Return the limit: the checkpoint's own, or the promised one where that is higher.

    The pictures were drawn at random before the lesson and judged after it, so their scores are
    exchangeable with those of further good parts, and `false_call_limit` holds for them. The
    checkpoint's own limit does not know them, so the higher of the two keeps the promise.

    Args:
        outcome: Of the lesson.
        wanted: Share of the good parts that may be called NG, 0..1; where the pictures are too
            few for it, the smallest share that they can carry is promised.
        by_hand: Limit that a person has set, raw unit; None takes the proposed one.
    """
    good, defective = outcome.scores(defective=False), outcome.scores(defective=True)
    tolerance = None
    if good:
        share = max(wanted, smallest_promise(len(good)))
        tolerance = false_call_limit(good, share, CONFIDENCE) if share <= LEAST_WORTH else None
    limit = outcome.limit if tolerance is None else max(outcome.limit, tolerance.limit)
    limit = limit if by_hand is None else by_hand
    return Proposal(
        limit=limit,
        by_hand=by_hand is not None,
        own=outcome.limit,
        tolerance=tolerance,
        wanted=wanted,
        good=len(good),
        false_calls=sum(score >= limit for score in good),
        defective=len(defective),
        escapes=sum(score < limit for score in defective),
        estimated=outcome.way != "trained",
    )


def smallest_promise(normals: int) -> float:
    """Return the smallest share of false calls that so many pictures can promise, rounded up.

    With none of n above the limit that is 1 - (1 - c)^(1 / n) (Wilks, 1941).
    """
    exact = 1 - (1 - CONFIDENCE) ** (1 / normals)
    step = 0.01 if exact >= 0.1 else 0.001
    return float(min(1 - 1e-9, (math.floor(exact / step) + 1) * step))


def promise_sentences(proposal: Proposal) -> tuple[str, ...]:
    """Return what is known of the limit in plain words, the most important first."""
    return (
        _false_calls(proposal),
        *_estimate(proposal),
        *_more(proposal),
        _escapes(proposal),
        *_advice(proposal),
    )


def recipe_with_outcome(recipe: Recipe, outcome: Outcome, checkpoint: str, limit: float) -> Recipe:
    """Return the recipe with what was learned and its limit.

    Args:
        recipe: As it was drawn.
        outcome: Of the lesson.
        checkpoint: File name of the checkpoint.
        limit: NG limit, raw unit. The regions share it: the part is judged by the worst.
    """
    return recipe.model_copy(
        update={
            "checkpoint": checkpoint,
            "checkpoint_sha256": outcome.sha256,
            "ng_limit": limit,
            "review_limit": None,
            "map_limit": None,
        }
    )


def _false_calls(found: Proposal) -> str:
    if not found.good:
        return tr("No good picture was held out, so nothing can be promised.")
    seen = tr("{above} of {count} good pictures that it has not learned from lie above the limit.")
    counted = seen.format(above=found.false_calls, count=found.good)
    if found.promised is None:
        text = tr("No promise can be made of false calls at this limit.")
        return f"{text} {counted}"
    text = tr("At most {share} of the good parts are called NG, with {confidence} confidence.")
    promise = text.format(share=percent(found.promised), confidence=percent(CONFIDENCE))
    return f"{promise} {counted}"


def _estimate(found: Proposal) -> tuple[str, ...]:
    if not found.estimated or found.limit < found.own:
        return ()
    text = tr(
        "By the spread of the pictures that it has learned from, each judged without itself, "
        "about {share} would be; that is an estimate and no promise."
    )
    return (text.format(share=percent(FALSE_CALLS)),)


def _more(found: Proposal) -> tuple[str, ...]:
    if not found.missing or not found.good:
        return ()
    text = trn(
        "A promise of {share} takes {count} more good part that was not learned from: the line "
        "collects them by itself, see Limits after some days.",
        "A promise of {share} takes {count} more good parts that were not learned from: the line "
        "collects them by itself, see Limits after some days.",
        found.missing,
    )
    return (text.format(share=percent(found.wanted), count=f"{found.missing:,}"),)


def _escapes(found: Proposal) -> str:
    if not found.defective:
        return tr(
            "No defective part was shown to it, so nothing is known of escapes. Show it some "
            "before you rely on it."
        )
    text = tr(
        "{found} of {count} defective parts are found. At most {share} of such defects escape "
        "({confidence} confidence), and only if new ones look like these."
    )
    return text.format(
        found=found.defective - found.escapes,
        count=found.defective,
        share=percent(found.largest_escape),
        confidence=percent(CONFIDENCE),
    )


def _advice(found: Proposal) -> tuple[str, ...]:
    if 2 * found.escapes < max(1, found.defective):
        return ()
    return (
        tr(
            "It misses too many of them: go back and teach with painted defects, or show the part "
            "larger, before you rely on it."
        ),
    )
