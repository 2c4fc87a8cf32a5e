"""What the model saw of stored parts with regions, tiles and shifted parts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation

from app.camera.frame import Frame, Image
from app.errors import StoreError
from app.inspection.pipeline import inspect
from app.inspection.placement import Placement
from app.inspection.recipe import Recipe
from app.inspection.record import Context, InspectionRecord, RegionResult
from app.inspection.review import Polygon
from app.inspection.verdict import Verdict
from app.review.export import ExportPlan, export_reviews
from app.review.judged_pieces import piece_with, pieces_of, shown_of, stored_recipe
from app.review.labelled import LabelledPart
from model.datasets.collection import read_collection
from model.images import read_image
from tests.app.inspection.judged_parts import CALIBRATION, LIMITS, SHIFTED, at, part, spots_of
from tests.app.inspection.test_cutting import HEIGHT, LEFT, RIGHT, WIDTH
from tests.rigs.predictors import StatedPredictor
from tests.rigs.records import a_record
from tests.rigs.reviewed import Shop

TWO = Recipe(name="bolt", regions=(LEFT, RIGHT), **LIMITS)
SPOT: Polygon = ((30, 40), (39, 40), (39, 47), (30, 47))


def labelled(record: InspectionRecord, mask: tuple[Polygon, ...] = ()) -> LabelledPart:
    return LabelledPart(record, "defective", "dent", mask, "review" if mask else "", ())


def results(left: Verdict, right: Verdict) -> tuple[RegionResult, ...]:
    return RegionResult("left", left, 0.1, 0.5), RegionResult("right", right, 0.1, 0.5)


def record_of(**changes: Any) -> InspectionRecord:
    return a_record(Verdict.NG, frame_width=WIDTH, frame_height=HEIGHT, **changes)


def test_a_mask_is_shown_where_its_region_shows_it() -> None:
    image = part((30, 40, 10, 8, 203))
    record = record_of(region_results=results(Verdict.NG, Verdict.OK))
    (shown,) = shown_of(image, labelled(record, (SPOT,)), TWO)
    assert shown.is_defective
    assert shown.mask is not None
    assert np.array_equal(shown.mask > 0, shown.picture[:, :, 0] == 203)


def test_without_a_mask_the_regions_that_were_not_ok_show_the_defect() -> None:
    record = record_of(region_results=results(Verdict.OK, Verdict.REVIEW))
    (shown,) = shown_of(part(), labelled(record), TWO)
    assert (shown.picture.shape, shown.mask) == ((80, 60, 3), None)
    assert (
        shown_of(part(), labelled(record_of(region_results=results(*[Verdict.OK] * 2))), TWO) == ()
    )


def test_of_a_good_part_every_piece_is_good() -> None:
    good = replace(labelled(record_of(region_results=results(*[Verdict.OK] * 2))), part="good")
    assert [one.is_defective for one in shown_of(part(), good, TWO)] == [False, False]


def test_tiles_without_a_mask_show_nobody_knows_what() -> None:
    tiles = Recipe(name="bolt", mm_per_px=1.0, tile_mm=60.0)
    assert shown_of(part(), labelled(record_of()), tiles) == ()
    found = shown_of(part(), labelled(record_of(), (SPOT,)), tiles)
    assert 1 <= len(found) < len(pieces_of(part(), record_of(), tiles).pieces)


@settings(deadline=None, max_examples=30)
@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(-4, 4))
def test_mask_and_region_of_a_shifted_part_lie_on_its_defect(
    dx: float, dy: float, turn: float
) -> None:
    spotted = part(size=(200, 240))
    spotted[102:112, 116:126] = 255
    light = at(Placement(dx, dy, turn, 1.0), spotted)
    dark = np.minimum(at(Placement(dx, dy, turn, 1.0)), 190)
    image = np.where(light > 180, 255, dark).astype(np.uint8)
    frame = Frame(image, 0, 0.0, datetime.now(UTC), "test")
    predictor = StatedPredictor(spots_of, CALIBRATION)
    record = inspect(frame, predictor, SHIFTED, Context(), is_live=False).record
    cutting = pieces_of(image, record, SHIFTED)
    assert cutting.placement == record.placement
    region = record.decision.regions[0]
    piece, (x0, y0, x1, y1) = piece_with(cutting, region.box)
    bright = piece.picture.min(2) > 230
    y, x = np.argwhere(bright).mean(0)
    assert x0 <= x < x1
    assert y0 <= y < y1
    assert (x1 - x0) * (y1 - y0) < 300
    for shown in shown_of(image, labelled(record, (region.polygon,)), SHIFTED):
        assert shown.mask is not None
        marked, spot = shown.mask > 0, shown.picture.min(2) > 200
        # turned and smoothed, a spot of ten pixels has an edge of one or two
        assert not (marked & ~binary_dilation(spot, iterations=2)).any()
        assert (marked & spot).sum() > 40


def test_what_cannot_be_told_is_said() -> None:
    record = record_of(region_results=results(Verdict.NG, Verdict.OK))
    with pytest.raises(StoreError, match="recipe that judged this part is gone"):
        pieces_of(part(), record, None)
    with pytest.raises(StoreError, match="smaller than the region"):
        pieces_of(part()[:50], record, TWO)
    box = record_of(region_of_interest=(5, 6, 70, 40))
    (piece,) = pieces_of(part(), box, None).pieces
    assert piece.box == (5, 6, 70, 40)


def picture_of(shop: Shop, number: int, spot: bool) -> Image:
    rng = np.random.default_rng(number)
    image = rng.integers(60, 140, (HEIGHT, WIDTH, 3), np.uint8)
    if spot:
        image[40:48, 30:40] = 255
    return image


def test_a_training_set_holds_what_the_model_saw(shop: Shop, tmp_path: Path) -> None:
    shop.store.save_recipe(TWO.to_json(), "bolt", 1, "kim", "")
    good, bad = results(Verdict.OK, Verdict.OK), results(Verdict.NG, Verdict.OK)
    for number in range(4):
        image = picture_of(shop, number, spot=False)
        shop.part(Verdict.OK, "good", image=image, region_results=good, serial="")
    shop.part(Verdict.NG, "confirmed", picture_of(shop, 9, spot=True), (SPOT,), region_results=bad)
    shop.part(Verdict.OK, "escape", picture_of(shop, 10, spot=True), region_results=good)
    result = export_reviews(shop.store, shop.evidence, ExportPlan(), tmp_path / "set")
    assert result.train_good + result.test_good == 8
    assert result.defective == 1
    assert result.left_out == {"place unknown": 1}
    found = read_collection(tmp_path / "set")
    (defect,) = [one for one in found.test if one.is_defective]
    assert defect.mask is not None
    picture, mask = read_image(defect.path), read_image(defect.mask)
    assert picture.shape == (82, 50, 3)
    assert np.array_equal(mask[:, :, 0] > 0, picture[:, :, 0] == 255)
    # both pieces of a part stand on one side of the split
    sides: dict[str, set[str]] = defaultdict(set)
    for one in (*found.train, *found.test):
        sides[one.path.stem.removesuffix("-1").removesuffix("-2")].add(one.path.parts[-3])
    assert sorted(len(side) for side in sides.values()) == [1] * 5


def test_the_recipe_of_a_record_is_the_version_that_judged_it(shop: Shop) -> None:
    shop.store.save_recipe(TWO.to_json(), "bolt", 1, "kim", "")
    newer = TWO.model_copy(update={"version": 2, "regions": (LEFT,)})
    shop.store.save_recipe(newer.to_json(), "bolt", 2, "kim", "")
    assert stored_recipe(shop.store, record_of()) == TWO
    assert stored_recipe(shop.store, record_of(recipe_version=7)) is None
    shop.store.save_recipe("{", "bolt", 3, "kim", "")
    assert stored_recipe(shop.store, record_of(recipe_version=3)) is None
