"""A record as one flat row, and back; also as one line of JSON for the journal."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.inspection.record import (
    Context,
    Evidence,
    InspectionRecord,
    Latencies,
    Optics,
    Placement,
    RegionResult,
)
from app.inspection.verdict import Decision, Limits, Verdict
from app.store.schema import clean
from model.types import Region

Row = dict[str, Any]

_PLACEMENT = ("dx_px", "dy_px", "turn_deg", "match")
_OPTICS = ("brightness", "sharpness", "shift_x", "shift_y", "colour_a", "colour_b")


def to_row(record: InspectionRecord) -> Row:
    """Return the values of the table's columns."""
    context, spent = record.context, record.latencies
    return {
        "id": record.id,
        "station": context.station,
        "lot": context.lot,
        "shift": context.shift,
        "operator": context.operator,
        "recipe": record.recipe,
        "recipe_version": record.recipe_version,
        "serial": record.serial,
        "taken_utc": record.taken_utc,
        "taken_monotonic": _number(record.taken_monotonic),
        "source": record.source,
        "frame_width": record.frame_width,
        "frame_height": record.frame_height,
        "checkpoint": record.checkpoint,
        "checkpoint_sha256": record.checkpoint_sha256,
        "detector": record.detector,
        "score": _finite(record.score),
        "verdict": record.verdict.value,
        "reasons": [clean(reason) for reason in record.decision.reasons],
        "regions": [_region_to_json(region) for region in record.decision.regions],
        "defect": record.defect,
        "grab_ms": _number(spent.grab),
        "wait_ms": _number(spent.wait),
        "model_ms": _number(spent.model),
        "decide_ms": _number(spent.decide),
        "store_ms": _number(spent.store),
        "software": record.software,
        "truth": record.truth,
        "region_of_interest": record.region_of_interest and list(record.region_of_interest),
        "mm_per_px": _finite(record.mm_per_px),
        "product": record.product,
        "class_probabilities": [[clean(n), _number(p)] for n, p in record.class_probabilities]
        or None,
        "sampled": int(record.sampled),
        "second_opinion": int(record.second_opinion),
        "region_results": [_result_to_json(one) for one in record.region_results] or None,
        "placement": record.placement and _placement_to_json(record.placement),
        **_optics_to_row(record.optics),
        **_limits_to_row(record.limits),
        **evidence_to_row(record.evidence),
    }


def from_row(row: Mapping[str, Any]) -> InspectionRecord:
    """Return the record of a row."""
    roi = row["region_of_interest"]
    return InspectionRecord(
        id=row["id"],
        context=Context(row["station"], row["lot"], row["shift"], row["operator"]),
        recipe=row["recipe"],
        recipe_version=row["recipe_version"],
        serial=row["serial"],
        taken_utc=row["taken_utc"],
        taken_monotonic=row["taken_monotonic"],
        source=row["source"],
        frame_width=row["frame_width"],
        frame_height=row["frame_height"],
        checkpoint=row["checkpoint"],
        checkpoint_sha256=row["checkpoint_sha256"],
        detector=row["detector"],
        limits=_limits_from_row(row),
        score=row["score"],
        decision=Decision(
            Verdict(row["verdict"]),
            tuple(row["reasons"]),
            tuple(_region_from_json(region) for region in row["regions"]),
        ),
        latencies=Latencies(
            row["grab_ms"], row["wait_ms"], row["model_ms"], row["decide_ms"], row["store_ms"]
        ),
        software=row["software"],
        defect=row["defect"],
        evidence=_evidence_from_row(row),
        truth=row["truth"],
        region_of_interest=None if roi is None else (roi[0], roi[1], roi[2], roi[3]),
        mm_per_px=row["mm_per_px"],
        # A journal line of an earlier version has none of these.
        product=row.get("product", ""),
        optics=_optics_from_row(row),
        class_probabilities=tuple((n, p) for n, p in row.get("class_probabilities") or ()),
        sampled=bool(row.get("sampled", 0)),
        second_opinion=bool(row.get("second_opinion", 0)),
        region_results=tuple(map(_result_from_json, row.get("region_results") or ())),
        placement=_placement_from_json(row.get("placement")),
    )


def to_line(record: InspectionRecord) -> str:
    """Return the record as one line of JSON, without the line break."""
    row = to_row(record)
    row["taken_utc"] = record.taken_utc.astimezone(UTC).isoformat()
    return json.dumps(row, allow_nan=False)


def from_line(line: str) -> InspectionRecord:
    """Return the record of a line.

    Raises:
        ValueError: The line is torn or not a record.
    """
    try:
        row = json.loads(line)
        row["taken_utc"] = datetime.fromisoformat(row["taken_utc"])
        return from_row(row)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"not a record: {error!r}") from error


def evidence_to_row(evidence: Evidence | None) -> Row:
    """Return the evidence columns; all None without evidence."""
    if evidence is None:
        return dict.fromkeys(("image", "image_sha256", "map", "map_sha256", "map_low", "map_high"))
    return {
        "image": evidence.image,
        "image_sha256": evidence.image_sha256,
        "map": evidence.map,
        "map_sha256": evidence.map_sha256,
        "map_low": evidence.map_low,
        "map_high": evidence.map_high,
    }


def _evidence_from_row(row: Mapping[str, Any]) -> Evidence | None:
    if row["image"] is None:
        return None
    return Evidence(
        row["image"],
        row["image_sha256"],
        row["map"],
        row["map_sha256"],
        row["map_low"],
        row["map_high"],
    )


def _optics_to_row(optics: Optics | None) -> Row:
    return {name: optics and _finite(getattr(optics, name)) for name in _OPTICS}


def _optics_from_row(row: Mapping[str, Any]) -> Optics | None:
    if any(row.get(name) is None for name in _OPTICS):
        return None
    return Optics(*(float(row[name]) for name in _OPTICS))


def _limits_to_row(limits: Limits | None) -> Row:
    return {
        "limit_ng": limits and _finite(limits.ng),
        "limit_review": limits and _finite(limits.review),
        "limit_map": limits and _finite(limits.map_limit),
        "limit_map_typical": limits and _finite(limits.map_typical),
    }


def _limits_from_row(row: Mapping[str, Any]) -> Limits | None:
    ng, map_limit, typical = row["limit_ng"], row["limit_map"], row["limit_map_typical"]
    if ng is None or map_limit is None or typical is None:
        return None
    return Limits(ng, row["limit_review"], map_limit, typical)


def _region_to_json(region: Region) -> Row:
    return {
        "polygon": [[int(x), int(y)] for x, y in region.polygon],
        "area_px": _number(region.area_px),
        "peak": _number(region.peak),
        "box": [int(side) for side in region.box],
    }


def _region_from_json(found: Mapping[str, Any]) -> Region:
    x0, y0, x1, y1 = found["box"]
    polygon = tuple((x, y) for x, y in found["polygon"])
    return Region(polygon, found["area_px"], found["peak"], (x0, y0, x1, y1))


def _result_to_json(result: RegionResult) -> list[Any]:
    score, limit = _finite(result.score), _finite(result.ng_limit)
    return [clean(result.name), result.verdict.value, score, limit]


def _result_from_json(found: Sequence[Any]) -> RegionResult:
    name, verdict, score, limit = found
    return RegionResult(name, Verdict(verdict), math.nan if score is None else score, limit)


def _placement_to_json(placement: Placement) -> list[float]:
    return [_number(getattr(placement, name)) for name in _PLACEMENT]


def _placement_from_json(found: Sequence[float] | None) -> Placement | None:
    return None if found is None else Placement(*found)


def _finite(number: float | None) -> float | None:
    """Return a number that JSON and both databases keep; NaN and infinities become None."""
    return float(number) if number is not None and math.isfinite(number) else None


def _number(number: float) -> float:
    return _finite(number) or 0.0
