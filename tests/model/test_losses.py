from __future__ import annotations

import math

import pytest
import torch

from model.losses import dice_loss, focal_loss, image_loss, pixel_loss, pixel_loss_parts


def _both(anomalous: torch.Tensor) -> torch.Tensor:
    return torch.stack([1 - anomalous, anomalous], dim=1)


def test_a_perfect_map_costs_next_to_nothing_and_a_reversed_one_much() -> None:
    masks = (torch.rand(2, 16, 16) > 0.8).float()
    assert pixel_loss(_both(masks), masks) < 1e-3
    assert pixel_loss(_both(1 - masks), masks) > 5


def test_focal_of_undecided_pixels() -> None:
    loss = focal_loss(torch.full((1, 2, 4, 4), 0.5), torch.zeros(1, 4, 4))
    assert loss.item() == pytest.approx(0.25 * math.log(2), rel=1e-3)


def test_dice_is_per_image() -> None:
    masks = torch.stack([torch.ones(4, 4), torch.zeros(4, 4)])
    probability = torch.ones(2, 4, 4)
    # image 0 perfect; image 1: (0 + 1) / (16 + 0 + 1)
    assert dice_loss(probability, masks).item() == pytest.approx(0.5 * (1 - 1 / 17))


def test_masks_with_and_without_a_channel() -> None:
    masks = (torch.rand(2, 1, 8, 8) > 0.5).float()
    maps = _both(torch.rand(2, 8, 8))
    with_channel = torch.stack(pixel_loss_parts(maps, masks))
    assert torch.equal(with_channel, torch.stack(pixel_loss_parts(maps, masks[:, 0])))
    one = torch.stack(pixel_loss_parts(maps[:1], masks[:1]))
    assert torch.equal(one, torch.stack(pixel_loss_parts(maps[:1], masks[:1, 0])))


def test_image_loss_prefers_the_right_text() -> None:
    text = torch.eye(2)
    image = torch.tensor([[3.0, 0.0], [0.0, 0.1]])
    right, wrong = torch.tensor([0, 1]), torch.tensor([1, 0])
    assert image_loss(image, text, right) < 1e-5
    assert image_loss(image, text, wrong).item() == pytest.approx(1 / 0.07, rel=1e-4)
