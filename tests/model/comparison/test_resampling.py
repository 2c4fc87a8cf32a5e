"""Intervals: figures of resamples are those of `model.metrics` on repeated pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.comparison.image_figures import Ranked, aurocs, average_precisions, f1_maxima
from model.comparison.resampling import Interval, by_parts, draws, interval
from model.metrics import auroc, average_precision, f1_max

FIGURES = {
    "auroc": (aurocs, auroc),
    "average_precision": (average_precisions, average_precision),
    "f1_max": (f1_maxima, lambda truth, scores: f1_max(truth, scores)[0]),
}


@pytest.mark.parametrize("name", FIGURES)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=25
    )
)
def test_a_resample_is_a_list_with_repeated_pictures(
    name: str, rows: list[tuple[bool, int, int]]
) -> None:
    many, single = FIGURES[name]
    truth = np.array([row[0] for row in rows])
    scores = np.array([row[1] / 3 for row in rows])
    times = np.array([row[2] for row in rows])
    (found,) = many(Ranked.of(truth, scores), times[None])
    if not truth[times > 0].any() or truth[times > 0].all():
        return
    assert found == pytest.approx(single(np.repeat(truth, times), np.repeat(scores, times)))


def test_a_resample_of_one_class_has_no_area() -> None:
    ranked = Ranked.of(np.array([False, True]), np.array([0.1, 0.2]))
    assert np.isnan(aurocs(ranked, np.array([[2, 0]]))).all()


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 5))
def test_every_resample_keeps_the_share_of_defective_pictures(truth: list[bool], seed: int) -> None:
    defective = np.array(truth)
    counts = draws(defective, 20, seed)
    assert (counts[:, defective].sum(axis=1) == defective.sum()).all()
    assert (counts.sum(axis=1) == len(truth)).all()
    assert (counts == draws(defective, 20, seed)).all()


def test_pictures_of_one_group_are_drawn_together() -> None:
    defective = np.array([False, False, True, True, True, False])
    groups = np.array([0, 0, 1, 1, 2, 2])
    counts = draws(defective, 50, 2, groups)
    for first, second in ((0, 1), (2, 3), (4, 5)):
        assert (counts[:, first] == counts[:, second]).all()
    # the one group without a defect is always there; the two with one make up for each other
    assert (counts[:, 0] == 1).all()
    assert (counts[:, 2] + counts[:, 4] == 2).all()


def test_the_interval_of_a_mean_is_that_of_the_books() -> None:
    values = np.random.default_rng(3).normal(5, 2, 400)
    counts = draws(np.zeros(400, bool), 2000, 1)
    found = interval(float(values.mean()), by_parts(counts, lambda some: some @ values / 400))
    half = 1.96 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - half, abs=0.05)
    assert found.high == pytest.approx(values.mean() + half, abs=0.05)


def test_what_is_not_defined_has_no_interval() -> None:
    assert interval(math.nan, [0.1, 0.2]) == Interval()
    assert interval(None, [0.1, 0.2]) == Interval()
    assert interval(0.5, [math.nan, math.nan, 0.4]) == Interval(0.5)
    assert interval(0.5, []) == Interval(0.5)
