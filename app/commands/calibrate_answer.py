"""What `calibrate` finds out: limits and what they do, the suggestion, what would change."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from app import paths
from app.commands.calibrate_sources import Material
from app.errors import ExpectedError, UsageError
from app.inspection.recipe import Recipe
from app.quality.costs import Costs, cheapest_limit, cost_per_thousand
from app.quality.promise import promise_text
from app.quality.score_sample import ScoreSample
from app.quality.suggestion import NoPromise, Suggestion, suggest
from app.quality.tolerance import TooFewNormals
from app.quality.what_if import WhatIf, what_if
from app.quality.working_point import WorkingPoint, curves, working_point
from app.settings import station as station_settings
from app.settings.limit_change import LimitChange, save_limits
from app.store.database import Database

_LADDER = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


@dataclass(frozen=True, slots=True)
class Row:
    """One limit of the table.

    Attributes:
        name: Why it stands there, "" for a step of the ladder.
        point: What it does.
        cost: Cost of 1,000 parts; None if it cannot be said.
    """

    name: str
    point: WorkingPoint
    cost: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Everything that is said.

    Attributes:
        material: What it is said of.
        rows: The table.
        suggestion: The limit with the promise; None if it was refused.
        refusal: Why; None if it was not.
        auroc: Area under the ROC curve; None without both kinds.
        outcome: Verdicts of the last week under the limit; None if not asked.
        saved: New version of the recipe; None if nothing was saved.
    """

    material: Material
    rows: tuple[Row, ...]
    suggestion: Suggestion | None
    refusal: ExpectedError | None
    auroc: float | None
    outcome: WhatIf | None = None
    saved: Recipe | None = None


def answer(material: Material, options: argparse.Namespace) -> Answer:
    """Return what is said of the scores.

    Raises:
        UsageError: There are no good parts, or an option cannot be followed.
    """
    sample = material.sample
    if not sample.good.reviewed and not sample.defective.reviewed:
        raise UsageError("There are no reviewed parts.")
    suggestion, refusal = _suggestion(sample, options)
    costs = _costs(material, options)
    limits = dict(_limits(material, suggestion, costs, options))
    share = sample.defect_share if options.defect_share is None else options.defect_share
    rows = []
    for name, (limit, review) in limits.items():
        point = working_point(sample, limit, review, options.confidence)
        rows.append(Row(name, point, _cost(point, costs, share)))
    rows += _ladder(sample, costs, share, options, {row.point.limit for row in rows})
    drawn = curves(sample)
    found = Answer(
        material,
        tuple(sorted(rows, key=lambda row: row.point.limit)),
        suggestion,
        refusal,
        None if drawn is None else drawn.auroc,
    )
    if not options.what_if or material.data is None:
        return found
    limit, review = _wanted(found, options)
    return replace(found, outcome=what_if(material.data.last_week(), limit, review))


def saved(found: Answer, store: Database, options: argparse.Namespace) -> Answer:
    """Save the limit that was asked for, else the suggested one.

    Raises:
        UsageError: There is none.
        RecipeError: The recipe does not fit.
    """
    data = found.material.data
    if data is None:
        raise UsageError("--save needs records.")
    limit, review = _wanted(found, options)
    promised = options.limit is None and found.suggestion is not None
    costs = _given_costs(options.costs)
    change = LimitChange(
        data.recipe,
        data.checkpoint_sha256,
        limit,
        review,
        options.author,
        options.reason,
        promise_text(found.suggestion.tolerance) if promised and found.suggestion else "",
        None if costs is None else costs.false_call,
        None if costs is None else costs.escape,
    )
    settings = station_settings.load(paths.home(options.home).settings)
    return replace(found, saved=save_limits(store, change, settings.station))


def _wanted(found: Answer, options: argparse.Namespace) -> tuple[float, float | None]:
    if options.limit is not None:
        return options.limit, options.review_limit
    if found.suggestion is None:
        raise UsageError(f"There is no limit to use; give --limit. {found.refusal}")
    limit = found.suggestion.tolerance.limit
    if options.review_limit is not None and options.review_limit > limit:
        raise UsageError(f"--review-limit must not be above the suggested limit {limit:.6g}.")
    return limit, options.review_limit


def _suggestion(
    sample: ScoreSample, options: argparse.Namespace
) -> tuple[Suggestion | None, ExpectedError | None]:
    try:
        return suggest(sample, options.false_calls, options.confidence), None
    except (TooFewNormals, NoPromise) as error:
        return None, error


def _limits(
    material: Material,
    suggestion: Suggestion | None,
    costs: Costs | None,
    options: argparse.Namespace,
) -> Iterator[tuple[str, tuple[float, float | None]]]:
    if material.data is not None and material.data.limit is not None:
        yield "in force", (material.data.limit, material.data.review_limit)
    if suggestion is not None:
        limit, review = suggestion.tolerance.limit, options.review_limit
        fits = review is not None and options.limit is None and review <= limit
        yield "suggested", (limit, review if fits else None)
    if costs is not None:
        cheapest = cheapest_limit(material.sample, costs, options.defect_share)
        if cheapest is not None:
            yield "cheapest", (cheapest.limit, None)
    if options.limit is not None:
        yield "asked", (options.limit, options.review_limit)


def _ladder(
    sample: ScoreSample,
    costs: Costs | None,
    share: float | None,
    options: argparse.Namespace,
    taken: set[float],
) -> Iterator[Row]:
    """Yield limits with round false-call rates, so that one sees what lies around."""
    good = sample.good
    scores = np.unique(np.concatenate([good.drawn, good.complete]))
    if not scores.size or not good.is_known_below:
        return
    above = good.parts_above(scores) / good.parts
    for wanted in _LADDER:
        # The first score that so few good parts reach; `above` falls with the score.
        place = int(np.searchsorted(-above, -wanted, side="left"))
        if place >= scores.size or float(scores[place]) in taken:
            continue
        taken.add(float(scores[place]))
        point = working_point(sample, float(scores[place]), None, options.confidence)
        yield Row("", point, _cost(point, costs, share))


def _costs(material: Material, options: argparse.Namespace) -> Costs | None:
    given = _given_costs(options.costs)
    if given is not None or material.data is None:
        return given
    recipe = material.data.recipe
    if recipe.false_call_cost is None or recipe.escape_cost is None:
        return None
    return Costs(recipe.false_call_cost, recipe.escape_cost)


def _given_costs(text: str | None) -> Costs | None:
    if text is None:
        return None
    try:
        false_call, escape = (float(part) for part in text.split(","))
        return Costs(false_call, escape)
    except ValueError as error:
        raise UsageError(
            "--costs takes two numbers that are not negative, for instance 0.8,120."
        ) from error


def _cost(point: WorkingPoint, costs: Costs | None, share: float | None) -> float | None:
    if costs is None or share is None:
        return None
    false_calls, escapes = point.false_calls.share, point.escapes.share
    if math.isnan(false_calls) or math.isnan(escapes):
        return None
    return cost_per_thousand(costs, false_calls, escapes, share)
