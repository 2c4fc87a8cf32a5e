"""`epoch_N.pth` of the AnomalyCLIP reference as a checkpoint: prompts that name no backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.backbone import file_sha256, find_weights, load_clip
from model.detectors.anomaly_clip import AnomalyClip
from model.errors import CheckpointError
from model.official import learner_for, read_official
from model.preprocess import Preprocess
from model.types import Calibration, CheckpointInfo

_SUFFIXES = frozenset({".pth", ".pt"})


@dataclass(frozen=True, slots=True)
class _Setting:
    """What goes with prompts of one text width; the files do not say it themselves."""

    backbone: str
    image_size: int
    features_list: tuple[int, ...]
    dpam: int


# the published scripts (spec section 5 and 10), and our own small backbone
_BY_TEXT_WIDTH = {
    768: _Setting("ViT-L-14-336-quickgelu", 518, (24,), 20),
    128: _Setting("adclip-tiny", 240, (4, 6), 3),
}


def is_named_so(path: Path) -> bool:
    """True if the suffix is that of a torch file."""
    return path.suffix.lower() in _SUFFIXES


def info(path: Path) -> CheckpointInfo:
    """Return what can be said of an `epoch_N.pth`; it has no limits.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, or fits no known backbone.
    """
    setting = _setting(path)
    return CheckpointInfo(
        path=path,
        name=path.stem,
        detector=AnomalyClip.kind,
        backbone=setting.backbone,
        backbone_sha256="",
        image_size=setting.image_size,
        sha256=file_sha256(path),
        n_shots=0,
        calibration=Calibration(),
        format=0,
        created="",
        software="AnomalyCLIP",
        size_bytes=path.stat().st_size,
    )


def load(path: Path, weight_folders: Sequence[Path]) -> tuple[AnomalyClip, CheckpointInfo]:
    """Return the detector of an `epoch_N.pth` with the settings of the published scripts.

    Raises:
        CheckpointError: As `info`, or the backbone's weights are missing or do not fit.
    """
    setting, facts = _setting(path), info(path)
    file = find_weights(setting.backbone, "", (path.parent, *weight_folders))
    clip = load_clip(setting.backbone, file)
    detector = AnomalyClip(
        clip,
        learner_for(clip, path),
        Preprocess(setting.image_size),
        setting.features_list,
        setting.dpam,
    )
    return detector, facts


def _setting(path: Path) -> _Setting:
    context = read_official(path).get("ctx_pos")
    width = 0 if context is None else int(context.shape[-1])
    if width not in _BY_TEXT_WIDTH:
        raise CheckpointError(
            f"The prompts {path} have width {width}, which fits no backbone that is known here; "
            "use prompts for ViT-L-14-336."
        )
    return _BY_TEXT_WIDTH[width]
