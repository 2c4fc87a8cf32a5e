"""The composition root: bad input ends before anything runs, the parts end in order."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import entry
from app.settings.station import StationSettings, save
from app.station import tasks


@pytest.fixture(autouse=True)
def log_handlers_of_the_program() -> Iterator[None]:
    """Take down the handlers that the program puts up."""
    yield
    root = logging.getLogger()
    for handler in [h for h in root.handlers if getattr(h, "station_handler", False)]:
        root.removeHandler(handler)
        handler.close()
    assert tasks.wait_all(10)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--source", "ftp://nowhere"), "no camera address ftp://nowhere"),
        (("--source", "folder:/does/not/exist"), "no folder"),
        (("--source", "sim:speed=9"), "no option speed"),
        (("--recipe", "no such recipe"), "no recipe 'no such recipe'; known are: demo"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(
    words: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.main(["--headless", *words, "--home", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


def test_a_missing_checkpoint_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.paths.shipped_checkpoints", lambda: tmp_path / "none")
    assert entry.main(["--headless", "--home", str(tmp_path), "--count", "1"]) == 2
    assert "demo.safetensors" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    home = tmp_path / "file" / "home"
    assert entry.main(["--headless", "--home", str(home)]) == 2
    assert "cannot be made" in capsys.readouterr().err


def test_a_database_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "station.db").write_bytes(os.urandom(4096))
    assert entry.main(["--headless", "--home", str(tmp_path)]) == 2
    assert "damaged" in capsys.readouterr().err


def test_the_language_of_the_settings_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "station.toml", StationSettings(language="ko"))
    entry.main(["--headless", "--home", str(tmp_path), "--recipe", "nope"])
    from app import i18n

    assert i18n.language() == "ko"
    capsys.readouterr()


def test_a_shadow_in_the_window_is_begun_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.main(["--shadow", "default", "--home", str(tmp_path)]) == 2
    assert "the screen Models starts one" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
