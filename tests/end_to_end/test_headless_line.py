"""The line without a window, as a subprocess: demo line, real pictures, a kill in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.station_process import objects, run, start, stored
from tests.shared_data import data_root

KEYS = {"id", "verdict", "score", "limit", "regions", "checkpoint", "latency_ms"}


def test_demo_line_is_judged_and_stored(tmp_path: Path) -> None:
    done = run(
        "--headless", "--source", "sim:seed=3,fps=0", "--count", 40, "--json", "--home", tmp_path
    )
    assert done.returncode == 0, done.stderr
    lines = objects(done.stdout)
    assert len(lines) == 40
    assert all(set(line) >= KEYS | {"truth"} for line in lines)
    assert all(
        set(line["latency_ms"]) == {"grab", "wait", "model", "decide", "store"} for line in lines
    )
    assert {line["verdict"] for line in lines} <= {"OK", "NG", "REVIEW"}
    assert {line["truth"] for line in lines} == {"ok", "ng"}
    right = sum((line["verdict"] != "OK") == (line["truth"] == "ng") for line in lines)
    assert right >= 36, f"{right} of 40 verdicts agree with the truth"
    rows = stored(tmp_path)
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    assert [row["verdict"] for row in rows] == [line["verdict"] for line in lines]
    for row in rows:
        if row["verdict"] == "NG":
            assert (tmp_path / "evidence" / row["evidence"]["image"]).is_file()


def test_same_seed_gives_the_same_verdicts(tmp_path: Path) -> None:
    words = ("--headless", "--source", "sim:seed=5,fps=0", "--count", 12, "--json")
    runs = [objects(run(*words, "--home", tmp_path / name).stdout) for name in ("a", "b")]
    assert len(runs[0]) == 12
    facts = [[(r["verdict"], r["score"], r["truth"]) for r in lines] for lines in runs]
    assert facts[0] == facts[1]


def test_real_tiles_from_a_folder(tmp_path: Path) -> None:
    folder = data_root("magnetic_tile") / "test" / "blowhole"
    done = run(
        "--headless", "--source", f"folder:{folder}", "--count", 8, "--json", "--home", tmp_path
    )
    assert done.returncode == 0, done.stderr
    lines = objects(done.stdout)
    assert len(lines) == 8
    assert all("truth" not in line for line in lines)
    assert len(stored(tmp_path)) == 8


def test_a_file_that_is_no_picture_becomes_an_error_record(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing of use")
    done = run(
        "--headless", "--source", f"folder:{folder}?loop=0", "--count", 1, "--json",
        "--home", tmp_path / "home",
    )  # fmt: skip
    lines = objects(done.stdout)
    assert [line["verdict"] for line in lines] == ["ERROR"]
    assert lines[0]["score"] is None
    assert [row["verdict"] for row in stored(tmp_path / "home")] == ["ERROR"]


@pytest.mark.parametrize(
    "words",
    [
        ("--headless", "--source", "ftp://nowhere", "--count", "1"),
        ("--headless", "--source", "folder:/does/not/exist", "--count", "1"),
        ("--headless", "--count", "0"),
        ("--headless", "--recipe", "no such recipe", "--count", "1"),
        ("--no-such-option",),
        ("inspect",),
        ("inspect", "/does/not/exist.png"),
        ("test", "--data", "/does/not/exist"),
        ("teach", "--good", "/does/not/exist", "--out", "x.safetensors"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*words, ADCLIP_HOME=str(tmp_path))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert done.stderr.strip()


def test_kill_in_the_middle_of_1000_inspections_loses_nothing(tmp_path: Path) -> None:
    words = ("--headless", "--source", "sim:fps=0", "--json", "--home", tmp_path)
    process = start(*words, "--count", 1000)
    assert process.stdout is not None
    printed = [process.stdout.readline() for _ in range(300)]
    process.kill()
    printed += process.stdout.readlines()
    process.wait(timeout=20)
    process.stdout.close()
    # The last line may be cut by the kill; every whole line counts.
    before = [line for line in printed if line.endswith("\n")]
    again = run(*words, "--count", 1000 - len(before))
    assert again.returncode == 0, again.stderr
    verdicts = objects("".join(before)) + objects(again.stdout)
    assert len(verdicts) == 1000
    rows = stored(tmp_path)
    row_ids = [row["id"] for row in rows]
    assert len(row_ids) == len(set(row_ids))
    assert {line["id"] for line in verdicts} <= set(row_ids)
    # Rows without a printed line: only those in flight between commit and print at the kill.
    assert len(rows) - 1000 <= 64
    for row in rows:
        if row["evidence"]["image"]:
            assert (tmp_path / "evidence" / row["evidence"]["image"]).is_file()
    assert not [row for row in rows if row["verdict"] == "NG" and not row["evidence"]["image"]]
