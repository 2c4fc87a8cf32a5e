"""Log set-up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import log


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    for handler in [h for h in root.handlers if h not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.logs_expected
def test_records_reach_file_and_ring_but_not_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = log.set_up(tmp_path / "logs")
    log.camera.warning("lens cap on")
    assert "lens cap on" in ring.lines[-1]
    assert "lens cap on" in (tmp_path / "logs" / "station.log").read_text("utf-8")
    assert capsys.readouterr().out == ""


def test_setting_up_twice_does_not_double_the_lines(tmp_path: Path) -> None:
    log.set_up(tmp_path)
    ring = log.set_up(tmp_path)
    log.camera.info("once")
    assert sum("once" in line for line in ring.lines) == 1
    assert (tmp_path / "station.log").read_text("utf-8").count("once") == 1
