"""The small SOWA model of the reference numbers, rebuilt from its names, and its inputs."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import open_clip
import torch
from torch import Tensor

from model.detectors.sowa import Sowa
from model.layers.dual_prompts import DualPrompts
from model.preprocess import Preprocess
from model.sowa_settings import SowaSettings
from tests.model.golden_source import source, stored
from tests.shared_data import golden

SIDE = 56
SETTINGS = SowaSettings((1, 2, 3, 4), window=2)


def arrays() -> dict[str, Any]:
    return stored("sowa.npz")


def tensor(key: str) -> Tensor:
    return torch.from_numpy(np.asarray(arrays()[key]))


@lru_cache(maxsize=1)
def manifest() -> dict[str, dict[str, Any]]:
    values = json.loads(golden("sowa_params.json").read_text("utf-8"))
    return dict(values["params"])


def inputs(seed: int, count: int) -> Tensor:
    images: Tensor = source().seeded(seed, (count, 3, SIDE, SIDE))
    return images


def images() -> Tensor:
    return inputs(31, 3)


def shots() -> Tensor:
    return inputs(33, 2)


def tests() -> Tensor:
    return inputs(34, 6)


def training_masks() -> Tensor:
    masks = torch.zeros(3, SIDE, SIDE)
    masks[1, 10:30, 20:45] = 1
    masks[2, 40:50, 5:9] = 1
    return masks


def test_masks() -> Tensor:
    masks = torch.zeros(6, SIDE, SIDE)
    for number in (3, 4, 5):
        masks[number, 5 * number : 5 * number + 12, 10:30] = 1
    return masks


def clip() -> open_clip.CLIP:
    vision = {"image_size": SIDE, "layers": 4, "width": 128, "patch_size": 14}
    text = {"width": 64, "heads": 1, "layers": 2}
    model = open_clip.CLIP(64, vision, text, quick_gelu=True).eval().requires_grad_(False)
    source().fill(model, "clip_model.", skip=("attn_mask",))
    return model


def detector(settings: SowaSettings = SETTINGS, **prompts: Any) -> Sowa:
    model = clip()
    made = Sowa(model, DualPrompts(model, **prompts), Preprocess(SIDE), settings).eval()
    with torch.no_grad():
        for name, value in named(made).items():
            value.copy_(_value(name, tuple(value.shape)))
    made.refresh_text()
    return made


def named(made: Sowa) -> dict[str, Tensor]:
    """What trains, by the reference's names."""
    return {
        reference_name(f"{part}.{key}"): value
        for part, module in made.trained_modules().items()
        for key, value in module.named_parameters()
    }


def reference_name(name: str) -> str:
    if name.startswith("prompts.fusion."):
        return name.replace("prompts.fusion.", "cross_fusion.linear.")
    if name.startswith("prompts."):
        return name.replace("prompts.", "prompt_learner.")
    return "visual_encoder." + name.replace(".linear.", ".mlp.layers.0.")


def _value(name: str, shape: tuple[int, ...]) -> Tensor:
    if name.endswith("logit_scale"):
        numbers = 2.3 + 3 * source().rng_for(name).standard_normal(shape)
        return torch.from_numpy(numbers.astype(np.float32))
    value: Tensor = source().tensor_for(name, shape)
    return value
