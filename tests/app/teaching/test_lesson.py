from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app import paths
from app.inspection.cutting import cut
from app.inspection.placement import anchor_from
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.paths import Home
from app.review.mask import raster
from app.teaching.defective_parts import DefectiveParts
from app.teaching.draft import DraftError, DraftPlace
from app.teaching.lesson import drawn_material, learn
from app.teaching.live_trial import serve
from app.teaching.outcome import CHECKPOINT, Outcome, drawing_of, read_outcome
from app.teaching.pieces import defective_pieces, good_pieces, write_training_set
from app.teaching.trial_files import put
from model import checkpoint
from model.datasets.collection import read_collection
from model.teaching import TeachingCancelled
from tests.app.teaching.parts import RECIPE, blot_mask, draft
from tests.rigs import plates


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, DraftPlace, Outcome, list[str]]:
    """One lesson for all tests that only look at what came of it."""
    home = paths.home(tmp_path_factory.mktemp("home"))
    place = draft(home, good=6, defective=2)
    seen: list[str] = []
    made = learn(place, home, lambda stage, *_: seen.append(stage), never, device="cpu")
    return home, place, made, seen


def test_a_lesson_judges_what_it_has_not_learned_from(
    taught: tuple[Home, DraftPlace, Outcome, list[str]],
) -> None:
    _, place, made, seen = taught
    assert list(dict.fromkeys(seen)) == ["pictures", "learn", "judge"]
    assert (made.learned_good, made.learned_defective) == (4, 0)
    good, defective = made.scores(defective=False), made.scores(defective=True)
    assert (len(good), len(defective)) == (2, 2)
    assert max(good) < min(defective)
    learned = checkpoint.inspect(place.lesson / CHECKPOINT)
    assert learned.sha256 == made.sha256
    held_out = {one.file for one in made.tried if not one.is_defective}
    assert not held_out & set(learned.extra["good"])
    for one in made.tried:
        assert (place.lesson / one.overlay).stat().st_size > 1000


def test_what_came_of_it_is_there_after_a_crash(
    taught: tuple[Home, DraftPlace, Outcome, list[str]],
) -> None:
    _, place, made, _ = taught
    assert read_outcome(place.lesson) == made


def test_a_lesson_that_is_stopped_leaves_the_last_one(
    taught: tuple[Home, DraftPlace, Outcome, list[str]],
) -> None:
    home, place, made, _ = taught
    with pytest.raises(TeachingCancelled):
        learn(place, home, lambda *_: None, lambda: True, device="cpu")
    assert read_outcome(place.lesson) == made
    assert not (place.root / "lesson.new").exists()


def test_frames_are_tried_newest_first_and_cleared(
    taught: tuple[Home, DraftPlace, Outcome, list[str]],
) -> None:
    home, place, made, _ = taught
    put(place.trial, 1, plates.plate(50))
    put(place.trial, 2, plates.plate(51, blot=True))
    told: list[dict] = []
    count = serve(place, home, lambda said: told.append(dict(said)), lambda: len(told) > 1, "cpu")
    assert count == 1
    assert told[0]["ready"].startswith("cpu")
    assert told[1]["number"] == 2
    assert told[1]["tried"]["score"] > made.limit
    assert (place.trial / told[1]["tried"]["overlay"]).is_file()
    assert not list(place.trial.glob("frame-*"))


def test_too_few_parts_are_said(own_home: Path) -> None:
    place = draft(paths.home(own_home), good=3)
    with pytest.raises(DraftError, match="There are 3 good pictures; at least 6"):
        drawn_material(place, "memory", 0)


def test_fine_tuning_keeps_some_defects_for_the_trial(own_home: Path) -> None:
    place = draft(paths.home(own_home), good=6, defective=5)
    material = drawn_material(place, "trained", 0)
    assert (len(material.defective), len(material.tried)) == (3, 2)
    assert not {one.file for one in material.defective} & {one.file for one in material.tried}
    assert not set(material.learned) & set(material.held_out)
    assert drawn_material(place, "trained", 0) == material
    shutil.rmtree(place.defective)
    with pytest.raises(DraftError, match="here are 0"):
        drawn_material(place, "trained", 0)


def test_the_training_set_is_one_that_training_reads(own_home: Path, tmp_path: Path) -> None:
    place = draft(paths.home(own_home), good=6, defective=3)
    good = [p for found in good_pieces(sorted(place.good.glob("*.png")), RECIPE) for p in found]
    parts = DefectiveParts(place.defective).load()
    bad = [piece for found in defective_pieces(parts, RECIPE) for piece in found]
    write_training_set(tmp_path / "set", good, bad)
    found = read_collection(tmp_path / "set")
    assert (len(found.train), len(found.test)) == (6, 3)
    assert all(one.is_defective and one.mask is not None for one in found.test)


def test_a_mask_follows_the_part_into_its_place(own_home: Path) -> None:
    """Painted on a shifted frame, it lies where the blot is in the piece."""
    reference = plates.plate(0, shift=(0, 0))
    recipe = RECIPE.model_copy(update={"anchor": anchor_from(reference, (204, 62, 44, 36))})
    place = draft(paths.home(own_home), good=6, recipe=recipe)
    bad = DefectiveParts(place.defective)
    kept = bad.add(plates.plate(5, blot=True, shift=(9, -7)))
    moved = tuple(tuple((x + 9, y - 7) for x, y in one) for one in blot_mask())
    bad.set_mask(kept.file, moved)
    ((piece,),) = defective_pieces(bad.load(), recipe)
    assert piece.mask is not None
    x, y, width, height = RECIPE.region_of_interest or (0, 0, 0, 0)
    wanted = raster(blot_mask(), 256, 320)[y : y + height, x : x + width]
    both, either = (piece.mask & wanted).sum(), (piece.mask | wanted).sum()
    assert both / either > 0.85


def test_a_defect_outside_of_a_region_is_no_piece_of_it(own_home: Path) -> None:
    regions = (
        RegionOfInterest(name="hole", polygon=((60, 60), (150, 60), (150, 200), (60, 200))),
        RegionOfInterest(name="face", polygon=((155, 60), (255, 60), (255, 200), (155, 200))),
    )
    recipe = Recipe(name="plate", regions=regions)
    place = draft(paths.home(own_home), good=6, defective=1, recipe=recipe)
    assert len(cut(plates.plate(0), recipe).pieces) == 2
    ((piece,),) = defective_pieces(DefectiveParts(place.defective).load(), recipe)
    assert piece.name == "0001-2.png"
    unmarked = DefectiveParts(place.defective)
    unmarked.add(plates.plate(3, blot=True))
    assert [len(found) for found in defective_pieces(unmarked.load(), recipe)] == [1, 0]


@pytest.mark.logs_expected
def test_pictures_that_cannot_be_cut_are_left_out(own_home: Path) -> None:
    place = draft(paths.home(own_home), good=6)
    small = np.full((40, 40, 3), 90, np.uint8)
    plates.write(place.good, "0099", small)
    found = list(good_pieces(sorted(place.good.glob("*.png")), RECIPE))
    assert [len(one) for one in found] == [1] * 6 + [0]


def test_what_is_drawn_decides_whether_a_lesson_still_fits() -> None:
    moved = RECIPE.model_copy(update={"region_of_interest": (0, 0, 50, 50)})
    assert drawing_of(RECIPE) != drawing_of(moved)
    assert drawing_of(RECIPE) == drawing_of(RECIPE.model_copy(update={"mm_per_px": 0.2}))
    tiled = RECIPE.model_copy(update={"mm_per_px": 0.2, "tile_mm": 20.0})
    other = tiled.model_copy(update={"mm_per_px": 0.3})
    assert drawing_of(tiled) != drawing_of(other)


def test_an_outcome_is_compared_by_its_values(
    taught: tuple[Home, DraftPlace, Outcome, list[str]],
) -> None:
    _, _, made, _ = taught
    assert replace(made, limit=made.limit + 1) != made


def test_another_detector_learns_and_judges_the_same_way(own_home: Path) -> None:
    home = paths.home(own_home)
    place = draft(home, good=6, defective=1, way="patchcore")
    seen: list[str] = []
    made = learn(place, home, lambda stage, *_: seen.append(stage), never, device="cpu")
    assert list(dict.fromkeys(seen)) == ["pictures", "learn", "finish", "judge"]
    assert (made.way, made.learned_good, made.learned_defective) == ("patchcore", 4, 0)
    info = checkpoint.inspect(place.lesson / CHECKPOINT)
    assert (info.detector, info.extra["learner"]) == ("patchcore", "patchcore")
    assert len(made.scores(defective=False)) == 2
    assert min(made.scores(defective=True)) > max(made.scores(defective=False))
    assert read_outcome(place.lesson) == made


def test_what_learns_defects_keeps_some_of_them_for_the_trial(own_home: Path) -> None:
    place = draft(paths.home(own_home), good=6, defective=6)
    material = drawn_material(place, "classifier", 0)
    assert (len(material.defective), len(material.tried)) == (4, 2)
    shutil.rmtree(place.defective)
    with pytest.raises(DraftError, match="It takes 5 defective parts"):
        drawn_material(place, "classifier", 0)
