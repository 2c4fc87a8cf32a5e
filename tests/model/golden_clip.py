"""The small models of the reference numbers, rebuilt from their names."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from torch import Tensor

from model.detectors.anomaly_clip import AnomalyClip
from model.layers.prompts import PromptLearner
from model.preprocess import Preprocess
from tests.shared_data import golden


@dataclass(frozen=True)
class Case:
    name: str
    detector: AnomalyClip
    arrays: dict[str, Any]
    config: dict[str, Any]
    images: Tensor
    masks: Tensor
    labels: Tensor

    def tensor(self, key: str) -> Tensor:
        return torch.from_numpy(np.asarray(self.arrays[key]))


@lru_cache(maxsize=1)
def weights_by_name() -> Any:
    path = golden("anomaly_clip_weights.py")
    spec = importlib.util.spec_from_file_location("anomaly_clip_weights", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_arrays(path: Path) -> dict[str, Any]:
    with np.load(path) as archive:
        return dict(archive)


def case(name: str, dtype: torch.dtype = torch.float32) -> Case:
    suffix = ".f64" if dtype == torch.float64 else ""
    arrays = load_arrays(golden(f"{name}{suffix}.npz"))
    config = json.loads(str(arrays["meta_json"]))["config"]
    source = weights_by_name()
    size, batch = config["image_size"], config["batch"]
    return Case(
        name,
        detector(config, config["features"][0]).to(dtype),
        arrays,
        config,
        torch.from_numpy(source.image(name, batch, size)).to(dtype),
        torch.from_numpy(source.mask(name, batch, size)).to(dtype),
        torch.from_numpy(source.labels(batch)),
    )


def clip(config: dict[str, Any]) -> open_clip.CLIP:
    model = open_clip.CLIP(
        config["embed_dim"],
        {
            "image_size": config["res"],
            "layers": config["v_layers"],
            "width": config["v_width"],
            "patch_size": config["patch"],
        },
        {
            "width": config["t_width"],
            "heads": config["t_width"] // 64,
            "layers": config["t_layers"],
        },
        quick_gelu=True,
    )
    weights_by_name().fill_module_(model)
    return model.eval().requires_grad_(False)


def detector(config: dict[str, Any], features_list: list[int]) -> AnomalyClip:
    model = clip(config)
    learner = PromptLearner(model, config["n_ctx"], config["t_n_ctx"], config["depth"])
    weights_by_name().fill_module_(learner, "prompt_learner.")
    preprocess = Preprocess(config["image_size"])
    return AnomalyClip(model, learner, preprocess, features_list, config["dpam"])
