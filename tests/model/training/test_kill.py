from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from model.training import state
from tests.model.training.processes import LIMIT_S, figures, outcome, start


def wait_for(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    for found in process.stdout:
        if found.strip() == line:
            return
    assert process.stderr is not None
    pytest.fail(f"no {line!r}: {process.stderr.read()}")


def kill(process: subprocess.Popen[str]) -> None:
    # SIGKILL, on Windows TerminateProcess: neither lets the process do anything more
    process.kill()
    process.communicate(timeout=LIMIT_S)
    assert process.returncode == (1 if os.name == "nt" else -signal.SIGKILL)


@pytest.mark.parametrize("trainee", ["blotch", "prompt"])
def test_a_run_that_was_killed_goes_on_with_the_numbers_of_one_that_was_not(
    tmp_path: Path, trainee: str
) -> None:
    options = ("--trainee", trainee, "--config", '{"resume": true, "cache_bytes": 0}')
    whole = start(tmp_path / "whole", *options)
    killed = start(tmp_path / "killed", *options, "--pause", "0.05")
    wait_for(killed, "training 5 12")  # the middle of the second of four epochs
    kill(killed)
    content = state.read(tmp_path / "killed")
    assert content is not None
    assert len(state.from_bytes(content, tmp_path).epochs) == 1
    expected, found = outcome(whole), outcome(start(tmp_path / "killed", *options))
    assert [epoch["number"] for epoch in found["epochs"]] == [1, 2, 3, 4]
    for one, other in zip(figures(expected), figures(found), strict=True):
        assert one == pytest.approx(other, rel=0, abs=1e-6)
    assert expected["best"] == found["best"]
    assert expected["sums"] == pytest.approx(found["sums"], rel=0, abs=1e-6)


def test_a_run_that_was_killed_while_computing_features_starts_again(tmp_path: Path) -> None:
    options = ("--config", '{"resume": true, "cache_bytes": 0, "epochs": 1}')
    killed = start(tmp_path, *options, "--pause", "0.05")
    wait_for(killed, "features 4 15")
    kill(killed)
    assert state.read(tmp_path) is None
    assert len(outcome(start(tmp_path, *options))["epochs"]) == 1


@pytest.mark.skipif(os.name == "nt", reason="process groups and Ctrl-C are POSIX here")
def test_ctrl_c_at_the_terminal_ends_all_processes_and_the_run_goes_on(tmp_path: Path) -> None:
    chosen = '{"resume": true, "workers": 2, "cache_bytes": 0, "disk_bytes": 0, "epochs": 2}'
    options = ("--config", chosen)
    process = start(tmp_path, *options, "--pause", "0.05", own_group=True)
    wait_for(process, "training 2 6")
    os.killpg(process.pid, signal.SIGINT)  # the terminal sends it to the workers too
    assert outcome(process)["stopped"] == "cancelled"
    _assert_group_is_gone(process.pid)
    found = outcome(start(tmp_path, *options))
    assert found["stopped"] == "finished"
    whole = outcome(start(tmp_path / "whole", "--config", '{"epochs": 2}'))
    assert figures(whole) == [pytest.approx(each, rel=0, abs=1e-6) for each in figures(found)]


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX")
def test_workers_do_not_outlive_a_run_that_was_killed(tmp_path: Path) -> None:
    chosen = '{"workers": 2, "cache_bytes": 0, "disk_bytes": 0}'
    process = start(tmp_path, "--config", chosen, "--pause", "0.05", own_group=True)
    wait_for(process, "training 2 12")
    kill(process)
    _assert_group_is_gone(process.pid)


def _assert_group_is_gone(group: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        if time.monotonic() > deadline:
            os.killpg(group, signal.SIGKILL)
            pytest.fail("processes of the run are left")
        time.sleep(0.1)
