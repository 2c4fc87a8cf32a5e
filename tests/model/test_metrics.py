from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

from model.metrics import (
    aupro,
    auroc,
    average_precision,
    f1_max,
    outcome,
    pixel_auroc,
    precision_recall,
    roc,
)
from tests.shared_data import golden

scored = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0])), min_size=2
).filter(lambda rows: 0 < sum(label for label, _ in rows) < len(rows))


@pytest.mark.parametrize("case", ["easy", "hard", "noisy"])
def test_the_four_numbers_of_the_reference(case: str) -> None:
    with np.load(golden("metrics.npz")) as file:
        masks, maps = file[f"{case}_gt"], file[f"{case}_amap"]
        labels, scores = file[f"{case}_labels"], file[f"{case}_scores"]
        expected = file[f"{case}_imageAUROC_imageAP_pixelAUROC_pixelAUPRO"]
    got = (
        auroc(labels, scores),
        average_precision(labels, scores),
        pixel_auroc(list(masks), list(maps)),
        aupro(list(masks), list(maps)),
    )
    assert np.abs(np.array(got) - expected).max() < 1e-9


@settings(max_examples=150, deadline=None)
@given(scored)
def test_areas_equal_those_of_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    labels = np.array([label for label, _ in rows])
    scores = np.array([score for _, score in rows])
    assert auroc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    expected = average_precision_score(labels, scores)
    assert average_precision(labels, scores) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(scored)
def test_no_limit_beats_the_best_f1_and_its_limit_reaches_it(
    rows: list[tuple[bool, float]],
) -> None:
    labels = np.array([label for label, _ in rows])
    scores = np.array([score for _, score in rows])
    best, limit = f1_max(labels, scores)
    assert f1_score(labels, scores >= limit) == pytest.approx(best, abs=1e-12)
    for other in np.unique(scores):
        assert f1_score(labels, scores >= other) <= best + 1e-12


def test_the_best_limit_lies_midway() -> None:
    assert f1_max(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])) == (1.0, 0.5)


def test_one_class_only_is_undefined() -> None:
    labels, scores = np.ones(3), np.arange(3.0)
    assert math.isnan(auroc(labels, scores))
    assert math.isnan(average_precision(labels, scores))
    assert math.isnan(f1_max(labels, scores)[0])
    assert math.isnan(pixel_auroc([], []))
    assert math.isnan(aupro([], []))
    assert math.isnan(aupro([np.eye(4)], [np.ones((4, 4), np.float32)]))
    ramp = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert math.isnan(aupro([np.zeros((4, 4))], [ramp]))


def test_aupro_of_a_perfect_map_and_of_a_missed_region() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[5:15, 5:15] = 1
    mask[40:44, 40:44] = 1
    noise = np.random.default_rng(2).random((64, 64), dtype=np.float32)
    seen = np.where(mask > 0, 2 + noise, noise).astype(np.float32)
    missed = seen.copy()
    missed[40:44, 40:44] = -1
    assert aupro([mask], [seen]) == pytest.approx(1, abs=1e-6)
    # the two regions weigh the same although one has six times the area
    assert aupro([mask], [missed]) == pytest.approx(0.5, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(scored)
def test_curve_points_equal_those_of_scikit_learn(rows: list[tuple[bool, float]]) -> None:
    labels = np.array([label for label, _ in rows])
    scores = np.array([score for _, score in rows])
    false, hits, limits = roc(labels, scores)
    expected = roc_curve(labels, scores, drop_intermediate=False)
    for got, wanted in zip((false, hits, limits), expected, strict=True):
        assert got == pytest.approx(wanted)
    precision, recall, steps = precision_recall(labels, scores)
    wanted_precision, wanted_recall, wanted_steps = precision_recall_curve(labels, scores)
    assert steps == pytest.approx(wanted_steps[::-1])
    # theirs ends with the made-up point (1, 0)
    assert precision == pytest.approx(wanted_precision[-2::-1])
    assert recall == pytest.approx(wanted_recall[-2::-1])


@settings(max_examples=150, deadline=None)
@given(scored, st.sampled_from([-1.0, 0.1, 0.15, 0.9, 2.0]))
def test_the_outcome_of_a_limit_adds_up(rows: list[tuple[bool, float]], limit: float) -> None:
    labels = np.array([label for label, _ in rows])
    scores = np.array([score for _, score in rows])
    called = scores >= limit
    got = outcome(labels, scores, limit)
    assert got.false_calls == np.sum(called & ~labels)
    assert got.escapes == np.sum(~called & labels)
    assert got.f1 == pytest.approx(f1_score(labels, called))
    assert got.recall == pytest.approx(recall_score(labels, called))
    assert math.isnan(got.precision) == (not called.any())
    if called.any():
        assert got.precision == pytest.approx(precision_score(labels, called))
