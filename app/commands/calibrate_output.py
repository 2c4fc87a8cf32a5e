"""The answer of `calibrate` as lines for people and as JSON values."""

from __future__ import annotations

import math
from dataclasses import asdict

from tabulate import tabulate

from app.commands.calibrate_answer import Answer, Row
from app.commands.calibrate_sources import Material
from app.errors import ExpectedError
from app.inspection.recipe import Recipe
from app.quality.promise import doubts, escape_text, percent, promise_text
from app.quality.score_sample import Rate
from app.quality.suggestion import Suggestion
from app.quality.tolerance import TooFewNormals
from app.quality.what_if import WhatIf


def as_json(found: Answer) -> dict[str, object]:
    """Return JSON values."""
    sample = found.material.sample
    return {
        "origin": found.material.origin,
        "good": sample.good.reviewed,
        "defective": sample.defective.reviewed,
        "normals": sample.normals.reviewed,
        "drawn": int(sample.normals.drawn.size),
        "ok_share": sample.good.share,
        "defect_share": sample.defect_share,
        "notes": _notes(found.material),
        "limits": [_row_json(row) for row in found.rows],
        "suggestion": None if found.suggestion is None else _suggestion_json(found.suggestion),
        "refusal": None if found.refusal is None else _refusal_json(found.refusal),
        "auroc": found.auroc,
        "what_if": None if found.outcome is None else _outcome_json(found.outcome),
        "saved": None if found.saved is None else _saved_json(found.saved),
    }


def as_text(found: Answer) -> str:
    """Return lines for people."""
    lines = [
        found.material.origin,
        _counted(found.material),
        *(f"note: {note}" for note in _notes(found.material)),
        "",
        _table(found.rows),
        "",
    ]
    if found.suggestion is not None:
        lines.append(f"Suggested limit: {found.suggestion.tolerance.limit:.6g}")
        lines.append(promise_text(found.suggestion.tolerance))
        lines.append(escape_text(found.suggestion.point))
    if found.refusal is not None:
        lines.append(f"No limit is suggested: {found.refusal}")
    if found.outcome is not None:
        lines += ["", *_outcome_lines(found.outcome)]
    if found.saved is not None:
        lines += ["", f"Saved as version {found.saved.version} of recipe {found.saved.name}."]
    return "\n".join(lines)


def _notes(material: Material) -> list[str]:
    notes = list(doubts(material.sample))
    return [*notes, material.random_if] if material.random_if else notes


def _counted(material: Material) -> str:
    sample = material.sample
    parts = f"{sample.good.reviewed:,} good and {sample.defective.reviewed:,} defective parts"
    if material.random_if:
        return f"{parts}, the good ones taken for a random sample"
    return f"{parts} reviewed, {sample.good.drawn.size:,} good ones of them drawn"


def _table(rows: tuple[Row, ...]) -> str:
    has_band = any(row.point.review_limit is not None for row in rows)
    has_cost = any(row.cost is not None for row in rows)
    header = ["", "limit", "review", "false calls", "escapes", "cost of 1,000"]
    shown = [True, True, has_band, True, True, has_cost]
    lines = [
        [
            row.name,
            f"{row.point.limit:.6g}",
            "-" if row.point.review_limit is None else f"{row.point.review_limit:.6g}",
            _rate(row.point.false_calls),
            _rate(row.point.escapes),
            "-" if row.cost is None else f"{row.cost:,.2f}",
        ]
        for row in rows
    ]
    kept = [[cell for cell, keep in zip(line, shown, strict=True) if keep] for line in lines]
    titles = [title for title, keep in zip(header, shown, strict=True) if keep]
    return tabulate(kept, titles, disable_numparse=True)


def _rate(rate: Rate) -> str:
    if not rate.reviewed:
        return "not known"
    low, high = percent(rate.interval.low), percent(rate.interval.high)
    return f"{percent(rate.share)} ({low} to {high}), {rate.seen:,} seen"


def _row_json(row: Row) -> dict[str, object]:
    point = row.point
    return {
        "name": row.name or None,
        "limit": point.limit,
        "review_limit": point.review_limit,
        "false_calls": _rate_json(point.false_calls),
        "escapes": _rate_json(point.escapes),
        "largest_escape": point.largest_escape,
        "cost_per_1000": row.cost,
    }


def _rate_json(rate: Rate) -> dict[str, object]:
    values = asdict(rate)
    numbers = {key: None if math.isnan(values[key]) else values[key] for key in ("parts", "share")}
    return {**values, **numbers, "interval": [rate.interval.low, rate.interval.high]}


def _suggestion_json(suggestion: Suggestion) -> dict[str, object]:
    return {
        **asdict(suggestion.tolerance),
        "promise": promise_text(suggestion.tolerance),
        "largest_escape": suggestion.point.largest_escape,
        "escapes": escape_text(suggestion.point),
    }


def _refusal_json(refusal: ExpectedError) -> dict[str, object]:
    few = refusal if isinstance(refusal, TooFewNormals) else None
    return {
        "code": refusal.code,
        "text": str(refusal),
        "needed": None if few is None else few.needed,
        "missing": None if few is None else few.missing,
    }


def _outcome_json(outcome: WhatIf) -> dict[str, object]:
    changes = [
        {
            "before": change.before.value,
            "after": change.after.value,
            "count": change.count,
            "good": change.good,
            "defective": change.defective,
        }
        for change in outcome.changes
    ]
    return {"judged": outcome.judged, "errors": outcome.errors, "changes": changes}


def _outcome_lines(outcome: WhatIf) -> list[str]:
    lines = [f"Last week: {outcome.changed:,} of {outcome.judged:,} verdicts would change"]
    lines += [
        f"  {change.before.value} -> {change.after.value}: {change.count:,} "
        f"({change.good:,} reviewed as good, {change.defective:,} as defective)"
        for change in outcome.changes
    ]
    return lines


def _saved_json(recipe: Recipe) -> dict[str, object]:
    return {
        "recipe": recipe.name,
        "version": recipe.version,
        "ng_limit": recipe.ng_limit,
        "review_limit": recipe.review_limit,
    }
