"""Shots: seeded, spread over kinds, and never the same part on both sides."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model.data import Sample
from model.datasets.collection import Collection, read_collection
from model.errors import DatasetError
from model.training.groups import group_of, source_groups
from model.training.shots import Shots, Split, folds, parse_shots, split, whole_test_part
from tests.shared_data import data_root

ROOT = Path("set")


def sample(part: str, kind: str, number: int, product: str = "") -> Sample:
    return Sample(ROOT / part / kind / f"{number:03}.png", kind, kind != "good", None, product)


def samples(part: str, **numbers: int) -> tuple[Sample, ...]:
    return tuple(sample(part, kind, i) for kind, n in numbers.items() for i in range(n))


def mvtec(train: int = 30, good: int = 10, scratch: int = 12, crack: int = 6) -> Collection:
    test = samples("test", good=good, scratch=scratch, crack=crack)
    return Collection(ROOT, "set", samples("train", good=train), test)


def names(of: tuple[Sample, ...]) -> Counter[str]:
    return Counter(one.kind for one in of)


@pytest.mark.parametrize(
    ("text", "shots"),
    [
        ("anomaly=10,good=110", Shots(10, 110)),
        (" good = 4 , anomaly = 10 ", Shots(10, 4)),
        ("good=5", Shots(None, 5)),
        ("anomaly=0", Shots(0, None)),
    ],
)
def test_shots_as_typed(text: str, shots: Shots) -> None:
    assert parse_shots(text) == shots


@pytest.mark.parametrize(
    "text", ["", "10+4", "good", "good=", "good=-1", "good=1.5", "bad=3", "good=1,good=2", "good=²"]
)
def test_shots_that_are_not_understood(text: str) -> None:
    with pytest.raises(DatasetError, match="is not understood; write for example anomaly=10"):
        parse_shots(text)


@settings(max_examples=40, deadline=None)
@given(
    anomaly=st.integers(2, 18),
    good=st.integers(2, 30),
    seed=st.integers(0, 2**40),
    share=st.floats(0, 0.9),
)
def test_every_split_keeps_its_promises(anomaly: int, good: int, seed: int, share: float) -> None:
    collection = mvtec()
    parts = split(collection, Shots(anomaly, good), seed, share)
    assert parts == split(collection, Shots(anomaly, good), seed, share)
    chosen = (*parts.train, *parts.validation)
    everything = (*chosen, *parts.test)
    assert len(set(everything)) == len(everything)
    assert sum(one.is_defective for one in chosen) == anomaly
    assert sum(not one.is_defective for one in chosen) == good
    # the test part has lost the anomalous shots and nothing else
    assert set(parts.test) == set(collection.test) - set(chosen)
    assert len(parts.test) == 28 - anomaly
    for word in (False, True):
        assert any(one.is_defective == word for one in parts.train)
        assert any(one.is_defective == word for one in parts.validation) == (share > 0)


def test_another_seed_draws_others() -> None:
    shots = Shots(4, 4)
    assert split(mvtec(), shots, 1, 0.25) != split(mvtec(), shots, 2, 0.25)


def test_kinds_take_turns() -> None:
    parts = split(mvtec(), Shots(10, 10), 3, 0.2)
    assert names((*parts.train, *parts.validation)) == {"good": 10, "scratch": 5, "crack": 5}


def test_more_good_shots_contain_the_fewer() -> None:
    few = split(mvtec(), Shots(6, 4), 5, 0.0)
    many = split(mvtec(), Shots(6, 20), 5, 0.0)
    assert set(few.train) < set(many.train)
    assert few.test == many.test


def test_defects_in_the_training_part_leave_the_test_part_whole() -> None:
    train = samples("train", good=8, dent=6)
    collection = Collection(ROOT, "set", train, samples("test", good=5, dent=5))
    parts = split(collection, Shots(4, 8), 1, 0.25)
    assert parts.test == collection.test
    assert all("train" in one.path.parts for one in (*parts.train, *parts.validation))


def test_without_shots_all_good_pictures_train_and_no_test_picture_does() -> None:
    parts = split(mvtec(), Shots(), 1, 0.2)
    assert names(parts.train) == {"good": 24}
    assert names(parts.validation) == {"good": 6}
    assert parts.test == mvtec().test


def test_good_shots_from_the_test_part_where_nothing_else_is_there() -> None:
    collection = mvtec(train=0)
    with pytest.raises(DatasetError, match=r"no good image to train on.*--shots anomaly=N,good=N"):
        split(collection, Shots(4, None), 1, 0.25)
    parts = split(collection, Shots(4, 4), 1, 0.25)
    assert names(parts.test)["good"] == 6


@pytest.mark.parametrize(
    ("shots", "sentence"),
    [
        (Shots(19, 10), r"--shots anomaly=19 but the data set has only 18"),
        (Shots(2, 31), r"--shots good=31 but the data set has only 30"),
        (Shots(2, 0), "gives no good image"),
        (Shots(2, 1), "only one good image"),
        (Shots(1, 4), "only one defective image"),
    ],
)
def test_shots_that_cannot_be(shots: Shots, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        split(mvtec(), shots, 1, 0.25)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_share_out_of_range(share: float) -> None:
    with pytest.raises(DatasetError, match="validation share"):
        split(mvtec(), Shots(2, 4), 1, share)


def test_one_picture_of_each_class_trains_without_validation() -> None:
    parts = split(mvtec(), Shots(1, 1), 1, 0.0)
    assert len(parts.train) == 2
    assert parts.validation == ()


def tiles(tmp_path: Path) -> Collection:
    """Eight tiles of three exposures; a tile's exposures are in the test part, half defective."""
    rows = ["file,tile,split"]
    test = []
    for tile in range(8):
        kind = "crack" if tile % 2 else "good"
        for exposure in range(3):
            name = f"exp{exposure}_{tile}.png"
            rows.append(f"{name},{tile},test/{kind}")
            path = tmp_path / "test" / kind / name
            test.append(Sample(path, kind, kind != "good"))
    train = []
    for number in range(12):
        rows.append(f"g{number}.png,t{number // 2},train/good")
        train.append(Sample(tmp_path / "train/good" / f"g{number}.png", "good", False))
    (tmp_path / "tiles.csv").write_text("\n".join(rows), encoding="utf-8")
    return Collection(tmp_path, "tiles", tuple(train), tuple(test))


def tile_numbers(part: tuple[Sample, ...], root: Path) -> set[str]:
    groups = source_groups(root)
    return {group_of(one, groups) for one in part}


@pytest.mark.parametrize("seed", range(6))
def test_a_tile_never_stands_on_both_sides(tmp_path: Path, seed: int) -> None:
    collection = tiles(tmp_path)
    parts = split(collection, Shots(4, 8), seed, 0.3)
    sides = [tile_numbers(part, tmp_path) for part in (parts.train, parts.validation, parts.test)]
    assert all(sides)
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]


def test_shots_of_one_tile_alone_cannot_be_validated() -> None:
    good = samples("train", good=4)
    groups = dict.fromkeys([one.path for one in good], "the same tile")
    with pytest.raises(DatasetError, match="show the same part"):
        split(Collection(ROOT, "one", good, ()), Shots(0, 4), 1, 0.5, groups)


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "tiles.csv").write_bytes(b"file,tile\n\xff\xfe\xfa,1\n")
    with pytest.raises(DatasetError, match=r"tiles\.csv cannot be read"):
        source_groups(tmp_path)


def test_a_table_of_other_things_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,label\na.png,ok\n", encoding="utf-8")
    assert source_groups(tmp_path) == {}


@pytest.mark.parametrize("k", [2, 3, 5])
def test_folds_hold_every_picture_out_once(k: int) -> None:
    shots = samples("train", good=11, scratch=6, crack=2)
    pairs = folds(shots, k, 4)
    assert pairs == folds(shots, k, 4)
    held = [one for _, part in pairs for one in part]
    assert sorted(held, key=str) == sorted(shots, key=str)
    for rest, part in pairs:
        assert set(rest) | set(part) == set(shots)
        assert not set(rest) & set(part)
        assert 11 // k <= names(part)["good"] <= -(-11 // k)
        assert 6 // k <= names(part)["scratch"] <= -(-6 // k)


@settings(max_examples=60, deadline=None)
@given(
    k=st.integers(2, 5),
    good=st.integers(5, 20),
    scratch=st.integers(0, 7),
    crack=st.integers(0, 7),
    dent=st.integers(0, 7),
    seed=st.integers(0, 2**31),
)
def test_every_fold_has_both_classes(
    k: int, good: int, scratch: int, crack: int, dent: int, seed: int
) -> None:
    assume(scratch + crack + dent >= k)
    shots = samples("train", good=good, scratch=scratch, crack=crack, dent=dent)
    for rest, held in folds(shots, k, seed):
        for part in (rest, held):
            assert {one.is_defective for one in part} == {False, True}


def test_folds_keep_groups_together(tmp_path: Path) -> None:
    collection = tiles(tmp_path)
    groups = source_groups(tmp_path)
    for rest, held in folds(collection.test, 3, 1, groups):
        assert not tile_numbers(rest, tmp_path) & tile_numbers(held, tmp_path)


@pytest.mark.parametrize(
    ("k", "numbers", "sentence"),
    [
        (1, {"good": 9}, "1 folds need 2 or more"),
        (5, {"good": 4, "dent": 9}, "as many good images.*there are 4"),
        (5, {"good": 9, "dent": 4}, "as many defective images.*there are 4"),
    ],
)
def test_folds_that_cannot_be(k: int, numbers: dict[str, int], sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        folds(samples("train", **numbers), k, 1)


def test_the_published_way_trains_on_the_test_part() -> None:
    collection = mvtec()
    assert whole_test_part(collection, 1, 0.0) == Split(collection.test, (), ())
    parts = whole_test_part(collection, 1, 0.2)
    assert sorted((*parts.train, *parts.validation), key=str) == sorted(collection.test, key=str)
    assert names(parts.validation).keys() == {"good", "scratch", "crack"}
    with pytest.raises(DatasetError, match="no defective image"):
        whole_test_part(mvtec(scratch=0, crack=0), 1, 0.0)


def test_real_tiles_stay_on_their_side() -> None:
    root = data_root("magnetic_tile")
    collection = read_collection(root)
    for seed in range(3):
        parts = split(collection, Shots(10, 110), seed, 0.25)
        sides = [tile_numbers(part, root) for part in (parts.train, parts.validation, parts.test)]
        assert not sides[0] & sides[1]
        assert not (sides[0] | sides[1]) & sides[2]
        assert len(parts.train) + len(parts.validation) == 120
        assert sum(one.is_defective for one in parts.test) > 300
