"""What a command tells the program that started it, and how it is stopped."""

from __future__ import annotations

import io
import json
import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from app import cli
from app.cli_codes import DONE, FAULT
from app.commands.progress_lines import ProgressLines
from app.inspection.verdict import Verdict
from app.review.improve_words import DATABASE_VARIABLE
from tests.rigs.product_set import make_product_set
from tests.rigs.reviewed import SPOT, open_shop


@pytest.fixture(autouse=True)
def this_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.commands.progress_lines.be_gentle", lambda: None)
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep stdin open as a program does that waits for the result."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        yield
        os.close(writing)
        for thread in threading.enumerate():
            if thread.name == "stdin":
                thread.join(10)


def run(*words: str | Path) -> int:
    return cli.run_command(cli.parse([*map(str, words), "--progress-lines"]))


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_lines_are_few_but_begin_and_end_of_a_stage_are_told() -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream, threading.Event())
    for stage in ("read", "learn"):
        for done in range(1, 1001):
            lines.show(stage, done, 1000)
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(said) < 50
    for stage in ("read", "learn"):
        steps = [one["done"] for one in said if one["stage"] == stage]
        assert (steps[0], steps[-1]) == (1, 1000)


def test_numbers_that_json_does_not_know_are_null() -> None:
    stream = io.StringIO()
    ProgressLines(stream, threading.Event()).result({"limit": math.inf, "all": [math.nan, 1.5]})
    assert json.loads(stream.getvalue()) == {"result": {"limit": None, "all": [None, 1.5]}}


def test_teach_tells_its_steps_and_its_result(
    asker: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make_product_set(tmp_path / "plate", train=2, good=0, spot=0, cut=0)
    out = tmp_path / "x.safetensors"
    assert run("teach", "--good", data / "train" / "good", "--out", out) == DONE
    *steps, last = told(capsys)
    assert {one["stage"] for one in steps} == {"start", "features", "limits"}
    assert steps[-1]["done"] == steps[-1]["total"]
    assert last["result"]["checkpoint"] == str(out)
    assert out.is_file()


def test_a_closed_stdin_stops_teach_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_product_set(tmp_path / "plate", train=2, good=0, spot=0, cut=0)
    with open(os.devnull, encoding="utf-8") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        out = tmp_path / "x.safetensors"
        assert run("teach", "--good", data / "train" / "good", "--out", out) == FAULT
    assert all("result" not in one for one in told(capsys))
    assert not out.exists()


def test_an_export_takes_the_records_from_where_the_program_says(
    asker: None, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shop = open_shop(tmp_path / "elsewhere")
    for _ in range(3):
        shop.part(Verdict.OK, "good")
    shop.part(Verdict.NG, "confirmed", mask=(SPOT,), defect="dent")
    monkeypatch.setenv(DATABASE_VARIABLE, shop.store.url)
    evidence = f"--evidence={shop.evidence.root}"
    assert run("dataset", "export-reviews", tmp_path / "set", "--recipe=bolt", evidence) == DONE
    *steps, last = told(capsys)
    assert {one["stage"] for one in steps} >= {"read", "pictures"}
    assert last["result"]["kinds"] == {"dent": 1}
    shop.store.close()
