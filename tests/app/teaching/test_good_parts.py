from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.inspection.cutting import cut
from app.inspection.placement import anchor_from
from app.teaching.good_parts import GoodParts, PictureRefused
from app.teaching.traits import focus_of, traits_of
from model.opencv import cv2
from tests.app.teaching.parts import RECIPE
from tests.rigs import plates


def blurred(picture: np.ndarray, spread: float = 3.0) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), spread), np.uint8)


def refusal(parts: GoodParts, picture: np.ndarray) -> PictureRefused:
    with pytest.raises(PictureRefused) as caught:
        parts.add(picture)
    return caught.value


def test_different_parts_are_kept_in_order(tmp_path: Path) -> None:
    parts = GoodParts(tmp_path, RECIPE)
    for number in range(5):
        parts.add(plates.plate(number))
    assert [one.file.name for one in parts.kept] == [f"{n:04d}.png" for n in range(1, 6)]


def test_a_part_that_lies_there_still_is_refused_in_spite_of_its_noise(tmp_path: Path) -> None:
    parts = GoodParts(tmp_path, RECIPE)
    parts.add(plates.plate(1))
    first = plates.plate(2)
    parts.add(first)
    noise = np.random.default_rng(0).normal(0, 2.5, first.shape)
    again = np.clip(first + noise, 0, 255).astype(np.uint8)
    found = refusal(parts, again)
    assert (found.reason, found.like) == ("duplicate", 2)
    assert "picture 2" in str(found)
    assert len(parts.kept) == 2


def test_a_blurred_part_is_refused_and_told_how_blurred(tmp_path: Path) -> None:
    parts = GoodParts(tmp_path, RECIPE)
    for number in range(3):
        parts.add(plates.plate(number))
    found = refusal(parts, blurred(plates.plate(9)))
    assert found.reason == "blurred"
    assert "%" in str(found)
    parts.add(plates.plate(9))


def test_the_first_picture_is_measured_by_the_one_that_was_drawn_on(tmp_path: Path) -> None:
    reference = plates.plate(0)
    traits = traits_of(reference, cut(reference, RECIPE))
    found = refusal(GoodParts(tmp_path, RECIPE, traits), blurred(plates.plate(1)))
    assert found.reason == "blurred"


def test_a_dark_picture_and_one_without_the_part_are_refused(tmp_path: Path) -> None:
    parts = GoodParts(tmp_path, RECIPE)
    assert refusal(parts, np.zeros((256, 320, 3), np.uint8)).reason == "dark"
    assert refusal(parts, np.full((256, 320, 3), 255, np.uint8)).reason == "bright"
    reference = plates.plate(0, shift=(0, 0))
    anchor = anchor_from(reference, (204, 62, 44, 36))
    aligned = GoodParts(tmp_path, RECIPE.model_copy(update={"anchor": anchor}))
    empty = np.random.default_rng(1).normal(120, 6, reference.shape).astype(np.uint8)
    assert refusal(aligned, empty).reason == "not-found"
    assert not list(tmp_path.glob("*.png"))


def test_what_was_collected_is_there_after_a_crash(tmp_path: Path) -> None:
    before = GoodParts(tmp_path, RECIPE)
    for number in range(3):
        before.add(plates.plate(number))
    (tmp_path / "0002.png").write_bytes(b"half of it")
    after = GoodParts(tmp_path, RECIPE)
    with_hole = after.load()
    assert [one.file.name for one in with_hole] == ["0001.png", "0003.png"]
    assert [file.name for file in after.unusable] == ["0002.png"]
    assert after.add(plates.plate(7)).file.name == "0004.png"
    after.remove(tmp_path / "0002.png")
    assert not after.unusable


test_what_was_collected_is_there_after_a_crash = pytest.mark.logs_expected(
    test_what_was_collected_is_there_after_a_crash
)


def test_a_removed_picture_may_come_again(tmp_path: Path) -> None:
    parts = GoodParts(tmp_path, RECIPE)
    kept = parts.add(plates.plate(1))
    parts.remove(kept.file)
    assert not kept.file.exists()
    parts.add(plates.plate(1))


@settings(max_examples=12, deadline=None)
@given(number=st.integers(0, 500), spread=st.floats(2.0, 5.0))
def test_focus_falls_with_every_blur(number: int, spread: float) -> None:
    picture = plates.plate(number)
    sharp, soft = focus_of(picture), focus_of(blurred(picture, spread))
    assert 0 <= soft < 0.75 * sharp <= 1


def test_focus_hardly_depends_on_what_is_seen() -> None:
    found = [focus_of(plates.plate(number)) for number in range(6)]
    assert min(found) > 0.8 * max(found)


def test_an_even_picture_has_no_focus() -> None:
    assert focus_of(np.full((40, 50, 3), 90, np.uint8)) == 0
