"""The window as a user starts it: first start, nothing configured."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.station_process import run, stored


def test_first_start_judges_the_demo_line_by_itself(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = run("--quit-after", 12, "--home", tmp_path / "home", "--screenshot", picture)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert picture.stat().st_size > 20_000
    rows = stored(tmp_path / "home")
    assert len(rows) >= 10
    assert {row["recipe"] for row in rows} == {"demo"}
    assert {row["verdict"] for row in rows} <= {"OK", "NG", "REVIEW"}


def test_second_start_keeps_what_was_stored(tmp_path: Path) -> None:
    words = ("--quit-after", 6, "--home", tmp_path)
    assert run(*words).returncode == 0
    before = [row["id"] for row in stored(tmp_path)]
    assert run(*words).returncode == 0
    after = [row["id"] for row in stored(tmp_path)]
    assert after[: len(before)] == before
    assert len(after) > len(before)
