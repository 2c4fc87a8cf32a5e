from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from model.layers.vision import VisionFeatures
from model.memory_bank import MemoryBank, patch_features


def features(batch: int = 2, grid: tuple[int, int] = (4, 5)) -> VisionFeatures:
    torch.manual_seed(1)
    count = grid[0] * grid[1]
    patches = {layer: torch.randn(batch, count, 8) * layer for layer in (2, 3)}
    return VisionFeatures(torch.randn(batch, 8), patches, grid)


def test_layers_weigh_the_same_whatever_their_length() -> None:
    given = features()
    rows = patch_features(given, (2, 3))
    assert rows.shape == (2, 20, 16)
    assert torch.allclose(rows.norm(dim=-1), torch.ones(2, 20), atol=1e-6)
    cosine = [F.cosine_similarity(p[0, 0], p[1, 7], dim=0) for p in given.patches.values()]
    assert torch.isclose((rows[0, 0] * rows[1, 7]).sum(), sum(cosine) / 2, atol=1e-6)


def test_neighbourhood_is_the_mean_of_the_patches_around() -> None:
    given = features()
    rows = patch_features(given, (2,), neighbourhood=3)
    unit = F.normalize(given.patches[2], dim=-1).reshape(2, 4, 5, 8)
    inner = F.normalize(unit[0, 0:3, 1:4].mean((0, 1)), dim=0)
    corner = F.normalize(unit[0, 0:2, 0:2].mean((0, 1)), dim=0)
    assert torch.allclose(rows[0, 1 * 5 + 2], inner, atol=1e-6)
    assert torch.allclose(rows[0, 0], corner, atol=1e-6)


def bank(count: int = 150) -> MemoryBank:
    torch.manual_seed(2)
    return MemoryBank(F.normalize(torch.randn(count, 16), dim=1))


def test_distance_is_that_to_the_nearest_row() -> None:
    memory = bank()
    queries = F.normalize(torch.randn(2, 30, 16), dim=-1)
    got = memory.distances(queries)
    for image in range(2):
        for patch in range(30):
            assert torch.isclose(
                got[image, patch], 1 - (memory.rows @ queries[image, patch]).max(), atol=1e-6
            )


def test_a_row_of_the_bank_has_no_distance() -> None:
    memory = bank()
    assert memory.distances(memory.rows[None]).abs().max() < 1e-6


def test_many_queries_are_worked_through_in_pieces() -> None:
    memory = bank()
    queries = F.normalize(torch.randn(1, 9000, 16), dim=-1)
    whole = 1 - (queries[0] @ memory.rows.T).amax(1)
    assert torch.allclose(memory.distances(queries)[0], whole, atol=1e-6)


@pytest.mark.parametrize("rows", [torch.zeros(0, 4), torch.zeros(4)])
def test_a_bank_needs_a_table_with_rows(rows: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="bank of shape"):
        MemoryBank(rows)
