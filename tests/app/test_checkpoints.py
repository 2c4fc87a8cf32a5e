"""What a recipe calls a checkpoint, and how much memory is free for one more."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import checkpoints, paths


def test_files_of_the_station_go_by_their_name(tmp_path: Path) -> None:
    home = paths.home(tmp_path / "home")
    home.checkpoints.mkdir(parents=True)
    inside = home.checkpoints / "caps.safetensors"
    inside.write_bytes(b"x")
    assert checkpoints.name_of(inside, home) == "caps.safetensors"
    shipped = paths.shipped_checkpoints() / "default.safetensors"
    assert checkpoints.name_of(shipped, home) == "default.safetensors"


def test_files_elsewhere_go_by_their_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = paths.home(tmp_path / "home")
    home.checkpoints.mkdir(parents=True)
    (home.checkpoints / "caps.safetensors").write_bytes(b"x")
    outside = tmp_path / "caps.safetensors"
    outside.write_bytes(b"y")
    assert checkpoints.name_of(outside, home) == str(outside)
    monkeypatch.chdir(tmp_path)
    assert checkpoints.name_of(Path("missing.safetensors"), home) == str(
        tmp_path / "missing.safetensors"
    )


def test_free_memory_is_known() -> None:
    assert checkpoints.spare_memory_mb("cpu") > 0
