from __future__ import annotations

import pytest
import torch

from model.errors import CheckpointError
from model.training.snapshot import restore, snapshot
from tests.model.training.trainees import Blotch, BlotchTrainee, PromptTrainee


def test_a_snapshot_holds_what_trains_and_all_buffers_but_no_frozen_weight() -> None:
    assert sorted(snapshot(BlotchTrainee())) == [
        "detector.calls",
        "detector.head.bias",
        "detector.head.weight",
    ]
    names = snapshot(PromptTrainee())
    assert "detector.text_features" in names
    assert not any(name.startswith("detector.clip.visual") for name in names)


def test_a_snapshot_does_not_follow_the_trainee_and_is_put_back() -> None:
    trainee = BlotchTrainee()
    before = snapshot(trainee)
    with torch.no_grad():
        for value in trainee.trained().values():
            value.add_(1)
    after = snapshot(trainee)
    assert not torch.equal(before["detector.head.bias"], after["detector.head.bias"])
    restore(trainee, before)
    assert all(torch.equal(value, before[name]) for name, value in snapshot(trainee).items())
    assert trainee.refreshed == 1
    assert all(value.requires_grad for value in trainee.trained().values())


@pytest.mark.parametrize("fault", ["missing", "surplus", "shape"])
def test_a_snapshot_of_another_model_is_refused_whole(fault: str) -> None:
    trainee = BlotchTrainee()
    state = snapshot(BlotchTrainee(Blotch(seed=1)))
    if fault == "missing":
        del state["detector.head.weight"]
    elif fault == "surplus":
        state["more"] = torch.zeros(1)
    else:
        state["detector.head.weight"] = torch.zeros(1, 7)
    before = snapshot(trainee)
    with pytest.raises(CheckpointError, match="does not fit this model"):
        restore(trainee, state)
    assert all(torch.equal(value, before[name]) for name, value in snapshot(trainee).items())
