from __future__ import annotations

import torch
from torch import Tensor, nn

from model.lightening.channels import ChannelGroup, channel_groups
from tests.model.lightening.toy import Mixed, Residual, plain, toy


def readers(groups: tuple[ChannelGroup, ...]) -> set[frozenset[str]]:
    return {frozenset(one.readers) for one in groups}


def test_channels_between_convolutions_may_go_and_no_others() -> None:
    groups = channel_groups(toy(plain(16)))
    assert readers(groups) == {frozenset({"net.4"}), frozenset({"net.6"})}
    first = next(one for one in groups if one.readers == ("net.4",))
    assert first.channels == 16
    # the convolution's rows and all of its normalisation go with them
    assert set(first.cuts) == {
        ("net.0.weight", 0), ("net.0.bias", 0), ("net.4.weight", 1),
        *((f"net.1.{name}", 0) for name in ("weight", "bias", "running_mean", "running_var")),
    }  # fmt: skip
    assert first.touched == {"net.0", "net.1", "net.4"}


def test_what_is_added_or_multiplied_goes_together() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), Residual(8, 12), Residual(8, 12), nn.Conv2d(8, 4, 1))
    groups = channel_groups(toy(net))
    inner = {frozenset({f"net.{n}.gate.reduce", f"net.{n}.narrow"}) for n in (1, 2)}
    stream = frozenset({"net.1.widen", "net.2.widen", "net.3"})
    squeezed = {frozenset({f"net.{n}.gate.expand"}) for n in (1, 2)}
    assert readers(groups) == {*inner, stream, *squeezed}
    one = next(
        each for each in groups if set(each.readers) == {"net.1.gate.reduce", "net.1.narrow"}
    )
    assert {name for name, _ in one.cuts} >= {"net.1.apart.weight", "net.1.gate.expand.weight"}


def test_an_operation_that_mixes_channels_keeps_all_of_them() -> None:
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3), Mixed(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 1)
    )
    assert readers(channel_groups(toy(net))) == {frozenset({"net.4"})}


class Levels(nn.Module):
    """What comes out in the middle is looked at too, as a memory bank would."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.three = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        first = self.one(images).relu()
        return torch.cat([first, self.three(self.two(first).relu())], dim=1)


def test_what_others_see_stays() -> None:
    assert readers(channel_groups(toy(Levels()))) == {frozenset({"net.three"})}


class Twice(nn.Module):
    """One network that looks at two things, as a teacher might."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 1))

    def forward(self, images: Tensor) -> Tensor:
        difference: Tensor = self.shared(images) - self.shared(images.flip(3))
        return difference


def test_a_network_that_is_used_twice_is_cut_once() -> None:
    (group,) = channel_groups(toy(Twice()))
    assert group.readers == ("net.shared.2",)
    assert group.channels == 8


class Grouped(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3, groups=2)
        self.three = nn.Conv2d(8, 4, 1)

    def forward(self, images: Tensor) -> Tensor:
        said: Tensor = self.three(self.two(self.one(images)))
        return said


def test_convolutions_in_groups_keep_their_channels() -> None:
    assert channel_groups(toy(Grouped())) == ()
