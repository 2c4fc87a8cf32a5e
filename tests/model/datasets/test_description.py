from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.data import Sample
from model.datasets.collection import Collection, read_collection
from model.datasets.description import DescriptionCancelled, describe
from model.datasets.look import look_at
from model.datasets.near_duplicates import likeness, near_duplicates
from model.images import Picture, read_image, write_image
from model.opencv import cv2
from tests.model.datasets.small_sets import MAKERS, mask, picture
from tests.shared_data import data_root


def part(path: Path, seed: int, size: tuple[int, int] = (96, 128)) -> Path:
    """A part under a lamp: shade that all have in common, marks of its own."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1, (12, 16)).astype(np.float32)
    fine = rng.normal(0, 1, (48, 64)).astype(np.float32)
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    grey = 90 + 40 * np.sin(x / 40) + 30 * y / size[0]
    for marks, strength in ((coarse, 14), (fine, 8)):
        grey += strength * np.asarray(cv2.resize(marks, size[::-1], interpolation=cv2.INTER_CUBIC))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, np.clip(grey, 0, 255).astype(np.uint8))
    return path


def changed(source: Path, target: Path, change: str) -> Path:
    image = read_image(source)
    changes: dict[str, Picture] = {
        "copied": image,
        "compressed": image,
        "smaller": np.asarray(cv2.resize(image, (90, 70), interpolation=cv2.INTER_AREA), np.uint8),
        "darker": np.asarray(image * 0.6, np.uint8),
        "noisy": np.asarray(
            np.clip(image + np.random.default_rng(0).normal(0, 3, image.shape), 0, 255), np.uint8
        ),
    }
    write_image(target, changes[change], jpeg_quality=50)
    return target


@pytest.mark.parametrize("change", ["copied", "compressed", "smaller", "darker", "noisy"])
def test_a_changed_copy_of_a_training_image_is_found_among_others(
    tmp_path: Path, change: str
) -> None:
    train = [part(tmp_path / "train" / "good" / f"{n}.png", n) for n in range(12)]
    for n in range(12, 24):
        part(tmp_path / "test" / "good" / f"{n}.png", n)
    suffix = "jpg" if change == "compressed" else "png"
    copy = changed(train[7], tmp_path / "test" / "good" / f"copy.{suffix}", change)
    pairs = describe(read_collection(tmp_path)).duplicates
    assert [(pair.train, pair.test) for pair in pairs] == [(train[7], copy)]
    assert pairs[0].likeness > 0.7


def test_parts_that_all_look_alike_are_no_duplicates(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    base = read_image(part(tmp_path / "base.png", 1)).astype(float)
    looks = []
    for number in range(16):
        own = np.clip(base + rng.normal(0, 6, base.shape[:2])[:, :, None], 0, 255)
        write_image(tmp_path / f"{number}.png", own.astype(np.uint8))
        looks.append(look_at(Sample(tmp_path / f"{number}.png", "good", False)))
    assert likeness(looks[0], looks[9]) > 0.6
    assert near_duplicates(looks[:8], looks[8:]) == ()
    twice = [*looks[8:], looks[3]]
    assert [(d.train.name, d.test.name) for d in near_duplicates(looks[:8], twice)] == [
        ("3.png", "3.png")
    ]


def test_every_fault_is_counted_and_named(tmp_path: Path) -> None:
    good, bad, truth = (tmp_path / name for name in ("test/good", "test/dent", "ground_truth"))
    for number in range(3):
        picture(good / f"{number}.png", number)
    picture(good / "marked.png", 9)
    mask(truth / "good" / "marked.png")
    (good / "text.png").write_text("no picture", encoding="utf-8")
    for number, name in enumerate(("fine", "blank", "large", "bare", "torn")):
        picture(bad / f"{name}.png", 20 + number)
    mask(truth / "dent" / "fine.png")
    mask(truth / "dent" / "blank.png", empty=True)
    mask(truth / "dent" / "large.png", side=64)
    (truth / "dent" / "torn.png").write_bytes(b"")
    found = describe(read_collection(tmp_path))
    assert [(c.kind, c.images, c.masks) for c in found.counts] == [("good", 5, 1), ("dent", 5, 4)]
    assert found.sizes == ((32, 32, 9),)
    assert "text.png is damaged or not an image" in found.unreadable[0]
    assert [path.name for path in found.missing_masks] == ["bare.png"]
    assert "blank.png" in found.empty_masks[0]
    assert "marked.png" in found.good_with_defects[0]
    assert "64 x 64" in found.masks_of_another_size[0]
    assert "32 x 32" in found.masks_of_another_size[0]
    assert "torn.png" in found.unreadable_masks[0]
    assert len(found.warnings) >= 6


def test_brightness_that_gives_the_label_away_is_named(tmp_path: Path) -> None:
    for number in range(6):
        for folder, level in (("good", 60), ("ng", 160)):
            rng = np.random.default_rng(number)
            noise = rng.integers(0, 40, (40, 40), dtype=np.uint8) + np.uint8(level)
            path = tmp_path / folder / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            write_image(path, noise)
    found = describe(read_collection(tmp_path))
    cues = found.give_aways[tmp_path.name]
    assert cues["mean grey"] == 1.0
    assert cues["deviation of grey"] == pytest.approx(0.5, abs=0.1)
    assert [text for text in found.warnings if "mean grey" in text]
    assert not [text for text in found.warnings if "deviation" in text]


def test_one_image_only_is_described(tmp_path: Path) -> None:
    picture(tmp_path / "ok" / "1.png")
    found = describe(read_collection(tmp_path))
    assert "one image only" in found.warnings[0]
    assert set(found.give_aways[tmp_path.name].values()) == {None}


@pytest.mark.parametrize(("folder", "lack"), [("ok", "no defective"), ("ng", "no good")])
def test_a_missing_half_is_named(tmp_path: Path, folder: str, lack: str) -> None:
    for number in range(2):
        picture(tmp_path / folder / f"{number}.png", number)
    assert lack in describe(read_collection(tmp_path)).warnings[0]


def test_progress_is_told_and_a_cancel_is_heard(tmp_path: Path) -> None:
    MAKERS["mvtec"](tmp_path)
    seen: list[tuple[int, int]] = []
    describe(read_collection(tmp_path), lambda done, total: seen.append((done, total)))
    assert seen == [(number, 12) for number in range(1, 13)]
    with pytest.raises(DescriptionCancelled):
        describe(read_collection(tmp_path), lambda *_: None, lambda: len(seen) == 12)


def test_a_missing_file_of_a_list_is_unreadable(tmp_path: Path) -> None:
    here = picture(tmp_path / "1.png")
    samples = (Sample(here, "good", False), Sample(tmp_path / "gone.png", "good", False))
    found = describe(Collection(tmp_path, "a", (), samples))
    assert "gone.png" in found.unreadable[0]


def test_the_real_tiles_show_which_of_them_stand_on_both_sides() -> None:
    found = describe(read_collection(data_root("magnetic_tile")))
    assert sum(count.images for count in found.counts) == 1338
    assert not found.unreadable
    assert not found.masks_of_another_size
    # other exposures of the same tile, each pair confirmed by eye
    assert 10 <= len({pair.test for pair in found.duplicates}) <= 40
    cues = [value for value in found.give_aways["magnetic_tile"].values() if value is not None]
    assert all(0.4 < value < 0.6 for value in cues)
