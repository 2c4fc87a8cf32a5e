from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from model.layers.vision import VisionFeatures
from model.memory_bank import MemoryBank, patch_rows


def features(batch: int = 2, grid: tuple[int, int] = (4, 5)) -> VisionFeatures:
    torch.manual_seed(1)
    count = grid[0] * grid[1]
    tokens = {layer: torch.randn(batch, count, 8) * layer + layer for layer in (2, 3)}
    return VisionFeatures(torch.randn(batch, 8), {}, grid, tokens)


def test_rows_of_every_layer_are_normalised_by_themselves() -> None:
    rows = patch_rows(features(), (2, 3))
    assert rows.shape == (2, 20, 2, 8)
    assert rows.mean(-1).abs().max() < 1e-5
    assert torch.allclose(rows.var(-1, correction=0), torch.ones(2, 20, 2), atol=1e-3)


def test_neighbourhood_is_the_mean_of_the_patches_around() -> None:
    given = features()
    rows = patch_rows(given, (2,), neighbourhood=3)[:, :, 0]
    plain = F.layer_norm(given.tokens[2], (8,)).reshape(2, 4, 5, 8)
    assert torch.allclose(rows[0, 1 * 5 + 2], plain[0, 0:3, 1:4].mean((0, 1)), atol=1e-6)
    assert torch.allclose(rows[0, 0], plain[0, 0:2, 0:2].mean((0, 1)), atol=1e-6)


def normal_rows(count: int = 300, layers: int = 2, width: int = 16) -> torch.Tensor:
    """Rows that vary a lot along the first axes and hardly along the last."""
    generator = torch.Generator().manual_seed(2)
    spread = torch.logspace(0.5, -1.5, width)
    return torch.randn(count, layers, width, generator=generator) * spread + 3


def test_distance_is_that_to_the_nearest_row() -> None:
    bank = MemoryBank.learned(normal_rows(), kept=8, max_rows=50)
    assert bank.shape == (50, 2, 16, 8)
    queries = normal_rows(40)[None] + 0.3
    # (40, L, K), each layer by itself
    points = torch.einsum("nld,ldk->nlk", queries[0] - bank.centre, bank.axes).flatten(1)
    expected = torch.cdist(points, bank.rows).amin(1)
    assert torch.allclose(bank.distances(queries)[0], expected, atol=1e-4)


def test_a_remembered_patch_has_no_distance() -> None:
    rows = normal_rows(60)
    bank = MemoryBank.learned(rows, kept=16, max_rows=1000)
    assert bank.rows.shape[0] == 60
    assert bank.distances(rows[None]).max() < 1e-2


def test_normal_rows_have_length_one_in_every_layer() -> None:
    bank = MemoryBank.learned(normal_rows(), kept=8, max_rows=1000)
    lengths = bank.rows.unflatten(1, (2, 8)).norm(dim=-1).mean(0)
    assert torch.allclose(lengths, torch.ones(2), atol=1e-4)


def test_a_step_where_normals_hardly_vary_counts_more_than_in_plain_distance() -> None:
    rows = normal_rows(400, layers=1)
    bank = MemoryBank.learned(rows, kept=16, max_rows=1000)
    start = rows[:1][None].mean((0, 1), keepdim=True)
    common, rare = start.clone(), start.clone()
    common[..., 0] += 1
    rare[..., 10] += 1
    assert bank.distances(rare) > 2 * bank.distances(common)


def test_many_queries_are_worked_through_in_pieces() -> None:
    bank = MemoryBank.learned(normal_rows(), kept=8, max_rows=20)
    queries = normal_rows(9000)[None]
    pieces = [bank.distances(queries[:, at : at + 900]) for at in range(0, 9000, 900)]
    assert torch.allclose(bank.distances(queries), torch.cat(pieces, 1), atol=1e-4)


def test_rows_that_are_all_equal_are_no_trouble() -> None:
    bank = MemoryBank.learned(torch.ones(30, 2, 16), kept=8, max_rows=10)
    assert bank.distances(torch.ones(1, 4, 2, 16)).isfinite().all()
    assert bank.distances(torch.zeros(1, 4, 2, 16)).isfinite().all()


def test_tensors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        MemoryBank(torch.zeros(2, 16), torch.zeros(2, 16, 4), torch.zeros(10, 7))
    with pytest.raises(ValueError, match="shapes"):
        MemoryBank(torch.zeros(2, 16), torch.zeros(2, 16, 4), torch.zeros(0, 8))
