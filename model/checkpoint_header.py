"""The JSON header of a checkpoint: what it is, what it needs, its limits."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.errors import CheckpointError
from model.normal_pictures import NormalPictures
from model.types import Calibration

FORMAT = 1
METADATA_KEY = "adclip"
NORMALS_KEY = "adclip-normals"
_LENGTH_BYTES = 8
_LARGEST_HEADER = 1 << 26
_LIMITS = ("typical", "limit", "map_typical", "map_limit")


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


def read_header(path: Path, data: bytes) -> Header:
    """Return the header of a checkpoint file's bytes.

    Raises:
        CheckpointError: The file is no safetensors, is cut off, is no checkpoint of ours, or has
            a newer format.
    """
    table = _table(path, data)
    text = table.get("__metadata__", {}).get(METADATA_KEY)
    if not isinstance(text, str):
        raise CheckpointError(
            f"The file {path} holds tensors but is no checkpoint of this program; a backbone "
            "is named by a checkpoint, not loaded by itself."
        )
    return parse_header(path, text)


def read_normals(path: Path, data: bytes) -> NormalPictures | None:
    """Return the normal pictures in a checkpoint file's bytes; None if it holds none.

    They stand beside the header, not among the tensors, so that programs which do not know
    them load the file all the same.

    Raises:
        CheckpointError: They are damaged.
    """
    text = _table(path, data).get("__metadata__", {}).get(NORMALS_KEY)
    return None if text is None else NormalPictures.from_text(text)


def parse_header(path: Path, text: str) -> Header:
    """Return the header from the JSON text that a checkpoint holds or has beside it.

    Raises:
        CheckpointError: It is damaged or has a newer format.
    """
    try:
        values = json.loads(text)
        found = values.get("format")
        if not isinstance(found, int) or found > FORMAT:
            raise CheckpointError(
                f"The checkpoint {path} has format {found!r} but this program reads up to "
                f"{FORMAT}; update the program."
            )
        limits = dict(values["calibration"])
        numbers = {key: math.nan if limits[key] is None else float(limits[key]) for key in _LIMITS}
        return Header(**(values | {"calibration": Calibration(**(limits | numbers))}))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(
            f"The header of the checkpoint {path} is damaged; get the file again."
        ) from error


def _table(path: Path, data: bytes) -> dict[str, Any]:
    """Return the table at the start of a safetensors file after checking the file's length."""
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    start = _LENGTH_BYTES + length
    if len(data) < _LENGTH_BYTES + 2 or length > _LARGEST_HEADER or data[8:9] != b"{":
        raise CheckpointError(f"The file {path} is no safetensors file; choose a checkpoint.")
    if start > len(data):
        raise CheckpointError(f"The checkpoint {path} is cut off; get the file again.")
    try:
        table: dict[str, Any] = json.loads(data[_LENGTH_BYTES:start])
        ends = [entry["data_offsets"][1] for key, entry in table.items() if key[:2] != "__"]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise CheckpointError(
            f"The file {path} is no safetensors file; choose a checkpoint."
        ) from error
    if start + max(ends, default=0) != len(data):
        raise CheckpointError(f"The checkpoint {path} is cut off; get the file again.")
    return table
