from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from model.errors import CheckpointError
from model.training import state
from model.training.config import LoopResult
from model.training.example import Example
from model.training.loop import fit
from model.training.snapshot import snapshot
from tests.model.training.short_runs import (
    VALIDATION,
    assert_same,
    assert_same_weights,
    config,
    run,
    stop_at,
)
from tests.model.training.trainees import Blotch, BlotchTrainee, SpotViews


@pytest.mark.parametrize(("accumulate", "average"), [(1, 0.0), (2, 0.0), (1, 0.9)])
@pytest.mark.parametrize("asked", [3, 15, 16, 19, 22, 26, 31, 38])
def test_a_cancelled_run_goes_on_with_the_same_numbers(
    tmp_path: Path, asked: int, accumulate: int, average: float
) -> None:
    ones = [BlotchTrainee(noise=0.1), BlotchTrainee(noise=0.1)]
    options: dict[str, Any] = {"accumulate": accumulate, "schedule": "cosine", "warm_up": 0.2}
    options["average"] = average
    whole = run(tmp_path / "whole", ones[0], **options)
    chosen = config(tmp_path / "parts", **options)
    first = fit(
        BlotchTrainee(noise=0.1), SpotViews(8), VALIDATION, chosen, cancelled=stop_at(asked)
    )
    assert first.stopped == "cancelled"
    assert len(first.epochs) < 4
    rest = fit(ones[1], SpotViews(8), VALIDATION, dataclasses.replace(chosen, resume=True))
    assert_same(whole, rest)
    assert_same_weights(*ones)


def test_a_cancelled_run_leaves_the_best_weights_so_far(tmp_path: Path) -> None:
    trainee = BlotchTrainee()
    seen: list[dict[str, torch.Tensor]] = []
    result = fit(
        trainee,
        SpotViews(8),
        VALIDATION,
        config(tmp_path),
        cancelled=stop_at(28),
        on_epoch=lambda _: seen.append(snapshot(trainee)),
    )
    assert result.best
    kept = snapshot(trainee)
    assert all(torch.equal(value, seen[result.best - 1][name]) for name, value in kept.items())


def test_a_resumed_run_takes_the_features_from_the_disk(tmp_path: Path) -> None:
    options: dict[str, Any] = {"cache_bytes": 0, "resume": True}
    fit(
        BlotchTrainee(),
        SpotViews(8),
        VALIDATION,
        config(tmp_path, **options),
        cancelled=stop_at(20),
    )
    later = BlotchTrainee()
    run(tmp_path, later, **options)
    assert later.pictures == 0


def test_a_finished_run_may_be_made_longer_at_a_constant_rate(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", epochs=5)
    run(tmp_path / "parts", epochs=3)
    assert_same(whole, run(tmp_path / "parts", epochs=5, resume=True))
    cosine = {"schedule": "cosine", "resume": True}
    run(tmp_path / "cosine", epochs=3, **cosine)
    with pytest.raises(CheckpointError, match="epochs 3 instead of 5"):
        run(tmp_path / "cosine", epochs=5, **cosine)


def _resume(folder: Path, **changes: Any) -> LoopResult:
    chosen = config(folder, resume=True)
    return fit(
        changes.get("trainee") or BlotchTrainee(),
        changes.get("views") or SpotViews(8),
        VALIDATION,
        dataclasses.replace(chosen, **changes.get("config", {})),
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"config": {"seed": 5}}, "seed 111 instead of 5"),
        ({"config": {"batch_size": 2}}, "batch size 3 instead of 2"),
        ({"config": {"learning_rate": 0.1}}, r"learning rate 0\.01 instead of 0\.1"),
        ({"config": {"betas": (0.5, 0.9)}}, "other betas"),
        ({"views": SpotViews(8, seed=1)}, "other pictures"),
        ({"views": SpotViews(9)}, "other pictures"),
        ({"views": SpotViews(8, unknown=3)}, "other pictures"),
        ({"trainee": BlotchTrainee(Blotch(seed=1))}, "another backbone or detector"),
        ({"trainee": BlotchTrainee(Blotch(width=5))}, "another backbone or detector"),
    ],
)
def test_a_state_of_another_run_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    run(tmp_path, epochs=2)
    before = (tmp_path / state.FILE).read_bytes()
    with pytest.raises(CheckpointError, match=said):
        _resume(tmp_path, **changes)
    assert (tmp_path / state.FILE).read_bytes() == before
    assert _resume(tmp_path).stopped == "finished"


def test_pictures_varied_in_another_way_are_other_pictures(tmp_path: Path) -> None:
    class Unvaried(SpotViews):
        def view(self, index: int, turn: int) -> Example:
            return super().view(index, 0)

    for turns in (0, 3):
        chosen = config(tmp_path / str(turns), turns=turns, epochs=1)
        fit(BlotchTrainee(), SpotViews(8), VALIDATION, chosen)
        again = dataclasses.replace(chosen, resume=True)
        with pytest.raises(CheckpointError, match="other pictures"):
            fit(BlotchTrainee(), Unvaried(8), VALIDATION, again)


def test_without_resume_the_state_is_replaced(tmp_path: Path) -> None:
    run(tmp_path, epochs=2)
    result = run(tmp_path, epochs=3, seed=5)
    assert_same(result, run(tmp_path, epochs=3, seed=5, resume=True))


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / state.FILE).write_bytes(b"not a state")
    with pytest.raises(CheckpointError, match="damaged"):
        _resume(tmp_path)
