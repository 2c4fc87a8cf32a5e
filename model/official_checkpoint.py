"""`epoch_N.pth` of the AnomalyCLIP reference as a checkpoint: prompts that name no backbone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.backbone import file_sha256, find_weights, load_clip
from model.checkpoint_header import Header, parse_header
from model.detectors.anomaly_clip import AnomalyClip
from model.errors import CheckpointError
from model.official import learner_for, read_official
from model.preprocess import Preprocess
from model.types import Calibration, CheckpointInfo

_SUFFIXES = frozenset({".pth", ".pt"})


@dataclass(frozen=True, slots=True)
class _Setting:
    """What goes with prompts of one text width; the official files do not say it themselves."""

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


def sidecar(path: Path) -> Path:
    """Return where our own training notes what goes with an `epoch_N.pth`: `epoch_N.json`."""
    return path.with_suffix(".json")


def info(path: Path) -> CheckpointInfo:
    """Return what can be said of an `epoch_N.pth`; it has no limits.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, or fits no known backbone.
    """
    noted, setting = _noted(path), _setting(path)
    return CheckpointInfo(
        path=path,
        name=noted.name if noted else path.stem,
        detector=AnomalyClip.kind,
        backbone=setting.backbone,
        backbone_sha256=noted.backbone_sha256 if noted else "",
        image_size=setting.image_size,
        sha256=file_sha256(path),
        n_shots=0,
        calibration=Calibration(),
        format=0,
        created=noted.created if noted else "",
        software=noted.software if noted else "AnomalyCLIP",
        size_bytes=path.stat().st_size,
        extra=noted.extra if noted else {},
    )


def load(path: Path, weight_folders: Sequence[Path]) -> tuple[AnomalyClip, CheckpointInfo]:
    """Return the detector of an `epoch_N.pth`.

    Its settings are those noted beside it, else those of the published scripts.

    Raises:
        CheckpointError: As `info`, or the backbone's weights are missing or do not fit.
    """
    noted, setting, facts = _noted(path), _setting(path), info(path)
    file = find_weights(setting.backbone, facts.backbone_sha256, (path.parent, *weight_folders))
    clip = load_clip(setting.backbone, file)
    if noted is not None:
        if _prompted(noted).get("unfrozen"):
            raise CheckpointError(
                f"The prompts {path} go with trained vision blocks, which are in "
                f"{path.with_suffix('.safetensors').name}; use that file."
            )
        detector = AnomalyClip.from_config(_prompted(noted), clip)
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


def _noted(path: Path) -> Header | None:
    """Return what our training has noted beside the file; None if it has not."""
    file = sidecar(path)
    if not file.is_file():
        return None
    try:
        text = file.read_text(encoding="utf-8")
        is_ours = '"backbone_sha256"' in text
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"Cannot read {file}, which belongs to {path}: {error}.") from error
    return parse_header(file, text) if is_ours else None


def _prompted(noted: Header) -> dict[str, Any]:
    """Return the configuration of the AnomalyCLIP detector that the noted one is or contains."""
    return dict(noted.config.get("base", noted.config))


def _setting(path: Path) -> _Setting:
    context = read_official(path).get("ctx_pos")
    width = 0 if context is None else int(context.shape[-1])
    setting = _BY_TEXT_WIDTH.get(width)
    noted = _noted(path)
    if noted is not None:
        config = _prompted(noted)
        layers = tuple(config.get("features_list", ()))
        return _Setting(noted.backbone, noted.image_size, layers, int(config.get("dpam", 1)))
    if setting is None:
        raise CheckpointError(
            f"The prompts {path} have width {width}, which fits no backbone that is known here; "
            "use prompts for ViT-L-14-336."
        )
    return setting
