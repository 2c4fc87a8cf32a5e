"""What compare refuses before any work, and what it prints and writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tqdm import tqdm

from app import cli
from model.comparison.run import planned
from model.comparison.speed import SpeedPlan
from model.comparison.split import Wish, draw
from model.datasets.collection import read_collection
from tests.model.comparison.made import data_set, judged_before, tiny_checkpoint


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Run compare in this process; it must end with exit code 2 and one line."""
    options = cli.parse(["compare", *map(str, words)])
    assert cli.run_command(options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return data_set(tmp_path / "set", good=2, bad=2, train=2)


def test_bad_input_is_one_plain_line_and_nothing_is_written(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    base = ("--data", root, "--out", out)
    tiny = ("--checkpoint", tiny_checkpoint(tmp_path / "tiny.safetensors").checkpoint or "")
    assert "nothing to compare" in refusal(capsys, *base)
    assert "magic" in refusal(capsys, *base, "--detector", "magic")
    assert "no choice 'x'" in refusal(capsys, *base, "--detector", "few_shot_clip:x=1")
    assert "no checkpoint 'none'" in refusal(capsys, *base, "--checkpoint", "none")
    assert "given 2 times" in refusal(capsys, *base, *tiny, *tiny)
    assert "--train-good asks for 9" in refusal(capsys, *base, *tiny, "--train-good", "9")
    assert "none would be left" in refusal(capsys, *base, *tiny, "--defects", "2")
    assert "--min-fps" in refusal(capsys, *base, *tiny, "--min-fps", "nan")
    assert "No device" in refusal(capsys, *base, *tiny, "--device", "quantum")
    assert "no folder" in refusal(capsys, "--data", tmp_path / "no", "--out", out, *tiny)
    assert not out.exists()


def test_a_detector_that_needs_defects_must_get_some(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--data", root, "--out", tmp_path / "out", "--detector", "classifier")
    assert "classifier learns from labelled defective pictures" in refusal(capsys, *words)


def test_a_comparison_prints_tables_and_writes_a_report(
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # tqdm's own thread would outlive the test
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    contender = tiny_checkpoint(tmp_path / "tiny.safetensors")
    split = draw(read_collection(root), Wish())
    judged_before(
        tmp_path / "out", planned(root, Wish(), split, "cpu", SpeedPlan(8, 0.0)), split, contender
    )
    words = ["compare", "--data", str(root), "--checkpoint", str(contender.checkpoint), "--out"]
    words += [str(tmp_path / "out"), "--speed-seconds", "0", "--device", "cpu", "--min-fps", "0.1"]
    assert cli.run_command(cli.parse(words)) == 0
    said = capsys.readouterr().out
    assert "| tiny" in said
    assert "Rule: Highest F1-max among the detectors that judge at least 0.1 images/s" in said
    assert "By this rule: tiny, F1-max" in said
    out = tmp_path / "out"
    assert {"comparison.html", "comparison.csv", "scores.csv", "speed.png", "roc.png", "pr.png",
            "histograms.png"} <= {one.name for one in out.iterdir()}  # fmt: skip
    with (out / "scores.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 6
    assert {row["tiny verdict"] for row in rows} <= {"found", "passed", "escape", "false call"}
    # a program gets every number
    assert cli.run_command(cli.parse([*words, "--json"])) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["best"] == "tiny"
    (one,) = found["detectors"]
    assert one["image_auroc_low"] <= one["image_auroc"] <= one["image_auroc_high"]
    assert one["images_per_second"] > 0.1
    assert json.loads((out / "comparison.json").read_text(encoding="utf-8")) == found
