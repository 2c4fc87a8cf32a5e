from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import paths
from app.inspection.recipe import Recipe
from app.teaching.draft import (
    LONGEST_NAME,
    Draft,
    DraftError,
    drafts,
    name_problem,
    place_of,
)
from app.teaching.steps import STEPS, Progress, lack_of, number_of, reachable
from tests.rigs import plates


def test_a_draft_is_read_as_it_was_kept(tmp_path: Path) -> None:
    place = place_of(paths.home(tmp_path), "판 A")
    kept = place.save(Draft(recipe=Recipe(name="판 A", camera="index:2"), step="draw", limit=3.5))
    assert place.load() == kept
    assert kept.step == "draw"


def test_the_picture_that_is_drawn_on_is_kept(tmp_path: Path) -> None:
    place = place_of(paths.home(tmp_path), "plate")
    assert place.reference() is None
    place.save_reference(plates.plate(3))
    found = place.reference()
    assert found is not None
    assert (found == plates.plate(3)).all()


@pytest.mark.logs_expected
def test_a_damaged_draft_is_left_out_and_its_pictures_stay(tmp_path: Path) -> None:
    home = paths.home(tmp_path)
    for name in ("old", "new"):
        place_of(home, name).save(Draft(recipe=Recipe(name=name)))
    broken = place_of(home, "broken")
    broken.save(Draft(recipe=Recipe(name="broken")))
    broken.save_reference(plates.plate(1))
    broken.file.write_text('{"recipe"', encoding="utf-8")
    assert [draft.name for draft in drafts(home)] == ["new", "old"]
    assert broken.reference() is not None
    with pytest.raises(DraftError, match="its pictures lie in"):
        broken.load()


def test_a_discarded_draft_lies_in_the_bin(tmp_path: Path) -> None:
    home = paths.home(tmp_path)
    place = place_of(home, "plate")
    place.save(Draft(recipe=Recipe(name="plate")))
    place.save_reference(plates.plate(1))
    where = place.put_aside()
    assert drafts(home) == ()
    assert (where / "reference.png").is_file()


@pytest.mark.parametrize(
    "name", ["", "  ", "a/b", "a\\b", ".hidden", "end.", " a", "con", "COM1.x", "a\tb", "x" * 61]
)
def test_names_that_cannot_be_folders_are_refused(name: str) -> None:
    assert name_problem(name)


@given(st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=40))
def test_letters_of_any_language_make_a_name(name: str) -> None:
    assert len(name) <= LONGEST_NAME
    assert not name_problem(f"p{name}")


def test_steps_open_one_after_the_other() -> None:
    assert reachable(Progress(name_problem="no name")) == 0
    begun = Progress(has_camera=True)
    assert reachable(begun) == number_of("draw")
    drawn = Progress(has_camera=True, has_reference=True)
    assert reachable(drawn) == number_of("collect")
    collected = Progress(has_camera=True, has_reference=True, good=8)
    assert reachable(collected) == number_of("learn")
    taught = Progress(has_camera=True, has_reference=True, good=8, has_outcome=True)
    assert reachable(taught) == len(STEPS) - 1


def test_what_was_taught_before_the_drawing_changed_is_not_gone_on_with() -> None:
    stale = Progress(has_camera=True, has_reference=True, good=8, has_outcome=True, is_stale=True)
    assert reachable(stale) == number_of("learn")
    assert "teach again" in lack_of("learn", stale)


def test_fine_tuning_says_what_it_lacks() -> None:
    few = Progress(has_camera=True, has_reference=True, good=8, marked=2, way="trained")
    assert "here are 2" in lack_of("learn", few)
