from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.memory_bank import Patches
from model.nearest_rows import nearest_rows, row_distances
from model.plain_bank import PlainBank


def patches(count: int = 300, width: int = 12) -> Patches:
    generator = torch.Generator().manual_seed(6)
    rows = torch.randn(count, 1, width, generator=generator) + 4
    origins = torch.arange(count)[:, None].repeat(1, 3).float()
    return Patches(rows, torch.zeros(count, 2), origins)


@given(st.integers(1, 2500), st.integers(1, 40), st.integers(1, 9), st.integers(0, 99))
def test_the_nearest_row_is_the_one_of_all_distances(n: int, rows: int, width: int, s: int) -> None:
    generator = torch.Generator().manual_seed(s)
    points = torch.randn(n, width, generator=generator)
    known = torch.randn(rows, width, generator=generator)
    expected = torch.cdist(points, known, compute_mode="donot_use_mm_for_euclid_dist")
    distance, number = nearest_rows(points, known)
    assert torch.allclose(distance, expected.amin(1), atol=2e-3)
    assert torch.allclose(row_distances(points, known), distance)
    assert torch.allclose(expected.gather(1, number[:, None])[:, 0], expected.amin(1), atol=2e-3)


def test_distances_are_plain_and_know_no_place() -> None:
    learned = PlainBank.learned(patches(), 40)
    assert learned.shape == (40, 12)
    queries = patches(20).rows[None] * 1.1
    expected = torch.cdist(queries[0, :, 0], learned.rows + learned.centre).amin(1)
    assert torch.allclose(learned.distances(queries, (4, 5))[0], expected, atol=1e-3)
    turned = learned.distances(queries.flip(1), (4, 5))
    assert torch.allclose(turned.flip(1), learned.distances(queries, (4, 5)), atol=1e-4)


def test_a_common_shift_of_features_changes_no_distance() -> None:
    near = PlainBank.learned(patches(), 1000)
    given_patches = patches()
    far = PlainBank.learned(Patches(given_patches.rows + 300, given_patches.places), 1000)
    queries = patches(20).rows[None] * 1.1
    assert torch.allclose(
        near.distances(queries, (4, 5)), far.distances(queries + 300, (4, 5)), atol=5e-3
    )


def test_rows_remember_where_they_come_from_and_fit_into_float16() -> None:
    learned = PlainBank.learned(patches(), 25)
    assert learned.origins is not None
    for row, origin in zip(learned.rows, learned.origins, strict=True):
        source = patches().rows[int(origin[0]), 0]
        assert torch.allclose(row + learned.centre, source, atol=5e-3)
    assert torch.equal(learned.rows, learned.rows.half().float())


def test_the_coreset_tells_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    PlainBank.learned(patches(), 100, 0, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (100, 100)


@pytest.mark.parametrize("shape", [(0, 12), (4, 11)])
def test_tensors_that_do_not_fit_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="shapes"):
        PlainBank(torch.zeros(12), torch.zeros(shape))
