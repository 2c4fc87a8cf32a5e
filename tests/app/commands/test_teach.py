"""What teach refuses before any work is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import cli


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Run teach in this process; it must end with exit code 2 and one line."""
    options = cli.parse(["teach", *map(str, words)])
    assert cli.run_command(options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_a_validation_folder_needs_a_selection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--good", tmp_path, "--out", tmp_path / "x.safetensors")
    assert "--select-shots" in refusal(capsys, *words, "--validation", tmp_path)


def test_the_name_of_the_checkpoint_is_checked_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refusal(capsys, "--good", tmp_path, "--out", tmp_path / "x.pth")
    assert "x.pth must be a file ending in .safetensors" in line


def test_an_unknown_way_to_select_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(["teach", "--good", ".", "--out", "x.safetensors", "--select-shots", "guess"])
    assert ended.value.code == 2
    assert "growing" in capsys.readouterr().err
