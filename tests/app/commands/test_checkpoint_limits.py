"""`checkpoint limits` on a real database: a new file with limits, or a sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from app.cli_codes import BAD_INPUT, DONE
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.settings.recipes import RecipeBook
from model import checkpoint
from model.backbone import TINY
from model.types import Calibration
from tests.model.tiny_clip import backbone, zero_shot
from tests.rigs.reviewed import Shop, open_shop


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tqdm from starting a thread that outlives the test."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture
def shop(own_home: Path) -> Iterator[Shop]:
    found = open_shop(own_home)
    RecipeBook(found.store).save(Recipe(name="bolt", checkpoint="default"))
    yield found
    found.store.close()


@pytest.fixture
def bare(own_home: Path) -> Path:
    folder = own_home / "checkpoints"
    folder.mkdir(parents=True)
    shutil.copy(backbone().file, folder / f"{TINY}.safetensors")
    path = folder / "epoch_3.safetensors"
    checkpoint.save(
        path, zero_shot(), Calibration(), name="run", backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    return path


def test_limits_come_from_stored_good_parts(
    capsys: pytest.CaptureFixture[str], shop: Shop, bare: Path
) -> None:
    for number in range(10):
        shop.part(Verdict.OK, "good" if number < 4 else "", recipe="bolt")
    out = bare.with_stem("new")
    words = ["limits", str(bare), "--out", str(out), "--name", "new", "--device", "cpu", "--json"]
    assert cli.run_command(cli.parse(["checkpoint", *words])) == DONE
    told = json.loads(capsys.readouterr().out)
    info = checkpoint.inspect(out)
    assert (told["path"], told["sha256"], told["good"]) == (str(out), info.sha256, 10)
    assert told["limit"] == info.calibration.limit > info.calibration.typical
    assert "10 stored parts of bolt, 4 reviewed" in told["method"]
    assert cli.run_command(cli.parse(["checkpoint", *words])) == BAD_INPUT
    assert "is there already" in capsys.readouterr().err


def test_without_good_parts_nothing_is_written(
    capsys: pytest.CaptureFixture[str], shop: Shop, bare: Path
) -> None:
    shop.part(Verdict.NG, "defective", recipe="bolt")
    out = bare.with_stem("new")
    words = ["limits", str(bare), "--out", str(out), "--recipe", "bolt"]
    assert cli.run_command(cli.parse(["checkpoint", *words])) == BAD_INPUT
    assert "Limits need 10 good parts with pictures, there are 0" in capsys.readouterr().err
    assert not out.exists()
    wrong = ["limits", str(bare), "--out", "new.pth"]
    assert cli.run_command(cli.parse(["checkpoint", *wrong])) == BAD_INPUT
    assert "ending in .safetensors" in capsys.readouterr().err
