"""The authors' SOWA checkpoints: whole Lightning files, of which only the trained part is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model.backbone import file_sha256, find_weights, load_clip
from model.detectors.sowa import Sowa
from model.errors import ForeignFile, Misfit
from model.layers.dual_prompts import DualPrompts
from model.official_facts import (
    PREFIX,
    is_lightning_file,
    lightning_shapes,
    sowa_info,
    sowa_setting,
)
from model.preprocess import Preprocess
from model.sowa_settings import SowaSettings
from model.types import CheckpointInfo
from model.weight_file import fill, read_tensors

_FUSION = "cross_fusion.linear."
_CONTEXTS = ("prompt_learner.ctx_pos", "prompt_learner.ctx_neg")
_ADAPTER = re.compile(
    r"visual_encoder\.adapters\.(\d+)\.blocks\.(\d+)\."
    r"(attn\.logit_scale|attn\.cpb_mlp\..+|norm1\..+|norm2\..+|mlp\.layers\.0\.weight)"
)
# float16 storage of a backbone moves its weights by this much
_BACKBONE_TOLERANCE = 2e-3
_PROJECTIONS = ("clip_model.visual.proj", "visual_encoder.clip_model.visual.proj")


is_named_so = is_lightning_file


def info(path: Path) -> CheckpointInfo:
    """Return what can be said of an authors' checkpoint; it has no limits and no shots.

    Raises:
        CheckpointError: It is missing, damaged, holds code, or fits no known backbone.
    """
    return sowa_info(path, lightning_shapes(path), file_sha256(path))


def load(path: Path, weight_folders: Sequence[Path]) -> tuple[Sowa, CheckpointInfo]:
    """Return the detector of an authors' checkpoint with the published settings.

    Raises:
        CheckpointError: As `info`, or the backbone's weights are missing or do not fit.
    """
    facts, setting = info(path), sowa_setting(path, lightning_shapes(path))
    file = find_weights(setting.backbone, "", (path.parent, *weight_folders))
    clip = load_clip(setting.backbone, file)
    made = load_sowa_official(path, clip, Preprocess(setting.image_size), setting.settings)
    return made, facts


def read_sowa_official(file: Path) -> dict[str, Tensor]:
    """Return the trained tensors of an authors' checkpoint by our names; no code in it is run.

    CLIP and its aliases, 433 million parameters, are left out.

    Raises:
        CheckpointError: The file is missing, damaged, would need code to be read, or is none.
    """
    state = _state(file)
    found = {own: value for key, value in state.items() if (own := _own_name(key)) is not None}
    if not any(key.startswith("adapters.") for key in found) or "prompts.ctx_pos" not in found:
        raise ForeignFile(f"The file {file} is no SOWA checkpoint of the authors.")
    return found


def load_sowa_official(
    file: Path,
    clip: nn.Module,
    preprocess: Preprocess | None = None,
    settings: SowaSettings | None = None,
) -> Sowa:
    """Return the zero-shot detector of an authors' checkpoint.

    Args:
        file: Lightning checkpoint, e.g. epoch_000.ckpt.
        clip: The backbone that it was trained on; ViT-L-14-336-quickgelu for published ones.
        preprocess: 336 pixels if left out.
        settings: The published ones if left out.

    Raises:
        CheckpointError: As `read_sowa_official`, or it was made for another backbone or settings.
        ModelError: The settings do not fit the backbone.
    """
    settings = settings or SowaSettings()
    state = read_sowa_official(file)
    _check_backbone(_state(file), clip, file)
    context = state["prompts.ctx_pos"]
    if context.ndim != 4 or context.shape[:2] != (1, 1) or not 1 <= context.shape[2] <= 60:
        raise Misfit(f"The prompts in {file} do not fit: ctx_pos is misshaped.")
    prompts = DualPrompts(clip, int(context.shape[2]))
    detector = Sowa(clip, prompts, preprocess or Preprocess(336), settings)
    for name, module in detector.trained_modules().items():
        own = {
            key.removeprefix(f"{name}."): value.float()
            for key, value in state.items()
            if key.startswith(f"{name}.")
        }
        fill(module, own, f"The checkpoint {file} does not fit ({name})")
    detector.refresh_text()
    return detector.eval().requires_grad_(False)


def _state(file: Path) -> dict[str, Tensor]:
    """Return the tensors of the network in a Lightning file, prefix "net." taken off."""
    content: Mapping[str, Any] = read_tensors(file)
    inner = content.get("state_dict", content)
    items = inner.items() if isinstance(inner, Mapping) else ()
    return {
        str(key).removeprefix(PREFIX): value for key, value in items if isinstance(value, Tensor)
    }


def _own_name(key: str) -> str | None:
    """Return what we call a trained tensor of the authors; None for all others."""
    if key in _CONTEXTS:
        return key.replace("prompt_learner.", "prompts.")
    if key.startswith(_FUSION):
        return key.replace(_FUSION, "prompts.fusion.")
    found = _ADAPTER.fullmatch(key)
    if found is None:
        return None
    level, block, rest = found.groups()
    # tables that follow from the window's size are not trained
    return f"adapters.{level}.blocks.{block}.{rest.replace('mlp.layers.0.', 'linear.')}"


def _check_backbone(state: Mapping[str, Tensor], clip: nn.Module, file: Path) -> None:
    mine: Tensor = clip.get_submodule("visual").get_parameter("proj").detach()
    for key in _PROJECTIONS:
        theirs = state.get(key)
        if theirs is None:
            continue
        is_near = theirs.shape == mine.shape and torch.allclose(
            theirs.to(mine), mine, rtol=0.0, atol=_BACKBONE_TOLERANCE * float(mine.abs().max())
        )
        if not is_near:
            raise Misfit(f"The checkpoint {file} was made for another backbone.")
