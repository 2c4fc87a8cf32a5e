"""Where things lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import paths


def test_override_beats_environment(own_home: Path, tmp_path: Path) -> None:
    assert paths.home().root == own_home
    assert paths.home(tmp_path / "other").root == tmp_path / "other"


def test_platform_folder_without_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADCLIP_HOME")
    assert paths.home().root.name == "adclip-station"
    assert paths.home().root.is_absolute()


def test_everything_lies_in_the_home(tmp_path: Path) -> None:
    home = paths.home(tmp_path)
    for path in (home.settings, home.evidence, home.weights, home.checkpoints, home.logs):
        assert path.parent == tmp_path
    assert home.database_url.startswith("sqlite:///")


def test_shipped_folders_exist() -> None:
    assert paths.resources().is_dir()
    assert paths.shipped_checkpoints().is_dir()
