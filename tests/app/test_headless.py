"""The line without a window, in a process of its own as a user starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.headless import for_people, result
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import open_store
from model.opencv import cv2
from tests.rigs.records import a_record

ROOT = Path(__file__).resolve().parents[2]
SMALL = "sim:seed=2,fps=0,size=160x128"


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "tests.rigs.grey_station", "--headless", *map(str, words)]


def environment() -> dict[str, str]:
    """No display and no Qt platform: nothing of X may be needed."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), cwd=ROOT, env=environment(), capture_output=True, text=True,
        encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def start(*words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*words), cwd=ROOT, env=environment(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def rows(home: Path) -> list[InspectionRecord]:
    store = open_store(f"sqlite:///{(home / 'station.db').as_posix()}")
    try:
        return store.find(Query(newest_first=False, limit=100_000))
    finally:
        store.close()


def test_every_frame_is_judged_in_order_and_printed_after_its_row(tmp_path: Path) -> None:
    # 200 a second is faster than they are judged: the demo line waits for the judge.
    source = "sim:seed=2,fps=200,size=160x128"
    done = run("--source", source, "--count", "200", "--json", "--home", tmp_path)
    assert done.returncode == 0, done.stderr
    lines = objects(done.stdout)
    assert [line["serial"] for line in lines] == [str(i) for i in range(200)]
    assert {line["truth"] for line in lines} == {"ok", "ng"}
    assert {row.id: row.verdict.value for row in rows(tmp_path)} == {
        line["id"]: line["verdict"] for line in lines
    }
    assert "200 parts" in done.stderr


def test_a_finite_source_ends_the_line(tmp_path: Path) -> None:
    done = run("--source", f"{SMALL},count=12", "--home", tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 12
    assert all("score" in line for line in done.stdout.splitlines())
    assert len(rows(tmp_path)) == 12


def test_a_candidate_beside_the_line_is_summed_up(tmp_path: Path) -> None:
    done = run("--source", SMALL, "--count", "60", "--home", tmp_path, "--shadow", "default")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 60
    assert "candidate " in done.stderr.splitlines()[-1]


def test_folder_with_a_damaged_file(tmp_path: Path) -> None:
    folder = tmp_path / "그림"
    folder.mkdir()
    good = cv2.imencode(".png", np.full((64, 64, 3), 128, np.uint8))[1].tobytes()
    for name, content in (("a.png", good), ("b.png", b"no picture"), ("c.png", good)):
        (folder / name).write_bytes(content)
    done = run("--source", f"folder:{folder}", "--json", "--home", tmp_path / "home")
    assert done.returncode == 0, done.stderr
    lines = objects(done.stdout)
    assert [line["verdict"] for line in lines] == ["OK", "ERROR", "OK"]
    assert lines[1]["score"] is None
    assert lines[1]["reasons"][0].startswith("frame-unreadable")
    assert all("truth" not in line for line in lines)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Windows differ")
def test_the_first_start_runs_the_demo_recipe_until_ctrl_c(tmp_path: Path) -> None:
    line = start("--json", "--home", tmp_path)
    assert line.stdout is not None
    line.stdout.readline()
    line.send_signal(signal.SIGINT)
    _, err = line.communicate(timeout=60)
    assert line.returncode == 0, err
    row = rows(tmp_path)[0]
    assert row.recipe == "demo"
    assert row.checkpoint == "demo.safetensors"
    assert row.source.startswith("demo line")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Windows differ")
def test_a_polite_kill_ends_with_a_summary(tmp_path: Path) -> None:
    line = start("--source", SMALL, "--json", "--home", tmp_path)
    assert line.stdout is not None
    first = line.stdout.readline()
    line.send_signal(signal.SIGTERM)
    out, err = line.communicate(timeout=60)
    assert line.returncode == 0, err
    printed = objects(first + out)
    assert f"{len(printed)} parts" in err
    assert "Traceback" not in err
    assert {row.id for row in rows(tmp_path)} == {shown["id"] for shown in printed}


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    line = start("--source", SMALL, "--json", "--home", tmp_path)
    assert line.stdout is not None
    assert line.stderr is not None
    line.stdout.readline()
    line.stdout.close()
    err = line.stderr.read()
    line.stderr.close()
    assert line.wait(timeout=60) == 0
    assert "Traceback" not in err
    assert "Broken" not in err


def test_a_result_names_what_the_contract_names() -> None:
    record = a_record(Verdict.NG)
    found = json.loads(json.dumps(result(record)))
    assert found["id"] == record.id
    assert found["verdict"] == "NG"
    assert record.limits is not None
    assert found["limit"] == record.limits.ng
    assert set(found["latency_ms"]) == {"grab", "wait", "model", "decide", "store"}
    assert all(set(region) == {"polygon", "area_px", "peak"} for region in found["regions"])
    assert "NG" in for_people(record)
