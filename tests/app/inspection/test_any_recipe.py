"""Whatever is drawn on whatever frame: a sound record, and no OK where something was not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.inspection.overlay import mask_picture
from app.inspection.pipeline import inspect
from app.inspection.placement import anchor_from
from app.inspection.preview import preview
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from app.review.judged_pieces import piece_with, pieces_of
from app.store.rows import from_line, to_line
from tests.app.inspection.judged_parts import CALIBRATION, frame
from tests.app.inspection.test_placement import REFERENCE
from tests.rigs.odd_pixels import odd_pixels
from tests.rigs.predictors import StatedPredictor

pixel = st.integers(-40, 1120).map(lambda quarters: quarters / 4)
polygon = st.lists(st.tuples(pixel, pixel), min_size=3, max_size=6).map(tuple)
inside = st.integers(120, 720).map(lambda quarters: quarters / 4)
region = st.lists(st.tuples(inside, inside), min_size=3, max_size=6).map(tuple)
ANCHORS = [anchor_from(REFERENCE, (70, 50, 90, 70), "edge"), None, None]


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    outlines = draw(st.lists(st.one_of(region, region, region, polygon), max_size=3))
    limit = st.none() | st.floats(0.1, 0.9)
    regions = tuple(
        RegionOfInterest(name=f"r{n}", polygon=one, ng_limit=draw(limit), map_limit=draw(limit))
        for n, one in enumerate(outlines)
    )
    box = st.none() | st.tuples(*[st.integers(0, 120)] * 2, *[st.integers(1, 150)] * 2)
    return Recipe(
        name="any",
        ng_limit=draw(st.floats(0.3, 0.6)),
        review_limit=draw(st.none() | st.floats(0.1, 0.3)),
        map_limit=0.4,
        min_area_px=0,
        regions=regions,
        region_of_interest=None if regions else draw(box),
        exclusions=tuple(draw(st.lists(polygon, max_size=2))),
        anchor=draw(st.sampled_from(ANCHORS)),
        mm_per_px=0.5,
        tile_mm=draw(st.sampled_from([None, None, 20.0, 70.0])),
    )


@pytest.mark.logs_expected
@settings(deadline=None, max_examples=80)
@given(
    recipe=recipes(),
    size=st.sampled_from([(200, 240), (200, 240), (33, 500), (64, 64)]),
    shift=st.tuples(st.integers(-30, 30), st.integers(-30, 30)),
)
def test_every_record_is_sound(recipe: Recipe, size: tuple[int, int], shift: Any) -> None:
    moved = np.roll(REFERENCE, shift, (0, 1))
    image = np.ascontiguousarray(np.resize(moved, (*size, 3)) if size != (200, 240) else moved)
    inspection = inspect(
        frame(image), StatedPredictor(odd_pixels, CALIBRATION), recipe, Context(), is_live=False
    )
    record, prediction = inspection.record, inspection.prediction
    assert from_line(to_line(record)) == record
    if prediction is None:
        assert record.verdict is Verdict.ERROR
        assert not record.decision.reasons[0].startswith(("inspection-failed", "model-failed"))
        return
    x, y, width, height = record.region_of_interest or (0, 0, size[1], size[0])
    assert prediction.anomaly_map.shape == (height, width)
    assert np.isfinite(prediction.anomaly_map).all()
    assert mask_picture(inspection).shape == size
    assert preview(inspection, 100) is not None
    assert [one.name for one in record.region_results] == [one.name for one in recipe.regions]
    if recipe.regions:
        worst = [one.score for one in record.region_results if one.score == record.score]
        assert worst
        if record.verdict is Verdict.OK:
            assert all(one.verdict is Verdict.OK for one in record.region_results)
    cutting = pieces_of(image, record, recipe)
    for region in record.decision.regions[:5]:
        x0, y0, x1, y1 = region.box
        assert x <= x0 < x1 <= x + width
        assert y <= y0 < y1 <= y + height
        piece, (px0, py0, px1, py1) = piece_with(cutting, region.box)
        assert 0 <= px0 < px1 <= piece.box[2]
        assert 0 <= py0 < py1 <= piece.box[3]
