from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch

from model.preprocess import Preprocess
from model.training import cache as cache_module
from model.training.cache import FeatureCache, Item, item_of
from model.training.reading import Key, Reading, read
from tests.model.training.trainees import SIDE, SpotViews

BIG = 1 << 30


def reading(number: int = 1, turn: int = 0) -> Reading:
    return read(SpotViews(), Key("training", number, turn), Preprocess(SIDE))


def item(number: int = 1) -> Item:
    torch.manual_seed(number)
    features = {"rows": torch.randn(5, 7), "image": torch.randn(3, dtype=torch.float64)}
    return item_of(reading(number), features)


def equal(one: Item | None, other: Item) -> bool:
    assert one is not None
    facts = (one.has_mask, one.label, one.name) == (other.has_mask, other.label, other.name)
    tensors = [(one.image, other.image), (one.mask, other.mask)]
    tensors += [(value, other.features[name]) for name, value in one.features.items()]
    same = all(torch.equal(a, b) and a.dtype == b.dtype for a, b in tensors)
    return facts and same and one.features.keys() == other.features.keys()


def test_memory_fills_first_then_the_disk_then_nothing_is_kept(tmp_path: Path) -> None:
    size = item().size_bytes
    cache = FeatureCache(tmp_path / "f", "frozen", 2 * size, 3 * size)
    kept = [cache.keep(reading(number), item(number)) for number in range(6)]
    # a file is a little larger than its tensors: the third does not fit
    assert kept == [True, True, True, True, False, False]
    files = sorted((tmp_path / "f").iterdir())
    assert len(files) == 2
    assert sum(file.stat().st_size for file in files) <= 3 * size
    for number in range(4):
        assert equal(cache.get(Key("training", number, 0)), item(number))
    assert cache.get(Key("training", 4, 0)) is None
    assert not cache.has_room(size)


def test_a_later_run_finds_the_files_of_the_same_picture_and_weights_only(tmp_path: Path) -> None:
    FeatureCache(tmp_path, "frozen", 0, BIG).keep(reading(), item())
    later = FeatureCache(tmp_path, "frozen", 0, BIG)
    assert later.has_unclaimed
    assert not later.take(reading(3))
    assert not later.take(reading(1, turn=1))
    assert later.take(reading())
    assert not later.has_unclaimed
    assert equal(later.get(Key("training", 1, 0)), item())
    assert not FeatureCache(tmp_path, "other weights", 0, BIG).take(reading())
    later.clear()
    assert not tmp_path.exists()
    assert Key("training", 1, 0) not in later


def test_the_files_of_an_earlier_run_count_in_the_budget(tmp_path: Path) -> None:
    size = item().size_bytes
    FeatureCache(tmp_path, "frozen", 0, BIG).keep(reading(), item())
    assert FeatureCache(tmp_path, "frozen", 0, 3 * size).has_room(size)
    assert not FeatureCache(tmp_path, "frozen", 0, 2 * size).has_room(size)


@pytest.mark.logs_expected
@pytest.mark.parametrize("damage", ["gone", "cut", "other"])
def test_a_damaged_file_is_given_up(tmp_path: Path, damage: str) -> None:
    cache = FeatureCache(tmp_path, "frozen", 0, BIG)
    cache.keep(reading(), item())
    (file,) = tmp_path.iterdir()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:90] if damage == "cut" else b"")
    assert cache.get(Key("training", 1, 0)) is None
    assert Key("training", 1, 0) not in cache


@pytest.mark.logs_expected
def test_a_full_disk_costs_no_more_than_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    cache = FeatureCache(tmp_path, "frozen", 0, BIG)
    monkeypatch.setattr(Path, "write_bytes", full)
    assert not cache.keep(reading(), item())
    assert list(tmp_path.iterdir()) == []
    assert not cache.has_room(1)


def test_space_for_the_state_stays_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "RESERVE_BYTES", 1 << 60)
    cache = FeatureCache(tmp_path / "a" / "b", "frozen", 0, BIG)
    assert not cache.keep(reading(), item())
    assert not (tmp_path / "a").exists()
