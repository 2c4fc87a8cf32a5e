from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.layers.class_network import ClassNetwork, HeadNetwork, TimmNetwork
from model.layers.grad_cam import channel_weights, grad_cam


def by_backward(network: ClassNetwork, features: Tensor, direction: Tensor) -> Tensor:
    """Return the weights as torch's own backward pass gives them."""
    given = features.clone().requires_grad_()
    (network.logits(given) * direction).sum().backward()
    assert given.grad is not None
    if isinstance(network, HeadNetwork):
        return given.grad.sum(dim=(2, 3))
    return network.as_picture(given.grad).sum(dim=(2, 3))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 5))
def test_the_map_of_a_mean_and_one_layer_adds_up_to_the_logits(
    seed: int, batch: int, side: int
) -> None:
    draw = torch.Generator().manual_seed(seed)
    features = torch.randn(batch, 6, side, side, generator=draw)
    head = torch.randn(3, 6, generator=draw)
    direction = torch.randn(batch, 3, generator=draw)
    weights = direction @ head
    both = grad_cam(features, weights) - grad_cam(features, -weights)
    logits = (features.mean(dim=(2, 3)) @ head.T * direction).sum(dim=1)
    assert torch.allclose(both.mean(dim=(1, 2, 3)), logits, atol=1e-4)
    assert grad_cam(features, weights).min() >= 0


def test_a_head_s_closed_form_is_its_gradient() -> None:
    torch.manual_seed(1)
    head = HeadNetwork(8, 3)
    torch.nn.init.normal_(head.linear.weight)
    pooled = torch.randn(20, 16)
    head.standardise(pooled)
    features = torch.randn(2, 8, 5, 4)
    direction = torch.tensor([[1.0, -1, 0], [0, 0.5, -1]])
    closed = head.evidence(features, direction)
    assert torch.allclose(closed, by_backward(head, features, direction), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "is_linear"),
    [("test_efficientnet", True), ("mobilenetv3_small_050", False), ("test_vit", False)],
)
def test_every_network_explains_by_its_gradient(name: str, is_linear: bool) -> None:
    side = 48
    torch.manual_seed(2)
    network = TimmNetwork(name, 4, side).eval().requires_grad_(False)
    assert network.is_linear == is_linear
    features = network.features(torch.randn(2, 3, side, side))
    direction = torch.tensor([[1.0, -1, 0, 0], [0, 0, 1, -1]])
    with torch.inference_mode():
        found = network.evidence(features.clone(), direction)
        picture = network.as_picture(features)
    assert found.shape == (2, picture.shape[1])
    assert torch.allclose(found, by_backward(network, features, direction), atol=1e-4)


def test_weights_of_any_layout() -> None:
    features = torch.randn(2, 3, 3, 5)
    weight = torch.randn(4, 5)

    def head(given: Tensor) -> Tensor:
        return given.mean(dim=(1, 2)) @ weight.T

    direction = torch.eye(4)[:2]
    found = channel_weights(head, features, direction, lambda one: one.permute(0, 3, 1, 2))
    assert torch.allclose(found, weight[:2], atol=1e-6)
