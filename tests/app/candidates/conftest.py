"""A small checkpoint of every form, and a home without any."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import paths
from app.paths import Home
from model import checkpoint
from model.backbone import TINY
from tests.model.tiny_clip import LIMITS, backbone, few_shot, zero_shot
from tests.rigs.checkpoint_files import noted


@dataclass(frozen=True)
class Files:
    """Checkpoints to copy from."""

    plain: Path
    taught: Path
    prompts: Path


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("checkpoints")
    found = Files(
        folder / "plain.safetensors", folder / "taught.safetensors", folder / "epoch_7.pth"
    )
    for file, detector in ((found.plain, zero_shot()), (found.taught, few_shot())):
        checkpoint.save(
            file, detector, LIMITS, name=file.stem, backbone_name=TINY,
            backbone_sha256=backbone().sha256, extra={"data": "bolts"},
        )  # fmt: skip
    zero_shot().save_official(found.prompts)
    noted(found.prompts, zero_shot())
    return found


@pytest.fixture
def home(own_home: Path) -> Home:
    """A home with the backbone's weights and an empty folder of checkpoints."""
    found = paths.home(own_home)
    found.checkpoints.mkdir(parents=True)
    found.weights.mkdir()
    shutil.copy(backbone().file, found.weights)
    return found
