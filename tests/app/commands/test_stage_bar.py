from __future__ import annotations

import io
import sys

import pytest
from tqdm import tqdm

from app.commands.stage_bar import StageBar
from model.training.config import TrainingProgress


@pytest.fixture(autouse=True)
def no_monitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tqdm from starting a thread that outlives the test."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stages: list[tuple[str, int]]) -> None:
    with StageBar() as bar:
        for stage, done in stages:
            bar.show(TrainingProgress(stage, done, 4))


STAGES = [("features", 1), ("features", 4), ("train", 2), ("validation", 1), ("train", 4)]


def test_each_stage_has_its_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    shown(STAGES)
    said = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "features: 100%" in said
    assert "train: 100%" in said
    assert "validation" not in said


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown(STAGES)
    assert capsys.readouterr().err == ""
