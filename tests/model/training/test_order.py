from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from model.training.order import batches, chance_seed, order, own_part, turn_of

COUNTS = st.integers(0, 40)
SEEDS = st.integers(-5, 2**40)


@given(SEEDS, st.integers(0, 1000), COUNTS)
def test_an_epoch_takes_every_picture_once_and_always_in_the_same_order(
    seed: int, epoch: int, count: int
) -> None:
    found = order(seed, epoch, count)
    assert sorted(found) == list(range(count))
    assert found == order(seed, epoch, count)


def test_epochs_and_seeds_differ() -> None:
    assert len({order(seed, epoch, 20) for seed in (-1, 1, 2) for epoch in range(3)}) == 9
    seeds = {
        chance_seed(s, e, t, r) for s in (1, 2) for e in (1, 2) for t in (0, 1) for r in (0, 1)
    }
    assert len(seeds) == 16


@given(COUNTS, st.integers(1, 9))
def test_batches_hold_all_and_only_the_last_is_smaller(count: int, size: int) -> None:
    found = batches(range(count), size)
    assert [index for part in found for index in part] == list(range(count))
    assert all(len(part) == size for part in found[:-1])
    assert all(1 <= len(part) <= size for part in found)


@given(COUNTS, st.integers(1, 5), st.booleans())
def test_the_parts_of_all_processes_are_the_batch(count: int, ranks: int, is_kept: bool) -> None:
    batch = order(0, 0, count)
    parts = [own_part(batch, rank, ranks, is_kept) for rank in range(ranks)]
    assert sorted(index for part in parts for index in part) == list(range(count))
    if not is_kept:
        sizes = [len(part) for part in parts]
        assert max(sizes) - min(sizes) <= 1


def test_a_kept_picture_belongs_to_one_process_in_every_epoch() -> None:
    for epoch in range(3):
        assert set(own_part(order(3, epoch, 9), 1, 2, True)) == {1, 3, 5, 7}


def test_turns_go_round_or_never_come_again() -> None:
    assert [turn_of(epoch, 3) for epoch in range(5)] == [0, 1, 2, 0, 1]
    assert [turn_of(epoch, 0) for epoch in range(5)] == [0, 1, 2, 3, 4]
