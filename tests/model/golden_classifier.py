"""The classifier of the reference numbers, rebuilt from the names of its tensors."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.layers.class_network import TimmNetwork
from tests.model.golden_sowa import source
from tests.shared_data import golden

SIDE = 128
PICTURE_SEED, INPUT_SEED = 7, 41
STEP_TARGETS = (3, 50)
MEAN, STD = (0.433038, 0.403458, 0.394151), (0.181572, 0.174035, 0.163234)
FOLD_SEED = 2022


@lru_cache(maxsize=1)
def arrays() -> dict[str, Any]:
    with np.load(golden("classifier.npz")) as archive:
        return dict(archive)


def tensor(key: str) -> Tensor:
    return torch.from_numpy(np.asarray(arrays()[key]))


def network() -> TimmNetwork:
    """Return EfficientNet-B4 with the reference's weights, in evaluation mode."""
    values = json.loads(golden("classifier_params.json").read_text("utf-8"))
    made = TimmNetwork("efficientnet_b4", 88, SIDE)
    found = source().fill(made.network, gain=values["meta"]["gain"])
    assert found.keys() == values["params"].keys()
    return made.eval()


def inputs() -> Tensor:
    images: Tensor = source().seeded(INPUT_SEED, (2, 3, SIDE, SIDE))
    return images


def picture() -> Any:
    """Return the (900, 700, 3) uint8 RGB picture that is resized and turned."""
    return source().make_image(PICTURE_SEED, 900, 700)
