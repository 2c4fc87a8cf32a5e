from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from model.layers.feature_levels import FeatureLevels
from model.layers.vision import encode_image
from model.preprocess import CLIP_MEAN, IMAGENET_MEAN
from tests.model import tiny_resnet
from tests.model.clips import small_clip


@pytest.fixture(scope="module")
def resnet() -> nn.Module:
    return tiny_resnet.backbone()


def test_a_resnet_gives_its_stages(resnet: nn.Module) -> None:
    levels = FeatureLevels(resnet)
    images = torch.randn(2, 3, 64, 96)
    seen: list[torch.Tensor] = []
    hooks = [
        resnet.get_submodule(stage).register_forward_hook(lambda *a: seen.append(a[2]))
        for stage in ("layer1", "layer2", "layer3")
    ]
    with torch.no_grad():
        found = levels(images)
        resnet(images)  # the network's own way through, with the same hooks
    for hook in hooks:
        hook.remove()
    assert [tuple(one.shape[1:]) for one in found] == [(64, 16, 24), (128, 8, 12), (256, 4, 6)]
    assert levels.channels == (64, 128, 256)
    assert levels.mean == IMAGENET_MEAN
    for one, through_forward in zip(found, seen[3:], strict=True):
        assert torch.equal(one, through_forward)


def test_the_widths_of_bottlenecks_are_those_of_their_output() -> None:
    with torch.device("meta"):
        from model.resnet import build_resnet

        levels = FeatureLevels(build_resnet("wide_resnet50_2"))
        found = levels(torch.zeros(1, 3, 64, 64))
    assert levels.channels == (256, 512, 1024)
    assert tuple(one.shape[1] for one in found) == levels.channels


def test_training_leaves_the_network_frozen(resnet: nn.Module) -> None:
    levels = FeatureLevels(resnet)
    assert not levels.train().backbone.training
    before = resnet.get_buffer("bn1.running_mean").clone()
    levels(torch.randn(1, 3, 32, 32))
    assert torch.equal(resnet.get_buffer("bn1.running_mean"), before)
    assert not any(one.requires_grad for one in levels.parameters())


def test_a_reflected_border_has_no_edge_of_zeros() -> None:
    grey = torch.full((1, 3, 64, 64), 0.7)
    with torch.no_grad():
        plain = FeatureLevels(tiny_resnet.backbone())(grey)
        reflected = FeatureLevels(tiny_resnet.backbone(), reflect=True)(grey)
    # the pooling of the stem pads with nothing that counts, so a flat picture stays flat
    assert all(float(one.std((2, 3)).max()) < 1e-4 for one in reflected)
    assert all(float(one.std((2, 3)).max()) > 1e-2 for one in plain)


def test_a_clip_gives_blocks_of_its_tower() -> None:
    clip = small_clip(layers=6).requires_grad_(False)
    levels = FeatureLevels(clip)
    images = torch.randn(2, 3, 32, 40)
    with torch.no_grad():
        found = levels(images)
        tokens = encode_image(clip.visual, images, (), 1, (2, 4, 6))
    assert levels.blocks == (2, 4, 6)
    assert levels.usual_side == 32
    assert levels.mean == CLIP_MEAN
    assert levels.channels == (128,) * 3
    for one, block in zip(found, (2, 4, 6), strict=True):
        assert one.shape == (2, 128, 4, 5)
        row = F.layer_norm(tokens.tokens[block][1, 7], (128,))
        assert torch.allclose(one[1, :, 1, 2], row, atol=1e-5)


def test_a_pyramid_halves_the_later_levels() -> None:
    clip = small_clip(layers=3).requires_grad_(False)
    images = torch.randn(1, 3, 40, 56)
    with torch.no_grad():
        flat = FeatureLevels(clip)(images)
        found = FeatureLevels(clip, pyramid=True)(images)
    assert [tuple(one.shape[2:]) for one in found] == [(5, 7), (3, 4), (2, 2)]
    assert torch.equal(found[0], flat[0])
    assert torch.allclose(found[1][0, :, 1, 1], flat[1][0, :, 2:4, 2:4].mean((1, 2)), atol=1e-6)
    # what a cut-off window lacks does not count as zero
    assert torch.allclose(found[1][0, :, 2, 3], flat[1][0, :, 4, 6], atol=1e-6)
