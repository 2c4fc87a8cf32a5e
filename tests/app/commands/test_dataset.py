"""The command `dataset` as a user types it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from app.cli_codes import BAD_INPUT, DONE
from model.datasets.collection import read_collection
from tests.model.datasets.small_sets import EXPECTED, MAKERS, NAMES, picture


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar's watching thread outlives the command; a process of its own would end it."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


def run(*words: str | Path) -> int:
    return cli.run_command(cli.parse([str(word) for word in ("dataset", *words)]))


def test_the_seventeen_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == DONE
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert tuple(row["name"] for row in rows) == NAMES
    assert run("list") == DONE
    text = capsys.readouterr().out
    assert all(name in text for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_meta_is_written_and_read_for_each(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    MAKERS[name](tmp_path)
    for _ in range(2):
        assert run("meta", tmp_path, "--dataset", name, "--json") == DONE
        facts = json.loads(capsys.readouterr().out)
        assert facts == {
            "file": str(tmp_path / "meta.json"),
            "classes": len(EXPECTED[name][0]),
            "train": EXPECTED[name][1],
            "test": EXPECTED[name][2],
        }
    assert len(read_collection(tmp_path).test) == EXPECTED[name][2]


def test_meta_goes_where_it_is_told_to(tmp_path: Path) -> None:
    MAKERS["mvtec"](tmp_path / "set")
    assert run("meta", tmp_path / "set", "--out", tmp_path / "other.json") == DONE
    assert (tmp_path / "other.json").is_file()
    assert not (tmp_path / "set" / "meta.json").exists()
    assert run("meta", tmp_path / "set", "--out", tmp_path / "none" / "other.json") == BAD_INPUT


def test_a_description_as_json_and_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    MAKERS["mpdd"](tmp_path)
    (tmp_path / "tubes" / "test" / "good" / "text.png").write_text("x", encoding="utf-8")
    assert run("describe", tmp_path, "--dataset", "mpdd", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "mpdd"
    assert found["sizes"] == [[32, 32, 6]]
    assert len(found["unreadable"]) == 1
    assert run("describe", tmp_path) == DONE
    text = capsys.readouterr().out
    for part in ("anomalous", "32 x 32: 6", "text.png", "warning: Images that cannot be read: 1."):
        assert part in text


def test_many_faults_are_cut_short_in_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture(tmp_path / "ok" / "1.png")
    for number in range(14):
        picture(tmp_path / "ng" / f"{number}.png", number)
    assert run("describe", tmp_path) == DONE
    text = capsys.readouterr().out
    assert "defective images without a mask (14)" in text
    assert "... and 4 more" in text


@pytest.mark.parametrize("action", ["describe", "meta"])
def test_bad_input_is_one_sentence_and_code_2(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        (tmp_path / "none",),
        (tmp_path,),
        (tmp_path, "--dataset", "smoke_cloud"),
        (tmp_path, "--dataset", "mvtec"),
    ):
        assert run(action, *words) == BAD_INPUT
        out, err = capsys.readouterr()
        assert out == ""
        assert [line[:6] for line in err.splitlines()] == ["error:"]


def test_an_action_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.parse(["dataset"])
    assert ended.value.code == BAD_INPUT
    assert "usage" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="file names are Unicode there")
def test_file_names_that_are_not_unicode_are_shown_and_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = picture(tmp_path / "ok" / "1.png")
    file.rename(os.fsdecode(os.fsencode(file.parent) + b"/\xff.png"))
    (tmp_path / "ng").mkdir()
    (tmp_path / "ng" / os.fsdecode(b"\xfe.png")).write_bytes(b"")
    assert run("describe", tmp_path) == DONE
    assert "udcfe.png" in capsys.readouterr().out
    assert run("meta", tmp_path) == BAD_INPUT
    assert "rename the files" in capsys.readouterr().err
    assert not (tmp_path / "meta.json").exists()
