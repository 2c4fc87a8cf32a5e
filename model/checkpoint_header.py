"""The JSON header of a checkpoint: what it is, what it needs, its limits."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.checkpoint_seal import SEAL_KEY
from model.errors import BackboneFile, DamagedCheckpoint, ForeignFile, NewerFormat
from model.normal_pictures import NormalPictures
from model.safetensors_table import Table, parse_table
from model.types import Calibration

FORMAT = 1
METADATA_KEY = "adclip"
NORMALS_KEY = "adclip-normals"
TEACHER_KEY = "efficient-ad-teacher"
"""Marks the weights of a teacher of EfficientAD, which like a backbone are no checkpoint."""
_KEYS = {METADATA_KEY, NORMALS_KEY, SEAL_KEY, "format"}
# a weight that every CLIP has and no checkpoint stores
_BACKBONE = "token_embedding.weight"
_LIMITS = ("typical", "limit", "map_typical", "map_limit")
# what values of a kind that nobody expected raise
_DAMAGE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Header:
    """Everything in a checkpoint that is not a tensor.

    Attributes:
        name: Name for people.
        kind: Name in the detector registry.
        config: From which the registry builds the detector.
        backbone: Backbone name.
        backbone_sha256: Hash of its weight file, "" if any will do.
        n_shots: Normal images in the memory bank.
        calibration: Limits.
        created: ISO 8601, UTC.
        software: What wrote the file.
        extra: Further facts for display.
        format: Format number.
    """

    name: str
    kind: str
    config: dict[str, Any]
    backbone: str
    backbone_sha256: str
    n_shots: int
    calibration: Calibration
    created: str
    software: str
    extra: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def image_size(self) -> int:
        """Side in pixels that the detector sees; 0 if the configuration does not say."""
        config = self.config.get("base", self.config)
        return int(config.get("preprocess", {}).get("size", 0))

    def to_metadata(self) -> dict[str, str]:
        """Return the metadata of the safetensors file; NaN is written as null."""
        values = asdict(self)
        for key in _LIMITS:
            number = values["calibration"][key]
            values["calibration"][key] = number if math.isfinite(number) else None
        text = json.dumps(values, allow_nan=False, ensure_ascii=False)
        return {METADATA_KEY: text, "format": "pt"}


def read_header(path: Path, data: bytes, size: int | None = None) -> Header:
    """Return the header of a checkpoint file's bytes.

    Args:
        path: For the sentence.
        data: The file's bytes, at least up to the first tensor.
        size: Of the whole file; that of `data` if left out.

    Raises:
        CheckpointError: The file is no safetensors, is cut off, is no checkpoint of ours, or has
            a newer format.
    """
    return header_of(path, parse_table(path, data, len(data) if size is None else size))


def header_of(path: Path, table: Table) -> Header:
    """Return the header in a safetensors table.

    Raises:
        CheckpointError: It is no checkpoint of ours, damaged, or has a newer format.
    """
    text = table.metadata.get(METADATA_KEY)
    if text is None:
        is_backbone = _BACKBONE in table.tensors or TEACHER_KEY in table.metadata
        kind = BackboneFile if is_backbone else ForeignFile
        raise kind(
            f"The file {path} holds tensors but is no checkpoint of this program; a backbone "
            "is named by a checkpoint, not loaded by itself."
        )
    header = parse_header(path, text)
    if strange := sorted(table.metadata.keys() - _KEYS):
        raise DamagedCheckpoint(
            f"The header of the checkpoint {path} is damaged: {strange[0][:40]!r} does not belong "
            "into it; get the file again."
        )
    return header


def read_normals(path: Path, data: bytes) -> NormalPictures | None:
    """Return the normal pictures in a checkpoint file's bytes; None if it holds none.

    They stand beside the header, not among the tensors, so that programs which do not know
    them load the file all the same.

    Raises:
        CheckpointError: They are damaged.
    """
    text = parse_table(path, data, len(data)).metadata.get(NORMALS_KEY)
    return None if text is None else NormalPictures.from_text(text)


def parse_header(path: Path, text: str) -> Header:
    """Return the header from the JSON text that a checkpoint holds or has beside it.

    Raises:
        CheckpointError: It is damaged or has a newer format.
    """
    try:
        values = json.loads(text, object_pairs_hook=_unique, parse_constant=_number)
        found = values.get("format")
        if type(found) is not int or not 1 <= found <= FORMAT:
            raise NewerFormat(
                f"The checkpoint {path} has format {found!r} but this program reads up to "
                f"{FORMAT}; update the program."
            )
        limits = dict(values["calibration"])
        numbers = {
            key: math.nan if limits[key] is None else _number(limits[key]) for key in _LIMITS
        }
        header = Header(**(values | {"calibration": Calibration(**(limits | numbers))}))
        _check_types(header)
    except _DAMAGE as error:
        raise DamagedCheckpoint(
            f"The header of the checkpoint {path} is damaged; get the file again."
        ) from error
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def _number(value: object) -> float:
    """Return a limit; NaN for null, which stands for one that is not known."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a limit is no number")
    return float(value)


def _check_types(header: Header) -> None:
    """Refuse values of another kind than those that `to_metadata` writes.

    Raises:
        ValueError: There is one.
    """
    texts = (
        header.name, header.kind, header.backbone, header.backbone_sha256, header.created,
        header.software, header.calibration.method,
    )  # fmt: skip
    counts = (header.n_shots, header.calibration.n_normal, header.calibration.n_defective)
    tables = (header.config, header.extra)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a text is none")
    if not all(type(count) is int and count >= 0 for count in counts):
        raise ValueError("a count is none")
    if not all(isinstance(table, dict) for table in tables):
        raise ValueError("a table is none")
    if header.image_size < 0:
        raise ValueError("the size of the image is negative")
