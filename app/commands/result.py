"""A record as the JSON object that the command line prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.inspection.record import InspectionRecord


def record_json(record: InspectionRecord) -> dict[str, Any]:
    """Return id, verdict, score, limit, regions, reasons, checkpoint, latency_ms and truth.

    `truth` is there only where the source knows it, `region_results` and `placement` only for
    recipes with regions and with an anchor.
    """
    values: dict[str, Any] = {
        "id": record.id,
        "verdict": record.verdict.value,
        "score": record.score,
        "limit": None if record.limits is None else record.limits.ng,
        "regions": [
            {"polygon": [list(p) for p in r.polygon], "area_px": r.area_px, "peak": r.peak}
            for r in record.decision.regions
        ],
        "reasons": list(record.decision.reasons),
        "checkpoint": record.checkpoint_sha256,
        "latency_ms": {key: round(ms, 3) for key, ms in asdict(record.latencies).items()},
    }
    if record.region_results:
        values["region_results"] = [
            {
                "region": one.name,
                "verdict": one.verdict.value,
                "score": one.score,
                "limit": one.ng_limit,
            }
            for one in record.region_results
        ]
    if record.placement is not None:
        values["placement"] = asdict(record.placement)
    if record.truth is not None:
        values["truth"] = record.truth
    return values
