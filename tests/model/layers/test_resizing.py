from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.layers.resizing import averaged, resized


class _Corners(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return resized(images, (9, 14), corners=True)


class _Means(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return averaged(images, (3, 2))


@pytest.mark.parametrize("module", [_Corners(), _Means()], ids=["corners", "means"])
def test_a_graph_gives_the_same_numbers(module: nn.Module) -> None:
    images = torch.randn(1, 3, 5, 7)
    here = module(images)
    graph = torch.export.export(module, (images,))
    assert torch.allclose(graph.module()(images), here, atol=1e-6)


def test_they_are_what_torch_calls_them() -> None:
    images = torch.randn(2, 3, 5, 7)
    expected = F.interpolate(images, (9, 14), mode="bilinear", align_corners=True)
    assert torch.equal(_Corners()(images), expected)
    assert torch.equal(_Means()(images), F.adaptive_avg_pool2d(images, (3, 2)))
