"""`epoch_N.pth` of the AnomalyCLIP reference as a checkpoint: prompts that name no backbone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from model.backbone import clip_config, file_sha256, find_weights, load_clip
from model.checkpoint_fit import check_backbone, check_prompts
from model.detectors.anomaly_clip import AnomalyClip
from model.errors import CheckpointError
from model.official import learner_for
from model.official_facts import (
    is_prompt_file,
    noted,
    prompt_info,
    prompt_setting,
    prompt_shapes,
    prompted,
    sidecar,
)
from model.preprocess import Preprocess
from model.types import CheckpointInfo

__all__ = ["info", "is_named_so", "load", "sidecar"]

is_named_so = is_prompt_file


def info(path: Path) -> CheckpointInfo:
    """Return what can be said of an `epoch_N.pth`; it has no limits.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, or fits no known backbone.
    """
    shapes = prompt_shapes(path)
    return prompt_info(path, shapes, file_sha256(path))


def load(path: Path, weight_folders: Sequence[Path]) -> tuple[AnomalyClip, CheckpointInfo]:
    """Return the detector of an `epoch_N.pth`.

    Its settings are those noted beside it, else those of the published scripts.

    Raises:
        CheckpointError: As `info`, or the backbone's weights are missing or do not fit.
    """
    shapes, header = prompt_shapes(path), noted(path)
    if header is not None:
        check_prompts(path, header, shapes)
    setting, facts = prompt_setting(path, shapes), info(path)
    width = int(clip_config(setting.backbone)["text_cfg"]["width"])
    check_backbone(path, setting.backbone, width, shapes)
    file = find_weights(setting.backbone, facts.backbone_sha256, (path.parent, *weight_folders))
    clip = load_clip(setting.backbone, file)
    if header is not None:
        if prompted(header).get("unfrozen"):
            raise CheckpointError(
                f"The prompts {path} go with trained vision blocks, which are in "
                f"{path.with_suffix('.safetensors').name}; use that file."
            )
        detector = AnomalyClip.from_config(prompted(header), clip)
        detector.load_official(path)
        return detector, facts
    detector = AnomalyClip(
        clip,
        learner_for(clip, path),
        Preprocess(setting.image_size),
        setting.features_list,
        setting.dpam,
    )
    return detector, facts
