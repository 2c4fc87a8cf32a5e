from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import DatasetError, ModelError
from model.held_out import Labelled
from model.images import read_image
from model.report.shots import shots_table, write_selection
from model.select_shots import (
    CROSS_VALIDATION,
    GROWING,
    Selection,
    Trial,
    select_shots,
    smallest_as_good,
    smallest_within,
)
from model.teach import TeachingCancelled
from tests.model.test_teach import NEAR, good, part
from tests.model.tiny_clip import predictor


def holed(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Paint what the tiny detector can see."""
    found = picture.copy()
    y, x = rng.integers(30, 50, 2)
    found[y : y + 16, x : x + 12] = 10
    return found


def test_cross_validation_tries_all_counts_and_is_repeatable() -> None:
    def selected(seed: int) -> Selection:
        return select_shots(
            predictor(size=96), good(7), seed=seed, folds=2, lesson=NEAR, paint=holed
        )

    first = selected(3)
    assert [one.shots for one in first.trials] == [1, 2, 4]
    assert all(len(one.values) == 2 for one in first.trials)
    assert first.trials[-1].mean > 0.9
    assert first == selected(3)
    assert first.shots in (1, 2, 4)
    assert f"{first.shots} shots" in first.reason
    assert "painted defects" in first.judged_on


def test_growing_ends_when_more_shots_do_not_help() -> None:
    # nothing is painted: more shots cannot make equal pictures different
    selection = select_shots(
        predictor(size=96), good(9), GROWING, folds=1, lesson=NEAR, paint=lambda one, _: one
    )
    assert [one.values for one in selection.trials] == [(0.5,)] * 3
    assert [one.shots for one in selection.trials] == [1, 2, 3]
    assert selection.shots == 1
    assert "no further step" in selection.reason


def test_labelled_pictures_judge_instead_and_all_images_may_be_learned() -> None:
    bad = [part(900 + seed, hole=True) for seed in range(3)]
    labelled = Labelled([part(800 + seed) for seed in range(3)], bad)
    selection = select_shots(predictor(size=96), good(2), validation=labelled, folds=1, lesson=NEAR)
    assert [one.shots for one in selection.trials] == [1, 2]
    assert selection.trials[-1].mean == 1
    assert selection.judged_on == "3 good and 3 defective images"


def test_progress_counts_up_and_a_wish_to_stop_is_granted() -> None:
    calls: list[tuple[int, int]] = []
    select_shots(
        predictor(size=96), good(4), folds=1, counts=(1, 2), lesson=NEAR, paint=holed,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert len({total for _, total in calls}) == 1
    assert all(a <= b for (a, _), (b, _) in itertools.pairwise(calls))
    assert calls[-1][0] == calls[-1][1]
    seen = itertools.count()
    with pytest.raises(TeachingCancelled):
        select_shots(
            predictor(size=96), good(4), folds=1, lesson=NEAR, paint=holed,
            cancelled=lambda: next(seen) == 12,
        )  # fmt: skip


def test_too_few_or_one_sided_images_are_refused() -> None:
    judge = predictor(size=96)
    with pytest.raises(DatasetError, match="at least two good images"):
        select_shots(judge, good(1))
    with pytest.raises(DatasetError, match="good and defective"):
        select_shots(judge, good(3), validation=Labelled(good(2), []))
    with pytest.raises(ModelError, match="cross-validation or growing"):
        select_shots(judge, good(3), "guess")
    with pytest.raises(ModelError, match="at least one fold"):
        select_shots(judge, good(3), folds=0)


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=6),
    st.floats(0, 0.3),
)
def test_the_smallest_good_enough_number_is_taken(
    values: list[list[float]], tolerance: float
) -> None:
    trials = [Trial(2**n, tuple(some)) for n, some in enumerate(values)]
    best = max(one.mean for one in trials)
    chosen = smallest_within(trials, tolerance)
    assert chosen.mean >= best - tolerance
    assert all(one.mean < best - tolerance for one in trials if one.shots < chosen.shots)
    assert smallest_within(trials, 0.0).mean == best


def test_folds_are_compared_in_pairs() -> None:
    few = Trial(2, (0.50, 0.70, 0.90))
    more = Trial(4, (0.53, 0.735, 0.93))
    # every fold gains the same: certain, although the folds lie far apart
    assert smallest_as_good([few, more]) is more
    unsure = Trial(4, (0.40, 0.80, 0.95))
    assert unsure.mean > few.mean
    assert smallest_as_good([few, unsure]) is few
    assert smallest_as_good([Trial(1, (0.5,)), Trial(2, (0.6,))]).shots == 2
    assert smallest_as_good([Trial(1, (0.6,)), Trial(2, (0.6,))]).shots == 1


def test_table_and_curve_are_written(tmp_path: Path) -> None:
    trials = (Trial(1, (0.5, 1 / 3)), Trial(2, (0.75, 0.8)))
    selection = Selection(2, trials, CROSS_VALIDATION, "pictures", "because")
    table, curve = write_selection(selection, tmp_path / "new", "nut")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["shots"], row["chosen"]) for row in rows] == [("1", ""), ("2", "yes")]
    assert rows[0]["fold_2"] == "0.3333"
    assert shots_table(selection)[0][:3] == ["shots", "image_auroc", "spread"]
    assert read_image(curve).std() > 5
    assert curve.name == "nut_shots.png"
