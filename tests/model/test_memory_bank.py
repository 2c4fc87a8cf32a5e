from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from model.layers.vision import VisionFeatures, encode_image
from model.memory_bank import MemoryBank, Patches, patch_places, patch_rows
from tests.model.clips import small_clip


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


def test_places_run_along_the_rows() -> None:
    places = patch_places((2, 4))
    assert places.tolist() == [
        [0, 0],
        [0, 0.25],
        [0, 0.5],
        [0, 0.75],
        [0.5, 0],
        [0.5, 0.25],
        [0.5, 0.5],
        [0.5, 0.75],
    ]


def normal(count: int = 300, layers: int = 2, width: int = 16) -> Patches:
    """Rows that vary a lot along the first axes and hardly along the last, on a 10 x 10 grid."""
    generator = torch.Generator().manual_seed(2)
    spread = torch.logspace(0.5, -1.5, width)
    rows = torch.randn(count, layers, width, generator=generator) * spread + 3
    return Patches(rows, patch_places((10, 10)).repeat(count // 100 + 1, 1)[:count])


def learned(patches: Patches, kept: int = 8, place: float = 0.0, most: int = 1000) -> MemoryBank:
    return MemoryBank.learned(patches, kept, place, most)


@pytest.mark.parametrize("place", [0.0, 5.0])
def test_distance_is_that_to_the_nearest_row(place: float) -> None:
    bank = learned(normal(), place=place, most=50)
    assert bank.shape == (50, 2, 16, 8)
    queries = normal(40).rows[None] + 0.3
    # (40, L, K), each layer by itself
    points = torch.einsum("nld,ldk->nlk", queries[0] - bank.centre, bank.axes).flatten(1)
    points = torch.cat([points, place * patch_places((5, 8))], 1)
    expected = torch.cdist(points, bank.rows).amin(1)
    assert torch.allclose(bank.distances(queries, (5, 8))[0], expected, atol=1e-3)


def test_a_remembered_patch_has_no_distance_at_its_place_and_one_elsewhere() -> None:
    patches = normal(100)
    bank = learned(patches, kept=16, place=10.0)
    assert bank.rows.shape[0] == 100
    assert bank.distances(patches.rows[None], (10, 10)).max() < 0.05
    elsewhere = bank.distances(patches.rows.flip(0)[None], (10, 10))
    assert elsewhere.min() > 0.5
    everywhere = learned(patches, kept=16).distances(patches.rows.flip(0)[None], (10, 10))
    assert everywhere.max() < 0.05


def test_normal_rows_have_length_one_in_every_layer() -> None:
    bank = learned(normal())
    lengths = bank.rows[:, :16].unflatten(1, (2, 8)).norm(dim=-1).mean(0)
    assert torch.allclose(lengths, torch.ones(2), atol=1e-3)


def test_a_step_where_normals_hardly_vary_counts_more_than_in_plain_distance() -> None:
    patches = normal(400, layers=1)
    bank = learned(patches, kept=16)
    start = patches.rows.mean(0)[None, None]
    common, rare = start.clone(), start.clone()
    common[..., 0] += 1
    rare[..., 10] += 1
    assert bank.distances(rare, (1, 1)) > 1.3 * bank.distances(common, (1, 1))


def test_many_queries_are_worked_through_in_pieces() -> None:
    bank = learned(normal(), most=20)
    queries = normal(9000).rows.unflatten(0, (90, 100))
    pieces = [bank.distances(queries[at : at + 9], (10, 10)) for at in range(0, 90, 9)]
    assert torch.allclose(bank.distances(queries, (10, 10)), torch.cat(pieces), atol=1e-4)


def test_rows_that_are_all_equal_are_no_trouble() -> None:
    bank = learned(Patches(torch.ones(30, 2, 16), torch.zeros(30, 2)), most=10)
    assert bank.distances(torch.ones(1, 4, 2, 16), (2, 2)).isfinite().all()
    assert bank.distances(torch.zeros(1, 4, 2, 16), (2, 2)).isfinite().all()


def test_float16_holds_the_rows_without_loss() -> None:
    bank = learned(normal(), place=10.0)
    assert torch.equal(bank.rows, bank.rows.half().float())


def test_thinning_keeps_rows_and_places_together() -> None:
    patches = normal(100)
    few = patches.thinned(12, 3)
    assert few.rows.shape[0] == few.places.shape[0] == 12
    for row, place in zip(few.rows, few.places, strict=True):
        index = int((patches.rows == row).all((1, 2)).nonzero()[0])
        assert torch.equal(patches.places[index], place)
    assert patches.thinned(100, 3) is patches
    assert Patches.joined([few, few]).rows.shape[0] == 24


def test_tensors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        MemoryBank(torch.zeros(2, 16), torch.zeros(2, 16, 4), torch.zeros(10, 8), 1.0)
    with pytest.raises(ValueError, match="shapes"):
        MemoryBank.empty((0, 2, 16, 4), 1.0)


def test_tokens_are_the_original_streams_rows_whatever_else_is_asked() -> None:
    clip = small_clip().requires_grad_(False)
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        # dpam 1: the patches themselves come from the original stream
        plain = encode_image(clip.visual, images, (2, 4), 1)
        asked = encode_image(clip.visual, images, (4,), 3, token_layers=(4, 2))
        local = encode_image(clip.visual, images, (4,), 3)
    for layer in (2, 4):
        projected = clip.visual.ln_post(asked.tokens[layer]) @ clip.visual.proj
        assert torch.allclose(projected, plain.patches[layer], atol=1e-5)
    assert torch.allclose(asked.patches[4], local.patches[4], atol=1e-5)
    assert torch.allclose(asked.image, local.image, atol=1e-5)
    assert local.tokens == {}
    with pytest.raises(ValueError, match="not within 1"):
        encode_image(clip.visual, images, (4,), 3, token_layers=(5,))
