from __future__ import annotations

from pathlib import Path

import torch

from model.training.average import Average
from model.training.loop import fit
from model.training.snapshot import snapshot
from tests.model.training.short_runs import VALIDATION, config
from tests.model.training.trainees import BlotchTrainee, SpotViews


def moved(trainee: BlotchTrainee, by: float) -> None:
    with torch.no_grad():
        for weight in trainee.trained().values():
            weight.add_(by)


def test_the_average_follows_the_weights_by_its_decay() -> None:
    trainee = BlotchTrainee()
    start = snapshot(trainee)
    average = Average(trainee, 0.5)
    moved(trainee, 1.0)
    average.update(1000)  # far from the first steps: half of the way
    moved(trainee, 1.0)
    average.update(1001)
    for name, value in average.state().items():
        assert torch.allclose(value, start[name] + 0.5 * 0.5 + 0.5 * 2.0)


def test_in_the_first_steps_it_looks_back_less_far() -> None:
    trainee = BlotchTrainee()
    start = snapshot(trainee)
    average = Average(trainee, 0.99)
    moved(trainee, 1.0)
    average.update(1)
    for name, value in average.state().items():
        assert torch.allclose(value, start[name] + (1 - 2 / 11))


def test_it_is_shown_for_a_while_and_the_weights_come_back() -> None:
    trainee = BlotchTrainee()
    start = snapshot(trainee)
    average = Average(trainee, 0.9)
    moved(trainee, 1.0)
    with average.shown():
        shown = snapshot(trainee)
    assert all(torch.equal(shown[name], start[name]) for name in trainee.trained())
    for name, weight in trainee.trained().items():
        assert torch.allclose(weight, start[name] + 1.0)


def test_without_a_decay_nothing_is_averaged() -> None:
    trainee = BlotchTrainee()
    average = Average(trainee, 0.0)
    moved(trainee, 1.0)
    average.update(1)
    with average.shown():
        now = snapshot(trainee)
    assert average.state() == {}
    assert all(torch.equal(value, now[name]) for name, value in snapshot(trainee).items())


def test_a_run_judges_and_keeps_the_average(tmp_path: Path) -> None:
    plain, averaged = BlotchTrainee(), BlotchTrainee()
    one = fit(plain, SpotViews(8), VALIDATION, config(tmp_path / "a"))
    other = fit(averaged, SpotViews(8), VALIDATION, config(tmp_path / "b", average=0.9))
    # the steps are the same, what is judged and kept is not
    assert [e.losses["total"] for e in one.epochs] == [e.losses["total"] for e in other.epochs]
    assert one.epochs[-1].losses["validation"] != other.epochs[-1].losses["validation"]
    kept = snapshot(averaged)
    assert not all(torch.equal(value, kept[name]) for name, value in snapshot(plain).items())
