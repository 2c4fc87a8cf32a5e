"""The screens of the quality staff as an office PC opens them: no camera, no model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.station_process import run


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("plant") / "home"
    done = run("month", "--home", home, "--records", 2000, "--pictures", 10, "--seed", 3)
    assert done.returncode == 0, done.stderr
    return home


@pytest.mark.parametrize("page", ["review", "limits", "health", "reports"])
def test_a_screen_opens_on_the_plants_records(plant: Path, tmp_path: Path, page: str) -> None:
    picture = tmp_path / "window.png"
    words = ("--database", f"sqlite:///{(plant / 'station.db').as_posix()}")
    more = ("--evidence", plant / "evidence", "--page", page, "--screenshot", picture)
    done = run("--office", "--home", tmp_path, "--quit-after", 4, *words, *more)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "ERROR" not in done.stderr
    assert picture.stat().st_size > 20_000
    assert not (tmp_path / "station.db").exists()


def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    words = ("--office", "--home", tmp_path, "--database", "postgresql://nobody@127.0.0.1:1/plant")
    done = run(*words, "--quit-after", 4)
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if not line.startswith("QStandardPaths")]
    assert len(said) == 1
    assert said[0].startswith("error: The database server cannot be reached")
