"""What can be said of the references' own files without loading them.

`epoch_N.pth` of AnomalyCLIP and the Lightning files of SOWA name neither backbone nor size; what
goes with them follows from the width of their prompts, or is noted beside them by our training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.checkpoint_fit import Shapes
from model.checkpoint_header import Header, parse_header
from model.errors import CheckpointError, DamagedCheckpoint, ForeignFile, Misfit
from model.sowa_settings import SowaSettings
from model.torch_outline import TensorOutline, outline
from model.types import Calibration, CheckpointInfo

PROMPT_SUFFIXES = frozenset({".pth", ".pt"})
LIGHTNING_SUFFIX = ".ckpt"
LEARNER = "prompt_learner"
PREFIX = "net."


@dataclass(frozen=True, slots=True)
class PromptSetting:
    """What goes with AnomalyCLIP's prompts.

    Attributes:
        backbone: Its name.
        image_size: Side in pixels.
        features_list: Blocks whose patches are compared, 1-based.
        dpam: First block with value-value attention, counted from the end.
    """

    backbone: str
    image_size: int
    features_list: tuple[int, ...]
    dpam: int


@dataclass(frozen=True, slots=True)
class SowaSetting:
    """What goes with SOWA's prompts.

    Attributes:
        backbone: Its name.
        image_size: Side in pixels.
        settings: Of the detector.
    """

    backbone: str
    image_size: int
    settings: SowaSettings


# the published scripts (spec section 5 and 10), and our own small backbone
_PROMPTS = {
    768: PromptSetting("ViT-L-14-336-quickgelu", 518, (24,), 20),
    128: PromptSetting("adclip-tiny", 240, (4, 6), 3),
}
# the published configuration (spec section 2), and our own small backbone
_SOWA = {
    768: SowaSetting("ViT-L-14-336-quickgelu", 336, SowaSettings()),
    128: SowaSetting("adclip-tiny", 240, SowaSettings.for_depth(6, 20)),
}


def is_prompt_file(path: Path) -> bool:
    """True if the suffix is that of a torch file."""
    return path.suffix.lower() in PROMPT_SUFFIXES


def is_lightning_file(path: Path) -> bool:
    """True if the suffix is that of a Lightning file."""
    return path.suffix.lower() == LIGHTNING_SUFFIX


def sidecar(path: Path) -> Path:
    """Return where our own training notes what goes with an `epoch_N.pth`: `epoch_N.json`."""
    return path.with_suffix(".json")


def noted(path: Path) -> Header | None:
    """Return what our training has noted beside an `epoch_N.pth`; None if it has not.

    Raises:
        CheckpointError: It cannot be read or is damaged.
    """
    file = sidecar(path)
    if not file.is_file():
        return None
    try:
        text = file.read_text(encoding="utf-8")
        is_ours = "backbone_sha256" in json.loads(text)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DamagedCheckpoint(
            f"Cannot read {file}, which belongs to {path}; get both files again."
        ) from error
    return parse_header(file, text) if is_ours else None


def prompted(header: Header) -> dict[str, Any]:
    """Return the configuration of the AnomalyCLIP detector that the noted one is or contains."""
    return dict(header.config.get("base", header.config))


def prompt_shapes(path: Path) -> Shapes:
    """Return the sizes of the tensors in an `epoch_N.pth`, by their names in the file.

    Raises:
        CheckpointError: It is missing, damaged, holds code or has another form.
    """
    content = outline(path)
    found = content.get(LEARNER)
    if set(content) != {LEARNER} or not isinstance(found, Mapping):
        raise ForeignFile(f"The file {path} is no AnomalyCLIP prompt file (epoch_N.pth).")
    return _shapes(found)


def lightning_shapes(path: Path) -> Shapes:
    """Return the sizes of the tensors in a Lightning file, prefix "net." taken off.

    Raises:
        CheckpointError: It is missing, damaged, holds code or is none of SOWA.
    """
    content = outline(path)
    inner = content.get("state_dict", content)
    shapes = _shapes(inner if isinstance(inner, Mapping) else {})
    found = {key.removeprefix(PREFIX): shape for key, shape in shapes.items()}
    if f"{LEARNER}.ctx_pos" not in found:
        raise ForeignFile(f"The file {path} is no SOWA checkpoint of the authors.")
    return found


def prompt_setting(path: Path, shapes: Shapes) -> PromptSetting:
    """Return what goes with the prompts of an `epoch_N.pth`.

    Raises:
        CheckpointError: They fit no known backbone, or what is noted beside them is damaged.
    """
    header = noted(path)
    if header is not None:
        config = prompted(header)
        try:
            layers, dpam = tuple(config.get("features_list", ())), int(config.get("dpam", 1))
        except (TypeError, ValueError) as error:
            raise DamagedCheckpoint(f"{sidecar(path)} is damaged; get the file again.") from error
        return PromptSetting(header.backbone, header.image_size, layers, dpam)
    setting = _PROMPTS.get(_width(shapes.get("ctx_pos", ())))
    if setting is None:
        raise _unknown_width(path, shapes.get("ctx_pos", ()))
    return setting


def sowa_setting(path: Path, shapes: Shapes) -> SowaSetting:
    """Return what goes with the prompts of a Lightning file.

    Raises:
        CheckpointError: They fit no known backbone.
    """
    context = shapes.get(f"{LEARNER}.ctx_pos", ())
    setting = _SOWA.get(_width(context))
    if setting is None:
        raise _unknown_width(path, context)
    return setting


def prompt_info(path: Path, shapes: Shapes, sha256: str) -> CheckpointInfo:
    """Return what can be said of an `epoch_N.pth`; it has no limits.

    Raises:
        CheckpointError: As `prompt_setting`.
    """
    header, setting = noted(path), prompt_setting(path, shapes)
    return CheckpointInfo(
        path=path,
        name=header.name if header else path.stem,
        detector="anomaly_clip",
        backbone=setting.backbone,
        backbone_sha256=header.backbone_sha256 if header else "",
        image_size=setting.image_size,
        sha256=sha256,
        n_shots=0,
        calibration=Calibration(),
        format=0,
        created=header.created if header else "",
        software=header.software if header else "AnomalyCLIP",
        size_bytes=path.stat().st_size,
        extra=header.extra if header else {},
    )


def sowa_info(path: Path, shapes: Shapes, sha256: str) -> CheckpointInfo:
    """Return what can be said of an authors' Lightning file; it has no limits and no shots.

    Raises:
        CheckpointError: As `sowa_setting`.
    """
    setting = sowa_setting(path, shapes)
    return CheckpointInfo(
        path=path,
        name=path.stem,
        detector="sowa",
        backbone=setting.backbone,
        backbone_sha256="",
        image_size=setting.image_size,
        sha256=sha256,
        n_shots=0,
        calibration=Calibration(),
        format=0,
        created="",
        software="SOWA",
        size_bytes=path.stat().st_size,
    )


def _shapes(content: Mapping[Any, Any]) -> Shapes:
    return {
        str(key): value.shape for key, value in content.items() if isinstance(value, TensorOutline)
    }


def _width(shape: tuple[int, ...]) -> int:
    return shape[-1] if len(shape) == 4 else 0


def _unknown_width(path: Path, shape: tuple[int, ...]) -> CheckpointError:
    return Misfit(
        f"The prompts {path} have width {shape[-1] if shape else 0}, which fits no backbone that "
        "is known here; use prompts for ViT-L-14-336."
    )
