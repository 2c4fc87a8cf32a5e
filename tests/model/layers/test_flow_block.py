from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from model.layers.flow_block import FlowBlock, ParallelFlow, position_code
from model.layers.flows import Flows
from model.layers.fusion_flow import FusionFlow


def shaken(module: nn.Module, seed: int) -> nn.Module:
    """Weights that are not those of the start, float64."""
    generator = torch.Generator().manual_seed(seed)
    module.double()
    with torch.no_grad():
        for value in module.parameters():
            value.add_(0.3 * torch.randn(value.shape, generator=generator, dtype=torch.float64))
    return module


def log_volume(flow: nn.Module, parts: list[Tensor]) -> tuple[float, float]:
    """log |det| as the flow says it, and that of its Jacobian."""
    sizes = [part.numel() for part in parts]

    def passed(values: Tensor) -> Tensor:
        pieces = [
            piece.reshape(part.shape)
            for piece, part in zip(values.split(sizes), parts, strict=True)
        ]
        outputs = flow(pieces[0] if len(pieces) == 1 else pieces)[0]
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return torch.cat([one.flatten() for one in outputs])

    said = flow(parts[0] if len(parts) == 1 else parts)[1]
    values = torch.cat([part.flatten() for part in parts])
    jacobian = torch.autograd.functional.jacobian(passed, values)
    return float(said.detach()), float(torch.linalg.slogdet(jacobian)[1])


@given(channels=st.integers(2, 7), height=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_the_volume_of_parallel_flows_is_that_of_the_jacobian(
    channels: int, height: int, seed: int
) -> None:
    torch.manual_seed(seed)
    flow = shaken(ParallelFlow(channels, 2, 4), seed)
    features = torch.randn(1, channels, height, 2, dtype=torch.float64)
    said, true = log_volume(flow, [features])
    assert said == pytest.approx(true, abs=1e-8)


@given(first=st.integers(2, 5), last=st.integers(2, 6), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_the_volume_of_the_fusion_flow_is_that_of_the_jacobian(
    first: int, last: int, seed: int
) -> None:
    torch.manual_seed(seed)
    flow = shaken(FusionFlow((first, 3, last)), seed)
    shapes = ((first, 3, 2), (3, 2, 2), (last, 1, 1))
    parts = [torch.randn(1, *shape, dtype=torch.float64) for shape in shapes]
    said, true = log_volume(flow, parts)
    assert said == pytest.approx(true, abs=1e-8)


def test_a_new_block_keeps_what_it_gets_but_for_order_and_coupling() -> None:
    torch.manual_seed(0)
    block = FlowBlock(6, 4)
    for value in block.net.parameters():
        nn.init.zeros_(value)
    features = torch.randn(2, 6, 3, 3)
    code = position_code(4, 3, 3).expand(2, -1, -1, -1)
    passed, volume = block(features, code)
    assert torch.allclose(passed, features[:, block.permutation], atol=1e-5)
    assert torch.allclose(volume, torch.zeros(2), atol=1e-3)


def test_the_position_code_tells_every_place_from_every_other() -> None:
    rows = position_code(16, 20, 20).flatten(1).T
    distances = torch.cdist(rows, rows) + 1e9 * torch.eye(len(rows))
    assert float(distances.min()) > 0.05


@pytest.mark.parametrize("depth", [0, 2, 6])
def test_a_position_code_has_a_multiple_of_four_channels(depth: int) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        position_code(depth, 2, 2)


def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    torch.manual_seed(1)
    flows = Flows((4, 6, 8), (1, 1, 1), 4).eval()
    levels = [torch.randn(3, c, s, s) for c, s in ((4, 6), (6, 3), (8, 2))]
    together = flows(levels)
    alone = flows([level[1:2] for level in levels])
    assert torch.allclose(together.loss()[1], alone.loss()[0], rtol=1e-5)
    for whole, one in zip(together.scales, alone.scales, strict=True):
        assert torch.allclose(whole[1], one[0], atol=1e-5)


def test_standard_normal_features_are_as_likely_as_they_should_be() -> None:
    torch.manual_seed(2)
    flows = Flows((64, 64, 64), (1, 1, 1), 4)
    with torch.no_grad():
        for name, value in flows.named_parameters():
            if "second" in name or "stretch" in name or "shift" in name:
                value.zero_()
        levels = [torch.randn(4, 64, s, s) for s in (16, 8, 4)]
        flowed = flows(levels)
    for log in flowed.log_likelihoods():
        assert float(log.mean()) == pytest.approx(-0.5, abs=0.03)
    values = sum(level[0].numel() for level in levels)
    assert float(flowed.loss().mean()) == pytest.approx(values / 2, rel=0.03)
    assert math.isfinite(float(flowed.volume.sum()))
