"""A stored picture judged again gives the same verdict."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from app.camera.frame import Frame, Image
from app.inspection.pipeline import inspect
from app.inspection.placement import anchor_from
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from tests.model.tiny_clip import picture, predictor


def frame_of(image: Image, number: int) -> Frame:
    image = image.copy()
    image.setflags(write=False)
    return Frame(image, number, time.monotonic(), datetime.now(UTC), "test")


def part(number: int, recipe: Recipe) -> Image:
    """Return another part, or for a recipe with an anchor the same one in another place."""
    if recipe.anchor is None:
        return picture(number)
    return np.roll(picture(0), (number % 3, -number), (0, 1))


REGIONS = (
    RegionOfInterest(name="left", polygon=((4, 6), (40, 6), (40, 50), (4, 50)), ng_limit=0.45),
    RegionOfInterest(name="right", polygon=((44, 10), (76, 14), (60, 56))),
)
EXCLUSIONS = (((10, 10), (20, 12), (15, 30)),)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"region_of_interest": (7, 5, 60, 48)},
        {"regions": REGIONS, "exclusions": EXCLUSIONS},
        {"mm_per_px": 0.1, "tile_mm": 4.0},
        {"regions": REGIONS, "anchor": anchor_from(picture(0), (20, 16, 36, 30))},
    ],
    ids=["whole", "box", "regions", "tiles", "anchor"],
)
def test_the_stored_picture_gives_the_same_record(
    store: Database, evidence: EvidenceStore, settings: dict[str, Any]
) -> None:
    judge = predictor()
    scores = sorted(judge.predict(picture(seed)).score for seed in range(4))
    limits = {"ng_limit": scores[2], "review_limit": scores[0], "map_limit": 0.3}
    recipe = Recipe(name="bolt", keep_ok_every=1, min_area_px=0, **limits, **settings)
    writer = RecordWriter(store, evidence, lambda _: None, pytest.fail)
    writer.start()
    made = [inspect(frame_of(part(i, recipe), i), judge, recipe, Context()) for i in range(4)]
    for inspection in made:
        writer.submit(inspection)
    assert writer.close(30)
    for inspection in made:
        row = store.get(inspection.record.id)
        assert row is not None
        assert row.verdict is not Verdict.ERROR
        assert row.evidence is not None
        frame = frame_of(evidence.load_image(row.evidence), int(row.serial))
        again = inspect(frame, judge, recipe, row.context)
        assert again.record.decision == row.decision
        assert again.record.placement == row.placement
        for now, then in zip(again.record.region_results, row.region_results, strict=True):
            assert (now.name, now.verdict, now.ng_limit) == (then.name, then.verdict, then.ng_limit)
            assert now.score == pytest.approx(then.score, abs=1e-4)
        assert len(row.region_results) == len(recipe.regions)
        assert again.record.limits == row.limits
        assert again.record.score == pytest.approx(row.score, abs=1e-4)
        stored_map = evidence.load_map(row.evidence)
        assert stored_map is not None
        assert again.prediction is not None
        assert np.abs(stored_map - again.prediction.anomaly_map).max() < 1e-4
