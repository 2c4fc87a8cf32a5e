from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from model.errors import ModelError
from model.training import distributed, state
from model.training.cache import FOLDER
from tests.model.training.processes import ROOT, figures, outcome, start, start_together


def assert_equal(expected: dict[str, Any], found: dict[str, Any], tolerance: float) -> None:
    assert len(expected["epochs"]) == len(found["epochs"])
    for one, other in zip(figures(expected), figures(found), strict=True):
        assert one == pytest.approx(other, rel=0, abs=tolerance)
    assert expected["sums"] == pytest.approx(found["sums"], rel=0, abs=10 * tolerance)


@pytest.mark.parametrize(
    ("trainee", "pictures", "config", "tolerance"),
    [
        # a last batch of one example, smaller than the number of processes
        ("double", 9, {"batch_size": 4}, 1e-12),
        ("double", 9, {"batch_size": 2, "accumulate": 3, "turns": 0, "clip": 0.01}, 1e-12),
        # one picture: the second process never has an example of its own
        ("double", 1, {"batch_size": 1}, 1e-12),
        ("double prompt", 9, {"batch_size": 4}, 1e-9),
    ],
)
def test_two_processes_train_as_one_with_the_whole_batch(
    tmp_path: Path, trainee: str, pictures: int, config: dict[str, Any], tolerance: float
) -> None:
    options = ("--trainee", trainee, "--pictures", str(pictures))
    chosen = ("--config", json.dumps(config | {"epochs": 3}))
    alone = start(tmp_path / "alone", *options, *chosen)
    first, second = start_together(tmp_path / "together", 2, *options, *chosen)
    expected, found = outcome(alone), outcome(first)
    out, errors = second.communicate(timeout=60)
    assert second.returncode == 0, errors
    assert "Warning" not in errors
    assert out == ""  # it neither reports nor validates
    assert_equal(expected, found, tolerance)
    assert [path.name for path in (tmp_path / "together").iterdir()] == [state.FILE]


def test_a_run_of_one_process_goes_on_with_two(tmp_path: Path) -> None:
    options = ("--trainee", "double", "--config")
    whole = start(tmp_path / "alone", *options, '{"epochs": 3}')
    outcome(start(tmp_path / "parts", *options, '{"epochs": 1}'))
    chosen = '{"epochs": 3, "resume": true}'
    first, second = start_together(tmp_path / "parts", 2, *options, chosen)
    found = outcome(first)
    second.communicate(timeout=60)
    assert_equal(outcome(whole), found, 1e-12)


def test_features_are_shared_out_and_a_cancel_in_one_process_stops_all(tmp_path: Path) -> None:
    chosen = ("--config", '{"epochs": 1, "cache_bytes": 0}', "--stop", "1")
    first, second = start_together(tmp_path, 2, *chosen)
    # the second sees no progress, so it does not ask to stop by itself
    assert outcome(first)["stopped"] == "cancelled"
    second.communicate(timeout=60)
    assert second.returncode == 0
    counts = [len(list((tmp_path / FOLDER / rank).iterdir())) for rank in ("0", "1")]
    # 5 of the 9 pictures and the 6 of the validation, and the other 4
    assert counts == [11, 4]


def test_torchrun_starts_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = ["-m", "tests.model.training.run_fit", str(tmp_path), "--config", '{"epochs": 1}']
    done = subprocess.run(
        [*command, *script],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"stopped": "finished"' in done.stdout


def test_alone_everything_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert distributed.is_main()
    assert distributed.local_rank() == 0
    with distributed.joined(torch.device("cpu")) as processes:
        assert (processes.rank, processes.size, processes.is_main) == (0, 1, True)
        assert processes.gathered("x") == ["x"]
        assert processes.from_main("x") == "x"
        module = torch.nn.Linear(1, 1)
        assert processes.wrapped(module) is module


def test_a_damaged_environment_gives_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "two")
    with (
        pytest.raises(ModelError, match="WORLD_SIZE is 'two'"),
        distributed.joined(torch.device("cpu")),
    ):
        pass
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    monkeypatch.delenv("RANK", raising=False)
    with (
        pytest.raises(ModelError, match="start them with torchrun"),
        distributed.joined(torch.device("cpu")),
    ):
        pass
