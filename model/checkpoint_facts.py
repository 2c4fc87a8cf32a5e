"""What the start of a checkpoint file says of it: no weight is read, nothing in it is run.

Imports no torch, so that hundreds of files are listed at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from model import official_facts
from model.checkpoint_fit import PromptSizes, check_prompts, prompt_sizes
from model.checkpoint_header import Header, header_of
from model.export import onnx_header
from model.safetensors_table import parse_table, read_start
from model.types import CheckpointInfo

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt", ".onnx")
_EPOCH = re.compile(r"epoch[_-]?(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """What is known of a checkpoint before it is loaded.

    Attributes:
        info: Its header; `sha256` is "".
        prompts: Length of its learned prompts; None if it has none.
        epoch: Number of the training epoch that its name says; None if it says none.
    """

    info: CheckpointInfo
    prompts: PromptSizes | None
    epoch: int | None


def facts(path: Path) -> CheckpointFacts:
    """Return what the start of a checkpoint says.

    Args:
        path: Our own file, also as exported to ONNX, `epoch_N.pth` of AnomalyCLIP, or a Lightning
            file of SOWA.

    Raises:
        CheckpointError: It is missing, cut off, damaged, no checkpoint, of a newer format, or
            its prompts are not as long as it says.
    """
    if official_facts.is_prompt_file(path):
        shapes = official_facts.prompt_shapes(path)
        header = official_facts.noted(path)
        if header is not None:
            check_prompts(path, header, shapes)
        info = official_facts.prompt_info(path, shapes, "")
    elif official_facts.is_lightning_file(path):
        shapes = official_facts.lightning_shapes(path)
        info = official_facts.sowa_info(path, shapes, "")
    elif onnx_header.is_named_so(path):
        shapes, header = {}, onnx_header.header_of_onnx(path)
        info = info_of(path, header, path.stat().st_size)
    else:
        data, size = read_start(path)
        table = parse_table(path, data, size)
        header = header_of(path, table)
        shapes = {name: place.shape for name, place in table.tensors.items()}
        check_prompts(path, header, shapes)
        info = info_of(path, header, size)
    return CheckpointFacts(info, prompt_sizes(shapes), epoch_of(path, info))


def info_of(path: Path, header: Header, size_bytes: int, sha256: str = "") -> CheckpointInfo:
    """Return a header as the rest of the program knows it.

    Args:
        path: The file.
        header: What it says.
        size_bytes: Its size.
        sha256: Its hash; "" if it was not hashed.
    """
    return CheckpointInfo(
        path=path,
        name=header.name,
        detector=header.kind,
        backbone=header.backbone,
        backbone_sha256=header.backbone_sha256,
        image_size=header.image_size,
        sha256=sha256,
        n_shots=header.n_shots,
        calibration=header.calibration,
        format=header.format,
        created=header.created,
        software=header.software,
        size_bytes=size_bytes,
        extra=header.extra,
    )


def epoch_of(path: Path, info: CheckpointInfo) -> int | None:
    """Return the epoch that a file says it is of: by its notes, else by its name."""
    noted = info.extra.get("epoch")
    if type(noted) is int:
        return noted
    found = _EPOCH.fullmatch(path.stem)
    return int(found[1]) if found else None
