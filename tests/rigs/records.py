"""Records and inspections for tests of the store."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from app.camera.frame import Frame
from app.inspection.judgement import Inspection
from app.inspection.recipe import Recipe
from app.inspection.record import (
    Context,
    Evidence,
    InspectionRecord,
    Latencies,
    Optics,
    Placement,
    RegionResult,
    new_id,
)
from app.inspection.verdict import Decision, Limits, Verdict
from model.types import Prediction, PredictionTimes, Region

LIMITS = Limits(ng=0.5, review=None, map_limit=0.5, map_typical=0.1)
REGION = Region(((1, 2), (5, 2), (5, 9)), 21.5, 0.75, (1, 2, 6, 10))
_REASON = {
    Verdict.OK: (),
    Verdict.NG: ("score-above-limit",),
    Verdict.REVIEW: ("score-in-review-band",),
    Verdict.ERROR: ("model-failed: out of luck",),
}

finite = st.floats(-1e9, 1e9)
text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
pixels = st.integers(0, 9000)
regions = st.builds(
    Region,
    polygon=st.lists(st.tuples(pixels, pixels), max_size=5).map(tuple),
    area_px=finite,
    peak=finite,
    box=st.tuples(pixels, pixels, pixels, pixels),
)
times = st.datetimes(
    datetime(2001, 1, 1),
    datetime(2090, 1, 1),
    timezones=st.just(UTC),
)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)


def records() -> st.SearchStrategy[InspectionRecord]:
    """Return records with every optional part present or absent."""
    return st.builds(
        InspectionRecord,
        id=st.builds(new_id),
        context=st.builds(Context, text, text, text, text),
        recipe=text,
        recipe_version=st.integers(1, 10_000),
        serial=text,
        taken_utc=times,
        taken_monotonic=finite,
        source=text,
        frame_width=pixels,
        frame_height=pixels,
        checkpoint=text,
        checkpoint_sha256=hashes,
        detector=text,
        limits=st.none() | st.builds(Limits, finite, st.none() | finite, finite, finite),
        score=st.none() | finite,
        decision=st.builds(
            Decision,
            st.sampled_from(Verdict),
            st.lists(text, max_size=3).map(tuple),
            st.lists(regions, max_size=3).map(tuple),
        ),
        latencies=st.builds(Latencies, finite, finite, finite, finite, finite),
        software=text,
        defect=text,
        evidence=st.none() | st.builds(Evidence, text, hashes, text, hashes, finite, finite),
        truth=st.sampled_from([None, "ok", "ng"]),
        region_of_interest=st.none() | st.tuples(pixels, pixels, pixels, pixels),
        mm_per_px=st.none() | st.floats(1e-6, 100),
        product=text,
        optics=st.none() | st.builds(Optics, *[finite] * 6),
        class_probabilities=st.lists(st.tuples(text, finite), max_size=3).map(tuple),
        sampled=st.booleans(),
        second_opinion=st.booleans(),
        region_results=st.lists(
            st.builds(RegionResult, text, st.sampled_from(Verdict), finite, st.none() | finite),
            max_size=3,
        ).map(tuple),
        placement=st.none() | st.builds(Placement, finite, finite, finite, finite),
    )


def a_record(verdict: Verdict = Verdict.OK, **changes: Any) -> InspectionRecord:
    """Return a record; `changes` replace its fields, `lot` its context's lot."""
    lot = changes.pop("lot", "lot-1")
    record = InspectionRecord(
        id=new_id(),
        context=Context("station-1", lot, "early", "kim"),
        recipe="bolt",
        recipe_version=1,
        serial="1",
        taken_utc=datetime.now(UTC),
        taken_monotonic=time.monotonic(),
        source="test",
        frame_width=64,
        frame_height=48,
        checkpoint="default",
        checkpoint_sha256="a" * 64,
        detector="few_shot_clip",
        limits=LIMITS,
        score=None if verdict is Verdict.ERROR else 0.25,
        decision=Decision(verdict, _REASON[verdict]),
        latencies=Latencies(1.0, 2.0, 3.0, 4.0, 0.0),
        software="0.1.0",
    )
    return replace(record, **changes)


def an_inspection(
    verdict: Verdict = Verdict.OK,
    size: tuple[int, int] = (48, 64),
    recipe: Recipe | None = None,
    age_days: float = 0,
    seed: int = 0,
    **changes: Any,
) -> Inspection:
    """Return an inspection with a noisy picture of (height, width) pixels."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 255, (*size, 3), np.uint8)
    image.setflags(write=False)
    record = a_record(verdict, frame_width=size[1], frame_height=size[0], **changes)
    taken = record.taken_utc - timedelta(days=age_days)
    record = replace(record, taken_utc=taken)
    frame = Frame(image, 1, record.taken_monotonic, taken, "test")
    prediction = None
    if verdict is not Verdict.ERROR:
        anomaly_map = rng.random(size, np.float32)
        prediction = Prediction(0.25, anomaly_map, PredictionTimes(0.0, 0.0, 0.0))
    return Inspection(record, prediction, frame, recipe or Recipe(name="bolt", keep_ok_every=1))
