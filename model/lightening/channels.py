"""Which channels of a detector are seen by nothing but its own convolutions.

Only those may go: what a memory bank, a flow or a comparison of two networks sees keeps its
width and its meaning, so that what was learned from it still holds. A library that finds them by
the gradient's path would take an unknown operation for one that keeps channels apart; here an
unknown operation keeps all channels that it sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, fx, nn

from model.detector import Detector
from model.export.network import exported
from model.lightening.ties import Key, Ties

_PREFIX = "detector."
_APART = frozenset({
    "relu", "relu_", "relu6", "relu6_", "silu", "silu_", "gelu", "elu", "elu_", "leaky_relu",
    "leaky_relu_", "hardswish", "hardswish_", "hardsigmoid", "hardsigmoid_", "hardtanh",
    "hardtanh_", "sigmoid", "sigmoid_", "tanh", "tanh_", "clamp", "dropout", "dropout_",
    "feature_dropout", "avg_pool2d", "max_pool2d", "adaptive_avg_pool2d", "upsample_bilinear2d",
    "upsample_nearest2d", "upsample_bicubic2d", "clone", "contiguous", "detach", "alias", "pad",
})  # fmt: skip
_PAIRS = frozenset(["add", "add_", "mul", "mul_", "sub", "div"])


@dataclass(frozen=True, slots=True)
class ChannelGroup:
    """Channels that can only go together: number c of each of these tensors.

    Attributes:
        channels: How many there are.
        cuts: Parameters and buffers with the dimension in which the channels lie.
        readers: Convolutions whose input channels they are.
    """

    channels: int
    cuts: tuple[tuple[str, int], ...]
    readers: tuple[str, ...]

    @property
    def touched(self) -> frozenset[str]:
        """Names of the modules that change when channels go."""
        return frozenset(name.rpartition(".")[0] for name, _ in self.cuts)


def channel_groups(detector: Detector) -> tuple[ChannelGroup, ...]:
    """Return the channels that may go, in the order of the network.

    Args:
        detector: In evaluation mode, on the CPU.

    Raises:
        ModelError: The detector does what a graph cannot hold.
    """
    program = exported(detector)
    signature = program.graph_signature
    names = {
        placeholder: name.removeprefix(_PREFIX)
        for table in (signature.inputs_to_parameters, signature.inputs_to_buffers)
        for placeholder, name in table.items()
    }
    ties = Ties()
    for node in program.graph.nodes:
        _Step(node, names, detector, ties).tie()
    return tuple(_groups(ties, detector))


class _Step:
    """One operation of the graph and the channels that it ties together."""

    def __init__(
        self, node: fx.Node, names: dict[str, str], detector: Detector, ties: Ties
    ) -> None:
        self.node, self._names, self._detector, self._ties = node, names, detector, ties
        self._arguments: list[Any] = list(node.args)

    def tie(self) -> None:
        """Tie what the operation keeps apart; forbid all that it sees where it is unknown."""
        if self.node.op == "placeholder":
            if self.node.name not in self._names:
                self._ties.forbid(self._seen(self.node))
            return
        # "aten.relu_.default" -> "relu_"
        name = str(self.node.target).split(".")[1:2]
        if not self._is_known(name[0] if name else ""):
            touched = [self.node, *self.node.all_input_nodes]
            for key in (key for one in touched for key in self._every(one)):
                self._ties.forbid(key)

    def _is_known(self, name: str) -> bool:
        if name == "conv2d":
            return self._convolution()
        if name == "batch_norm":
            return self._all_of(self._arguments[:5])
        if name in _APART:
            return _is_picture(self.node) and self._pads_no_channel(name) and self._all_of(
                self._arguments[:1]
            )  # fmt: skip
        if name == "mean":
            return self._is_mean_of_places() and self._all_of(self._arguments[:1])
        return name in _PAIRS and self._pair()

    def _convolution(self) -> bool:
        weight = self._module(nn.Conv2d, self._arguments[1])
        if weight is None:
            return False
        bias = [one for one in self._arguments[2:3] if one is not None]
        reads, writes = self._seen(self._arguments[0]), [self._seen(self.node), *self._kept(bias)]
        name, groups = self._names[self._arguments[1].name], weight.groups
        if groups == 1:
            self._ties.tie(reads, (name, 1))
            self._ties.tie((name, 0), *writes)
            return True
        if groups == weight.in_channels == weight.out_channels:
            self._ties.tie(reads, (name, 0), *writes)
            return True
        return False

    def _all_of(self, arguments: Sequence[Any]) -> bool:
        nodes = [one for one in arguments if isinstance(one, fx.Node)]
        for one in nodes:
            is_weight = one.name in self._names
            if is_weight and self._module(nn.BatchNorm2d, one) is None:
                return False
        self._ties.tie(self._seen(self.node), *self._kept(nodes))
        return True

    def _pair(self) -> bool:
        one, two = (*self._arguments, None)[:2]
        nodes = [each for each in (one, two) if isinstance(each, fx.Node)]
        if not _is_picture(self.node) or any(each.name in self._names for each in nodes):
            return False
        if not all(_is_picture(each) and _width(each) == _width(self.node) for each in nodes):
            return False
        return self._all_of(nodes)

    def _pads_no_channel(self, name: str) -> bool:
        return name != "pad" or len(self._arguments[1]) <= 4

    def _is_mean_of_places(self) -> bool:
        places = sorted(side % 4 for side in (*self._arguments, [])[1] or [])
        return _is_picture(self.node) and places == [2, 3]

    def _module(self, kind: type[Any], weight: Any) -> Any:
        """Return the module of this kind that a weight belongs to, else None."""
        name = self._names.get(getattr(weight, "name", ""))
        if name is None:
            return None
        owner = self._detector.get_submodule(name.rpartition(".")[0])
        return owner if isinstance(owner, kind) else None

    def _kept(self, nodes: Sequence[Any]) -> list[Key]:
        return [self._seen(one) for one in nodes]

    def _seen(self, node: fx.Node) -> Key:
        """Return the channels of a picture, or the first dimension of a weight."""
        name = self._names.get(node.name)
        return (f"value {node.name}", 1) if name is None else (name, 0)

    def _every(self, node: fx.Node) -> list[Key]:
        name = self._names.get(node.name)
        return [self._seen(node)] if name is None else [(name, 0), (name, 1)]


def _groups(ties: Ties, detector: Detector) -> Iterator[ChannelGroup]:
    for keys in ties.allowed():
        cuts = [key for key in keys if not key[0].startswith("value ")]
        readers = [name.rpartition(".")[0] for name, side in cuts if side == 1]
        sizes = {_tensor(detector, name).shape[side] for name, side in cuts}
        writes = any(side == 0 and _writes(detector, name) for name, side in cuts)
        if readers and writes and len(sizes) == 1:
            yield ChannelGroup(sizes.pop(), tuple(cuts), tuple(readers))


def _writes(detector: Detector, name: str) -> bool:
    owner = detector.get_submodule(name.rpartition(".")[0])
    return isinstance(owner, nn.Conv2d) and owner.groups == 1


def _tensor(detector: Detector, name: str) -> Tensor:
    path, _, last = name.rpartition(".")
    found: Tensor = getattr(detector.get_submodule(path), last)
    return found


def _is_picture(node: fx.Node) -> bool:
    value = node.meta.get("val")
    return isinstance(value, Tensor) and value.ndim == 4


def _width(node: fx.Node) -> int:
    return int(node.meta["val"].shape[1])
