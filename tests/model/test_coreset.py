from __future__ import annotations

import pytest
import torch

from model.coreset import greedy_coreset


def clusters(count: int, each: int, width: int = 200) -> torch.Tensor:
    """`count` tight clusters far apart, rows in turn."""
    generator = torch.Generator().manual_seed(4)
    centres = torch.randn(count, width, generator=generator) * 10
    return centres.repeat(each, 1) + 0.01 * torch.randn(count * each, width, generator=generator)


def test_one_row_of_every_cluster_is_taken() -> None:
    chosen = greedy_coreset(clusters(25, 40), 25)
    assert sorted((chosen % 25).tolist()) == list(range(25))


def test_coverage_is_far_better_than_by_chance() -> None:
    generator = torch.Generator().manual_seed(9)
    crowd = torch.randn(3000, 20, generator=generator) * 0.1
    rare = torch.randn(30, 20, generator=generator) * 3
    rows = torch.cat([crowd, rare])

    def gap(chosen: torch.Tensor) -> float:
        return float(torch.cdist(rows, rows[chosen]).amin(1).max())

    by_chance = torch.randperm(len(rows), generator=generator)[:60]
    assert gap(greedy_coreset(rows, 60)) < 0.3 * gap(by_chance)


def test_same_seed_same_rows_ascending_and_distinct() -> None:
    rows = clusters(7, 30)
    first, again = greedy_coreset(rows, 50, seed=3), greedy_coreset(rows, 50, seed=3)
    assert torch.equal(first, again)
    assert (first.diff() > 0).all()
    assert not torch.equal(first, greedy_coreset(rows, 50, seed=4))


def test_equal_rows_are_no_trouble() -> None:
    assert len(set(greedy_coreset(torch.ones(20, 5), 10).tolist())) == 10


def test_all_rows_when_enough_are_wanted() -> None:
    assert greedy_coreset(torch.rand(5, 3), 9).tolist() == [0, 1, 2, 3, 4]


def test_progress_ends_at_the_whole() -> None:
    calls: list[tuple[int, int]] = []
    greedy_coreset(clusters(5, 50), 200, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (200, 200)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    calls.clear()
    greedy_coreset(clusters(5, 2), 200, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(10, 10)]


def test_the_first_row_can_be_given() -> None:
    rows = torch.arange(9.0)[:, None]
    assert greedy_coreset(rows, 1, first=4).tolist() == [4]
    assert greedy_coreset(rows, 3, first=4, projected=0).tolist() == [0, 4, 8]


@pytest.mark.parametrize(("rows", "count"), [(torch.zeros(0, 3), 1), (torch.zeros(3, 3), 0)])
def test_nothing_to_take_is_an_error(rows: torch.Tensor, count: int) -> None:
    with pytest.raises(ValueError, match="cannot take"):
        greedy_coreset(rows, count)
