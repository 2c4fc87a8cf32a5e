"""`dataset tile` and `dataset label --sort` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from app.cli_codes import BAD_INPUT, DONE
from app.labelling.journal import Label
from app.labelling.place import open_place, place_at
from model.datasets.collection import read_collection
from tests.model.datasets.cloth import cloth, made


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar's watching thread outlives the command; a process of its own would end it."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


def run(*words: str | Path) -> int:
    return cli.run_command(cli.parse([str(word) for word in ("dataset", *words)]))


def three(root: Path) -> list[str | Path]:
    made(root)
    return [
        "tile", "--out", root / "tiles", "--size", "48", "--overlap", "0",
        "--good", root / "normals", "8px",
        "--source", root / "defects", "16px",
        "--unlabelled", root / "found", "8px",
    ]  # fmt: skip


def test_counts_before_and_after_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*three(tmp_path)) == DONE
    text = capsys.readouterr().out
    for part in (
        "tiles of 48 x 48 pixels at 8px/hole",
        "13 -> 52",
        "7 -> 34",
        "2 -> 2",
        "4 -> 16",
        "16 from pictures without a label",
        f"Label them: python main.py dataset label {tmp_path / 'tiles'}",
    ):
        assert part in text


def test_as_json_and_from_cutting_to_a_described_data_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*three(tmp_path), "--json", "--held_out", "0.5") == DONE
    facts = json.loads(capsys.readouterr().out)
    assert facts["counts"]["unlabelled"] == 16
    place = place_at(tmp_path / "tiles")
    names = list(open_place(place).rows)
    place.journal().append([Label(names[0], "defective"), Label(names[5], "good")])
    assert run("label", tmp_path / "tiles", "--sort", "--json") == DONE
    sorted_ = json.loads(capsys.readouterr().out)
    assert sorted_["kinds"] == {"defective": 1, "hole": 2}
    assert sorted_["unlabelled"] == 14
    assert run("describe", tmp_path / "tiles", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["split_sources"] == []
    assert sum(count["images"] for count in found["counts"]) == 38
    assert len(read_collection(tmp_path / "tiles").train) == sorted_["train_good"]


def test_sorting_says_where_everything_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(*three(tmp_path))
    next((tmp_path / "tiles" / "unlabelled").iterdir()).unlink()
    capsys.readouterr()
    assert run("label", tmp_path / "tiles", "--sort") == DONE
    text = capsys.readouterr().out
    assert "without a label 16 unlabelled" in " ".join(text.split())
    assert "warning: Files that have gone: 1." in text


def test_what_should_be_known_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(12):
        cloth(tmp_path / "ng" / f"{number}.png", 30, 8, number)
    cloth(tmp_path / "ng" / "large.png", 48, 8, 20)
    words = ("tile", "--out", tmp_path / "tiles", "--size", "64", "--defective", tmp_path / "ng")
    assert run(*words, "1mm", "--scale", "0.75mm") == DONE
    text = capsys.readouterr().out
    assert "warning: Pictures were enlarged" in text
    assert "warning: No tile is left to learn from" in text
    assert "left out (12)" in text
    assert "... and 2 more, in manifest.json" in text


def test_bad_input_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("tile", "--out", tmp_path / "tiles")
    for words in (
        out,
        (*out, "--good", tmp_path / "none", "1mm"),
        (*out, "--good", tmp_path, "one"),
        (*out, "--good", tmp_path, "1mm", "--scale", "1px"),
        ("label", tmp_path / "none", "--sort"),
        ("label", tmp_path, "--sort"),
    ):
        assert run(*words) == BAD_INPUT
        out_text, err = capsys.readouterr()
        assert out_text == ""
        assert [line[:6] for line in err.splitlines()] == ["error:"]
