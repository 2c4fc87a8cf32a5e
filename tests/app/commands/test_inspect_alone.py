"""A detector that brings all its weights: the program and one file suffice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tqdm import tqdm

from app import cli
from model import checkpoint
from model.images import read_image, write_image
from tests.model.tiny_efficient_ad import add_size, learn, material, part


def test_the_defective_part_is_outlined_on_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_size(monkeypatch)
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    # neither the shipped weights nor the teacher are there any more
    made = learn(tmp_path, material(12), steps="60")
    (tmp_path / "teacher.safetensors").unlink()
    monkeypatch.setattr("app.paths.shipped_checkpoints", lambda: tmp_path / "none")
    file = tmp_path / "taught.safetensors"
    checkpoint.save(
        file, made.detector, made.calibration, name="x", backbone_name="", backbone_sha256=""
    )
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    pictures.mkdir()
    write_image(pictures / "bad.png", part(50, hole=True))
    write_image(pictures / "good.png", part(51))
    words = ["--json", "inspect", str(pictures), "--checkpoint", str(file), "--out", str(out)]
    assert cli.run_command(cli.parse([*words, "--device", "cpu"])) == 0
    bad, good = map(json.loads, capsys.readouterr().out.splitlines())
    assert (bad["verdict"], good["verdict"]) == ("NG", "OK")
    mask = read_image(out / "bad_mask.png")[..., 0] > 0
    # the hole of `part`: rows 40 to 58, columns 30 to 50
    assert mask[49, 40]
    assert mask[:20].sum() + mask[80:].sum() < 0.1 * mask.sum()
    outlined = read_image(out / "bad_overlay.png")
    assert outlined.shape == part(50).shape
    assert np.abs(outlined.astype(int) - part(50, hole=True)).max() > 50
