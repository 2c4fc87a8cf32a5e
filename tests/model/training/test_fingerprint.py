from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.errors import CheckpointError
from model.training.config import LoopConfig
from model.training.fingerprint import check_same_run, frozen_hash, joint_hash, settings
from tests.model.training.trainees import Blotch, BlotchTrainee

CONFIG = LoopConfig(Path("a"))


def test_settings_are_json_and_leave_out_what_changes_no_number() -> None:
    found = settings(CONFIG, BlotchTrainee())
    assert json.loads(json.dumps(found)) == found
    other = replace(
        CONFIG,
        folder=Path("b"),
        cache_bytes=1,
        disk_bytes=1,
        workers=3,
        resume=True,
        keep_epochs=False,
    )
    assert settings(other, BlotchTrainee()) == found


def test_the_number_of_epochs_counts_where_the_rate_depends_on_it() -> None:
    for change, counts in (({}, False), ({"schedule": "cosine"}, True), ({"warm_up": 0.1}, True)):
        ones = [replace(CONFIG, epochs=n, **change) for n in (3, 4)]  # type: ignore[arg-type]
        found = [settings(one, BlotchTrainee()) for one in ones]
        assert (found[0] != found[1]) is counts


def test_the_weights_of_the_losses_count() -> None:
    trainee = BlotchTrainee()
    found = settings(CONFIG, trainee)
    trainee.weights = {"cells": 3.0}
    assert settings(CONFIG, trainee) != found


def test_frozen_weights_count_and_trained_ones_do_not() -> None:
    trainee = BlotchTrainee()
    detector = trainee.detector
    assert isinstance(detector, Blotch)
    found = frozen_hash(trainee, "float32")
    assert frozen_hash(trainee, "float16") != found
    with torch.no_grad():
        detector.head.weight.add_(1)
        assert frozen_hash(trainee, "float32") == found
        detector.frozen.weight[0, 0, 0, 0] += 1e-6
        assert frozen_hash(trainee, "float32") != found


def test_half_precision_weights_have_a_hash() -> None:
    trainee = BlotchTrainee()
    assert isinstance(trainee.detector, Blotch)
    trainee.detector.frozen.bfloat16()
    assert len(frozen_hash(trainee, "float32")) == 32


@given(st.dictionaries(st.integers(0, 20), st.text("ab", min_size=1), max_size=5), st.randoms())
def test_the_joint_hash_does_not_depend_on_the_order_of_reading(
    digests: dict[int, str], random: object
) -> None:
    items = list(digests.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert joint_hash(dict(items)) == joint_hash(digests)
    assert joint_hash(digests | {21: "a"}) != joint_hash(digests)


def test_the_first_difference_is_named() -> None:
    check_same_run({"seed": 1}, {"seed": 1}, "folder")
    for stored, own, said in (
        ({"seed": 1}, {"seed": 2}, "in folder is of a run with seed 1 instead of 2; choose"),
        ({"frozen": "a"}, {"frozen": "b"}, "with another backbone or detector"),
        ({"data": "a"}, {"data": "b"}, "with other pictures"),
        ({"class names": ["a"]}, {"class names": []}, "with other class names"),
        ({"old": 1}, {}, "with other old"),
    ):
        with pytest.raises(CheckpointError, match=said):
            check_same_run(stored, own, "folder")
