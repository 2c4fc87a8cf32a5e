from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn

from model.errors import ModelError
from model.lightening.pruning import PruningRefused, operations, pruned
from tests.model.lightening.toy import PICTURES, Mixed, Residual, Toy, plain, toy

IMAGE = toy().preprocess(PICTURES[5])


def doubled() -> Toy:
    """Each channel of the first convolution is there twice: half of them can go for nothing."""
    detector = toy()
    with torch.no_grad():
        for name in ("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"):
            layer, _, last = name.partition(".")
            tensor = getattr(detector.net.get_submodule(layer), last)
            tensor[8:] = tensor[:8]
        second = detector.net.get_submodule("4")
        assert isinstance(second, nn.Conv2d)
        second.weight[8:], second.bias[8:] = second.weight[:8], second.bias[:8]  # type: ignore[index]
    return detector


def test_what_is_there_twice_goes_without_a_trace() -> None:
    detector = doubled()
    before = {key: value.clone() for key, value in detector.state_dict().items()}
    lighter, facts = pruned(detector, 0.5, PICTURES)
    found, other = detector(IMAGE), lighter(IMAGE)
    torch.testing.assert_close(other.anomaly_map, found.anomaly_map, rtol=2e-3, atol=2e-3)
    assert (facts.channels, facts.kept) == (32, 16)
    assert facts.weights_kept < 0.5 * facts.weights
    assert facts.operations_kept == operations(lighter) < 0.5 * facts.operations
    assert "32 -> 16 (50%)" in facts.to_text()
    # the original is as it was
    for key, value in detector.state_dict().items():
        assert torch.equal(value, before[key])
    first, norm = (getattr(lighter.net, str(number)) for number in (0, 1))
    assert (first.out_channels, norm.num_features) == (8, 8)


def test_the_others_take_up_what_is_dropped() -> None:
    """Better than leaving the dropped channels out."""
    detector = toy(nn.Sequential(plain(32), nn.Identity()))
    lighter, _ = pruned(detector, 0.3, PICTURES)
    cut = copy.deepcopy(detector)
    for name in ("net.0.0", "net.0.4"):
        layer = cut.get_submodule(name)
        assert isinstance(layer, nn.Conv2d)
        with torch.no_grad():
            order = layer.weight.abs().sum((1, 2, 3)).argsort()
            layer.weight[order[:8]] = 0
            layer.bias[order[:8]] = 0  # type: ignore[index]
    true = detector(IMAGE).anomaly_map
    loss = (lighter(IMAGE).anomaly_map - true).norm()
    assert loss < (cut(IMAGE).anomaly_map - true).norm()
    assert loss < 0.3 * true.norm()


def test_gates_and_channels_apart_keep_their_shape() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), Residual(8, 40), nn.ReLU(), nn.Conv2d(8, 4, 1))
    lighter, facts = pruned(toy(net), 0.4, PICTURES)
    apart: Any = lighter.get_submodule("net.1.apart")
    # 40 * 0.6, up to whole eights
    assert (apart.groups, apart.in_channels, apart.out_channels) == (24, 24, 24)
    assert lighter(IMAGE).anomaly_map.isfinite().all()
    assert facts.kept < facts.channels


def test_the_same_pictures_give_the_same_network() -> None:
    one, _ = pruned(toy(), 0.3, PICTURES)
    two, _ = pruned(toy(), 0.3, PICTURES)
    for key, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[key])


def test_where_it_makes_no_sense_it_is_refused() -> None:
    net = nn.Sequential(nn.Conv2d(3, 64, 3), Mixed(), nn.Conv2d(64, 64, 3), Mixed())
    with pytest.raises(PruningRefused, match="makes no sense for toy: only 0%"):
        pruned(toy(net), 0.3, PICTURES)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.95, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(ModelError, match=r"must be 0.05 to 0.9"):
        pruned(toy(), share, PICTURES)


def test_without_pictures_nothing_is_known() -> None:
    with pytest.raises(ModelError, match="needs pictures"):
        pruned(toy(), 0.3, ())
