"""Checkpoint files: everything but the frozen backbone, in one safetensors file with a header."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_of
from safetensors.torch import save as bytes_of

from model import official_checkpoint, registry, sowa_official
from model.atomic import whole_file
from model.backbone import clip_config, file_sha256
from model.backbones import backbones_at, check_name, is_clip
from model.checkpoint_facts import facts, info_of
from model.checkpoint_fit import check_backbone, check_prompts, usable
from model.checkpoint_header import NORMALS_KEY, Header, header_of, read_normals
from model.checkpoint_seal import BLANK, SEAL_KEY, check_seal, sealed
from model.detector import Detector
from model.device import choose_device, enough_memory
from model.errors import CheckpointError
from model.export import exported, onnx_header
from model.predictor import Predictor
from model.safetensors_table import Table, parse_table
from model.types import Calibration, CheckpointInfo
from model.weight_file import check_kinds, check_values

SOFTWARE = "adclip-station 0.1.0"
# what a header that contradicts its tensors raises in the code that trusts both
_CONTRADICTIONS = (
    SafetensorError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip


def save(
    path: Path,
    detector: Detector,
    calibration: Calibration,
    *,
    name: str,
    backbone_name: str,
    backbone_sha256: str,
    extra: dict[str, Any] | None = None,
) -> CheckpointInfo:
    """Write a checkpoint, sealed; the file appears whole or not at all.

    Args:
        path: Destination, ending in .safetensors.
        detector: What to keep; its backbone is named, not stored.
        calibration: Limits; NaN where not calibrated.
        name: Name for people.
        backbone_name: As in `model.backbones.Backbone`; "" where all weights are in the file.
        backbone_sha256: Hash of the backbone's weight file; "" accepts any file of that name.
        extra: Further facts for display, JSON values.

    Returns:
        What `inspect` says of the new file.

    Raises:
        CheckpointError: The name has another suffix, a value is not finite, or the file
            cannot be written.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise CheckpointError(f"The checkpoint {path} must be a file ending in .safetensors.")
    check_name(backbone_name)
    state = {
        key: value.detach().cpu().contiguous() for key, value in detector.checkpoint_state().items()
    }
    for key, value in state.items():
        if not bool(value.isfinite().all()):
            raise CheckpointError(f"{key} is not finite; the checkpoint {path} was not written.")
    header = Header(
        name=name,
        kind=detector.kind,
        config=detector.config(),
        backbone=backbone_name,
        backbone_sha256=backbone_sha256,
        n_shots=int(getattr(detector, "n_shots", 0)),
        calibration=calibration,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=SOFTWARE,
        extra=extra or {},
    )
    metadata = header.to_metadata() | {SEAL_KEY: BLANK}
    if detector.normals is not None:
        metadata[NORMALS_KEY] = detector.normals.to_text()
    data = sealed(bytes_of(state, metadata))
    try:
        with whole_file(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise CheckpointError(
            f"Cannot write the checkpoint {path}: {error.strerror or error}."
        ) from error
    return info_of(path, header, len(data), hashlib.sha256(data).hexdigest())


def inspect(path: Path) -> CheckpointInfo:
    """Return what a checkpoint's header says; no weight is loaded and nothing in it is run.

    Raises:
        CheckpointError: The file is missing, cut off, no checkpoint, or of a newer format.
    """
    path = Path(path)
    return replace(facts(path).info, sha256=file_sha256(path))


def load(path: Path, *, device: str = "auto", weight_folders: Sequence[Path] = ()) -> Predictor:
    """Return the predictor of a checkpoint.

    Args:
        path: Our own file, also as exported to ONNX, the prompts of the AnomalyCLIP reference
            (`epoch_N.pth`), or a Lightning checkpoint of the SOWA reference (.ckpt).
        device: "auto" takes CUDA where there is one; "cpu", "cuda".
        weight_folders: Where the backbone is looked for, after the checkpoint's own folder.

    Raises:
        CheckpointError: The file is missing, damaged, of a newer format or does not fit, or the
            backbone's weights are missing or others.
        UnknownDetector: A newer program has written it.
        OutOfMemory: The device has too little memory.
    """
    path = Path(path)
    where = choose_device(device)
    with usable(path, _CONTRADICTIONS):
        if onnx_header.is_named_so(path):
            return exported.load(path)
        if official_checkpoint.is_named_so(path) or sowa_official.is_named_so(path):
            return _load_official(path, where, weight_folders)
        return _load_own(path, where, weight_folders)


def _load_own(path: Path, where: torch.device, weight_folders: Sequence[Path]) -> Predictor:
    """Return the predictor of a file that `save` wrote."""
    data = _read(path)
    table = parse_table(path, data, len(data))
    header = header_of(path, table)
    check_seal(path, data, table)
    _check_fit(path, header, table)
    detector = _detector(header, data, (path.parent, *weight_folders))
    detector.normals = read_normals(path, data)
    with enough_memory(where, "the checkpoint"):
        detector = detector.to(where)
    info = info_of(path, header, len(data), hashlib.sha256(data).hexdigest())
    return Predictor(detector, header.calibration, info)


def _load_official(path: Path, where: torch.device, weight_folders: Sequence[Path]) -> Predictor:
    """Return the predictor of a reference's own file."""
    form = official_checkpoint if official_checkpoint.is_named_so(path) else sowa_official
    with enough_memory(where, "the checkpoint"):
        detector, info = form.load(path, weight_folders)
        return Predictor(detector.to(where), info.calibration, info)


def _check_fit(path: Path, header: Header, table: Table) -> None:
    """Look at names and sizes before anything large is read."""
    shapes = {name: place.shape for name, place in table.tensors.items()}
    check_prompts(path, header, shapes)
    check_name(header.backbone)
    if is_clip(header.backbone):
        width = int(clip_config(header.backbone)["text_cfg"]["width"])
        check_backbone(path, header.backbone, width, shapes)


def _detector(header: Header, data: bytes, weight_folders: Sequence[Path]) -> Detector:
    """Return the detector of a file's bytes, on the CPU.

    Raises:
        CheckpointError: As `load`.
        OutOfMemory: The machine has too little memory.
    """
    with enough_memory(torch.device("cpu"), "the checkpoint"):
        state = tensors_of(data)
        check_values(state)
        backbones = backbones_at(weight_folders)
        found = backbones.load(header.backbone, header.backbone_sha256)
        detector = registry.build(header.kind, header.config, found.module)
        check_kinds(state, detector.checkpoint_state())
        detector.load_checkpoint_state(state)
    return detector


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"Cannot read the checkpoint {path}: {error.strerror or error}."
        ) from error
