"""One split for all: nothing of one thing on both sides, and the same draw again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from model.comparison.split import Split, Wish, draw
from model.data import Sample
from model.datasets.collection import read_collection
from model.errors import DatasetError
from tests.model.comparison.made import data_set


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return data_set(tmp_path_factory.mktemp("set"), good=6, bad=4, train=5)


def drawn(root: Path, **wish: object) -> Split:
    return draw(read_collection(root), replace(Wish(), **wish))


def names(some: tuple[Sample, ...]) -> list[str]:
    return sorted(f"{one.kind}/{one.path.name}" for one in some)


def test_everything_is_used_where_nothing_is_wished(root: Path) -> None:
    found = drawn(root)
    assert (len(found.good), len(found.defects), len(found.test)) == (5, 0, 14)
    assert found.groups == tuple(range(14))


def test_the_same_wish_draws_the_same_split(root: Path) -> None:
    wish = {"train_good": 3, "defects": 1, "test_per_kind": 2}
    first, again, other = drawn(root, **wish), drawn(root, **wish), drawn(root, **wish, seed=1)
    assert first == again
    assert first.sha256 == again.sha256 != other.sha256
    assert len(first.good) == 3


def test_defects_to_learn_from_leave_the_test_of_all(root: Path) -> None:
    found = drawn(root, defects=2)
    assert sorted(one.kind for one in found.defects) == ["dent", "dent", "spot", "spot"]
    assert not {one.path for one in found.defects} & {one.path for one in found.test}
    assert len(found.test) == 10


def test_a_kind_must_not_vanish_from_the_test(root: Path) -> None:
    with pytest.raises(DatasetError, match="'dent' has 4 pictures; with --defects 4 none"):
        drawn(root, defects=4)


def test_so_many_of_each_kind_are_tested(root: Path) -> None:
    kinds = [one.kind for one in drawn(root, test_per_kind=2).test]
    assert {kind: kinds.count(kind) for kind in kinds} == {"good": 4, "dent": 2, "spot": 2}


def test_too_many_good_pictures_are_refused(root: Path) -> None:
    with pytest.raises(DatasetError, match=r"--train-good asks for 6 .* there are 5"):
        drawn(root, train_good=6)


def test_without_a_training_part_good_pictures_leave_the_test(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "set")
    shutil.rmtree(tmp_path / "set" / "train")
    found = drawn(tmp_path / "set")
    assert len(found.good) == 3
    assert sum(not one.is_defective for one in found.test) == 3
    assert not set(names(found.good)) & set(names(found.test))
    assert "3 good ones were drawn" in found.notes[0]
    with pytest.raises(DatasetError, match="smaller --train-good"):
        drawn(tmp_path / "set", train_good=6)


def test_copies_of_test_pictures_are_not_learned_from(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "set")
    copied = tmp_path / "set" / "train" / "good" / "copy.png"
    shutil.copy(root / "test" / "good" / "2.png", copied)
    found = drawn(tmp_path / "set")
    assert copied not in {one.path for one in found.good}
    assert len(found.test) == 14
    assert "1 good training pictures are copies of test pictures" in found.notes[0]


def test_tiles_of_one_part_stay_on_one_side(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "set")
    rows = ["file,part", "train/good/0.png,a", "test/good/0.png,a", "test/dent/0.png,b"]
    rows += [f"test/dent/{i}.png,c" for i in (1, 2)] + ["test/spot/0.png,c", "test/good/1.png,c"]
    (tmp_path / "set" / "parts.csv").write_text("\n".join(rows), encoding="utf-8")
    found = drawn(tmp_path / "set")
    assert "good/0.png" not in names(found.good)
    assert len(found.good) == 4
    # dents 1 and 2, spot 0 and good 1 show part c
    assert sorted(found.groups.count(number) for number in set(found.groups))[-1] == 4
    for seed in range(6):
        some = drawn(tmp_path / "set", defects=1, seed=seed)
        if "dent/1.png" in names(some.defects):
            assert {"dent/1.png", "dent/2.png"} <= set(names(some.defects))
            assert not {"spot/0.png", "good/1.png"} & set(names(some.test))


def test_both_sides_are_needed_in_the_test(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="4 good and 0 defective; both are needed"):
        drawn(data_set(tmp_path / "good", bad=0))


def test_few_pictures_are_told(root: Path) -> None:
    assert "only 6 good and 8 defective" in drawn(root).notes[-1]


def test_of_several_products_one_must_be_named(root: Path, tmp_path: Path) -> None:
    for name in ("nut", "cable"):
        shutil.copytree(root, tmp_path / name)
    with pytest.raises(DatasetError, match="--product: cable, nut"):
        drawn(tmp_path)
    with pytest.raises(DatasetError, match="no product 'bolt'; it has cable, nut"):
        drawn(tmp_path, product="bolt")
    assert len(drawn(tmp_path, product="nut").test) == 14
