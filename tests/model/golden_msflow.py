"""The small MSFlow model of the reference numbers, rebuilt from its names, and its inputs."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.layers.feature_levels import FeatureLevels
from model.layers.flows import Flows
from model.quick_build import first_weights, quick_backbones
from model.resnet import build_resnet
from tests.model.golden_source import source, stored
from tests.shared_data import golden

SIDE = 64
DEPTHS = (1, 2, 3)
CONDITION = 16
_GAINS = {"extractor": 0.8, "fusion_flow": 0.3, "parallel_flows": 1.5}
_PARTS = {"scale": "global_scale", "offset": "global_offset", "permutation": "w_perm"}
_LAYERS = {"net.first": "subnet.conv1", "net.norm": "subnet.ln", "net.second": "subnet.conv2"}
_CROSS = {"first": "cross_convs.conv1", "norm": "cross_convs.norm", "second": "cross_convs.conv2"}


def arrays() -> dict[str, Any]:
    return stored("msflow.npz")


def tensor(key: str) -> Tensor:
    return torch.from_numpy(np.asarray(arrays()[key]))


@lru_cache(maxsize=1)
def manifest() -> dict[str, dict[str, Any]]:
    values = json.loads(golden("msflow_params.json").read_text("utf-8"))
    return dict(values["params"])


def images() -> Tensor:
    made: Tensor = source().seeded(11, (2, 3, SIDE, SIDE))
    return made


def network(name: str = "resnet18") -> nn.Module:
    # every weight is filled below
    with quick_backbones(), first_weights():
        made: Any = build_resnet(name)
    made.layer4, made.avgpool, made.fc = (nn.Identity() for _ in range(3))
    source().fill(made, "extractor.", _GAINS["extractor"])
    filled: nn.Module = made
    return filled


def extractor(name: str) -> FeatureLevels:
    return FeatureLevels(network(name), reflect=True)


def flows() -> Flows:
    made = Flows((64, 128, 256), DEPTHS, CONDITION)
    with torch.no_grad():
        for name, value in made.state_dict().items():
            value.copy_(_value(reference_name(name), value))
    return made


def reference_name(name: str) -> str:
    """What the reference calls a tensor of `Flows`."""
    top, _, rest = name.partition(".")
    if top == "parallel":
        scale, _, block, part = rest.split(".", 3)
        for mine, theirs in _LAYERS.items():
            part = part.replace(f"{mine}.", f"{theirs}.")
        return f"parallel_flows.{scale}.module_list.{block}.{_PARTS.get(part, part)}"
    if rest.startswith("permutation_"):
        return f"fusion_flow.permute_{rest.removeprefix('permutation_')}"
    net, part, last = rest.split(".", 2)
    number = {"by_seconds": 2, "by_firsts": 1}[net]
    part = {"stretch": "conv_s", "shift": "conv_t"}.get(part) or _CROSS[part]
    return f"fusion_flow.coupling.subnet_{number}.{part}.{last}"


def _value(name: str, like: Tensor) -> Tensor:
    shape = tuple(like.shape)
    if name.endswith(".w_perm") or ".permute_" in name:
        return torch.from_numpy(source().permutation_for(name, shape[0]))
    if name.endswith("global_scale"):
        # drawn in the reference's shape: (1, C, 1, 1)
        numbers = 9.98 + 0.5 * source().rng_for(name).standard_normal((1, *shape, 1, 1))
        return torch.from_numpy(numbers.astype(np.float32)).reshape(shape)
    if name.endswith("global_offset"):
        offset: Tensor = source().tensor_for(name, (1, *shape, 1, 1), _GAINS["parallel_flows"])
        return offset.reshape(shape)
    value: Tensor = source().tensor_for(name, shape, _GAINS[name.partition(".")[0]])
    return value
