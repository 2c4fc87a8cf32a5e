from __future__ import annotations

import pytest
import torch

from model.layers.neck import Neck
from model.layers.side_branch import SideBranch


@pytest.fixture(scope="module")
def branch() -> SideBranch:
    torch.manual_seed(0)
    return SideBranch(64, (8, 8, 16, 16)).eval()


def test_map_and_features_have_the_stated_shapes(branch: SideBranch) -> None:
    cells, image, features = branch(torch.randn(3, 3, 48, 80))
    assert cells.shape == (3, 32, 32)
    assert image.shape == (3,)
    assert features.shape == (3, 16)


def test_exposure_does_not_matter(branch: SideBranch) -> None:
    picture = torch.rand(1, 3, 64, 64)
    dark, light = branch(picture * 2 - 1), branch(picture * 20 + 7)
    assert torch.allclose(dark[0], light[0], atol=2e-2)


def test_a_picture_is_judged_alone_as_in_company(branch: SideBranch) -> None:
    pictures = torch.randn(4, 3, 64, 64)
    together = branch(pictures)[0]
    alone = torch.cat([branch(one[None])[0] for one in pictures])
    assert torch.allclose(together, alone, atol=1e-5)


def test_it_learns_where_a_spot_is() -> None:
    torch.manual_seed(1)
    branch = SideBranch(32, (8, 8, 8, 8))
    optimizer = torch.optim.AdamW(branch.parameters(), 1e-2)
    pictures = torch.randn(8, 3, 32, 32) * 0.3
    masks = torch.zeros(8, 16, 16)
    for index in range(8):
        pictures[index, :, 4 * (index % 4) : 4 * (index % 4) + 6, 8:14] += 3
        masks[index, 2 * (index % 4) : 2 * (index % 4) + 3, 4:7] = 1
    for _ in range(60):
        cells = branch(pictures)[0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(cells, masks)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    cells = branch(pictures)[0].detach()
    assert cells[masks > 0].mean() > cells[masks == 0].mean() + 3


@pytest.mark.parametrize(("side", "widths"), [(100, (8, 8, 8, 8)), (64, (8, 8, 8)), (64, (4,) * 4)])
def test_sizes_out_of_range_are_refused(side: int, widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiple"):
        SideBranch(side, widths)


def test_the_neck_begins_as_nothing_and_learns_to_differ() -> None:
    torch.manual_seed(2)
    neck = Neck(16, 8)
    rows = torch.randn(2, 5, 16)
    assert torch.equal(neck(rows), rows)
    neck(rows).square().sum().backward()
    assert neck.widen.weight.grad is not None
    assert neck.widen.weight.grad.abs().max() > 0


def test_mirrored_looks_are_the_mean_over_the_copies(branch: SideBranch) -> None:
    images = torch.randn(2, 3, 48, 80)
    maps, of_image, _ = branch.mirrored(images)
    each = [branch(images.flip(axes)) for axes in ((), (2,), (3,), (2, 3))]
    assert torch.allclose(of_image, torch.stack([one[1] for one in each]).mean(0), atol=1e-5)
    back = [each[0][0], each[1][0].flip(1), each[2][0].flip(2), each[3][0].flip((1, 2))]
    assert torch.allclose(maps, torch.stack(back).mean(0), atol=1e-5)
    assert not torch.allclose(maps, each[0][0], atol=1e-5)


def test_a_mirrored_picture_gives_the_mirrored_map(branch: SideBranch) -> None:
    images = torch.randn(2, 3, 64, 64)
    maps, of_image, _ = branch.mirrored(images)
    turned, of_turned, _ = branch.mirrored(images.flip(3))
    assert torch.allclose(turned.flip(2), maps, atol=1e-5)
    assert torch.allclose(of_turned, of_image, atol=1e-5)
