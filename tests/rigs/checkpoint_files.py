"""Good checkpoint files of every kind, small; what bad ones are made from."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save

from model import checkpoint
from model.backbone import TINY
from model.checkpoint_header import METADATA_KEY, Header
from model.checkpoint_seal import BLANK, SEAL_KEY, sealed
from model.detector import Detector
from model.detectors.sowa import Sowa
from model.layers.dual_prompts import DualPrompts
from model.preprocess import Preprocess
from model.sowa_settings import SowaSettings
from model.types import Calibration
from tests.model.tiny_clip import LIMITS, ad_clip, backbone, few_shot, sowa, zero_shot

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class GoodFiles:
    """One of every kind; `plain`, `taught` and `prompts` are what bad ones are made from."""

    plain: Path
    taught: Path
    prompts: Path
    every: tuple[Path, ...]


def good_files(folder: Path) -> GoodFiles:
    """Write them; the backbone that they name goes to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(backbone().file, folder)
    plain = _saved(folder / "plain.safetensors", zero_shot())
    taught = _saved(folder / "taught.safetensors", few_shot())
    prompts = folder / "epoch_3.pth"
    zero_shot().save_official(prompts)
    noted(prompts, zero_shot())
    bare = folder / "epoch_15.pth"
    zero_shot().save_official(bare)
    legacy = folder / "epoch_1.pth"
    torch.save(torch.load(bare), legacy, _use_new_zipfile_serialization=False)
    unsealed = folder / "before.safetensors"
    unsealed.write_bytes(rewritten(plain.read_bytes(), is_sealed=False))
    every = (
        plain, taught, prompts, bare, legacy, unsealed,
        _saved(folder / "named.safetensors", ad_clip()),
        _saved(folder / "windows.safetensors", sowa()),
        _saved(folder / "no limits.safetensors", zero_shot(), Calibration()),
        lightning(folder / "epoch_000.ckpt"),
    )  # fmt: skip
    return GoodFiles(plain, taught, prompts, every)


def _saved(file: Path, detector: Detector, calibration: Calibration = LIMITS) -> Path:
    checkpoint.save(
        file, detector, calibration, name=file.stem, backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    return file


def noted(prompts: Path, detector: Detector, **changes: Any) -> None:
    """Write what our training notes beside an `epoch_N.pth`."""
    values: dict[str, Any] = {
        "name": "run", "kind": detector.kind, "config": detector.config(), "backbone": TINY,
        "backbone_sha256": backbone().sha256, "n_shots": 0, "calibration": Calibration(),
        "created": "2026-05-04T06:00:00+00:00", "software": "test",
        "extra": {"epoch": 3, "metrics": {"quality": 0.5}},
    }  # fmt: skip
    header = Header(**(values | changes))
    prompts.with_suffix(".json").write_text(header.to_metadata()[METADATA_KEY], encoding="utf-8")


def lightning(file: Path, **changes: Any) -> Path:
    """Write an authors' SOWA file on the small backbone."""
    clip = backbone().clip
    torch.manual_seed(2)
    made = Sowa(clip, DualPrompts(clip), Preprocess(240), SowaSettings.for_depth(6, 20)).eval()
    state = {
        "net.prompt_learner.ctx_pos": made.prompts.ctx_pos,
        "net.prompt_learner.ctx_neg": made.prompts.ctx_neg,
        "net.cross_fusion.linear.weight": made.prompts.fusion.weight,
        "net.cross_fusion.linear.bias": made.prompts.fusion.bias,
    }
    for key, value in made.adapters.state_dict().items():
        state[f"net.visual_encoder.adapters.{key.replace('.linear.', '.mlp.layers.0.')}"] = value
    plain = {key: value.detach().clone() for key, value in state.items()}
    torch.save({"epoch": 0, "state_dict": plain | changes}, file)
    return file


def header_of(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the table at the start of a safetensors file, and the tensors' bytes."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def with_table(table: object, rest: bytes) -> bytes:
    """Return a safetensors file with any table."""
    return with_text(json.dumps(table), rest)


def with_text(text: str, rest: bytes) -> bytes:
    """Return a safetensors file with any text for a table."""
    head = text.encode("utf-8", "surrogatepass")
    return len(head).to_bytes(8, "little") + head + rest


def rewritten(
    data: bytes,
    *,
    is_sealed: bool = True,
    tensors: dict[str, torch.Tensor | None] | None = None,
    settings: dict[str, Any] | None = None,
    **header: Any,
) -> bytes:
    """Return a checkpoint with other contents, written by one who knows the format.

    Args:
        data: A good file.
        is_sealed: False writes it as earlier versions did.
        tensors: New ones by name; None takes one out.
        settings: New values of the detector's configuration.
        header: New values of the header.
    """
    table, _ = header_of(data)
    metadata = table["__metadata__"]
    values = json.loads(metadata[METADATA_KEY]) | header
    if settings is not None:
        values["config"] = values["config"] | settings
    metadata[METADATA_KEY] = json.dumps(values)
    metadata.pop(SEAL_KEY, None)
    state: Tensors = load(data)
    for name, value in (tensors or {}).items():
        state.pop(name, None)
        if value is not None:
            state[name] = value
    if not is_sealed:
        return save(state, metadata)
    return sealed(save(state, metadata | {SEAL_KEY: BLANK}))
