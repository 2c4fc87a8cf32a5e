"""The measurement of a line with a candidate beside it runs and compares like with like."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.bench import beside
from app.errors import UsageError
from app.paths import Home
from model.errors import CheckpointError
from tests.rigs.grey_detector import GreyDetector


def load(name: str) -> GreyDetector:
    if name == "nowhere":
        raise CheckpointError("There is no checkpoint 'nowhere'.")
    return GreyDetector(name, limit=0.9)


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_BETWEEN_S", 0.02)
    monkeypatch.setattr(beside, "_TURNS", 2)


def test_every_figure_has_the_line_without_a_shadow_beside_it(qtbot: QtBot, tmp_path: Path) -> None:
    rows = beside.measure_beside(load, "grey", Path("other"), Home(tmp_path / "home"), frames=16)
    found = {row.name: row for row in rows}
    share = found.pop("shadow_judged_share")
    assert 0 <= share.value <= 100
    assert len(found) == 4
    assert all(row.value > 0 for row in found.values())
    assert all(row.baseline for row in found.values())


@pytest.mark.logs_expected
def test_a_candidate_that_cannot_be_used_is_said_to_be_so(qtbot: QtBot, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no checkpoint 'nowhere'"):
        beside.measure_beside(load, "grey", Path("nowhere"), Home(tmp_path / "home"), frames=16)
