from __future__ import annotations

import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from model.figures import (
    BOTH_LEVELS,
    IMAGE_LEVEL,
    METRIC_SETS,
    PIXEL_LEVEL,
    figures_of,
    mean_figures,
    mean_of,
    per_kind,
)
from tests.model.judged import judged

GOOD = [judged(score) for score in (0.1, 0.2, 0.3, 0.7)]
SCRATCH = [judged(score, "scratch") for score in (0.6, 0.9)]
DENT = [judged(score, "dent") for score in (0.25, 0.8, 0.95, 0.99)]
ALL = [*SCRATCH, *GOOD, *DENT]


def test_map_is_the_mean_over_kinds_against_all_good_images() -> None:
    expected = [
        average_precision_score([0] * 4 + [1] * len(some), [one.score for one in (*GOOD, *some)])
        for some in (SCRATCH, DENT)
    ]
    assert figures_of(ALL, 0.5).mean_ap == pytest.approx(sum(expected) / 2)
    assert figures_of(ALL, 0.5).mean_ap != pytest.approx(figures_of(ALL, 0.5).image_ap)


def test_the_limit_decides_precision_recall_and_counts() -> None:
    figures = figures_of(ALL, 0.5)
    assert (figures.false_calls, figures.escapes) == (1, 1)
    assert figures.precision == pytest.approx(5 / 6)
    assert figures.recall == pytest.approx(5 / 6)
    assert figures.f1 == pytest.approx(5 / 6)
    # an image at the limit is defective
    assert figures_of(ALL, 0.7).false_calls == 1
    assert figures_of(ALL, 0.701).false_calls == 0


def test_precision_and_recall_at_the_best_f1_belong_together() -> None:
    figures = figures_of(ALL, math.nan)
    p, r = figures.precision_at_f1_max, figures.recall_at_f1_max
    assert p is not None
    assert r is not None
    assert figures.f1_max == pytest.approx(2 * p * r / (p + r))


def test_without_a_limit_nothing_is_counted() -> None:
    figures = figures_of(ALL, math.nan)
    assert figures.false_calls is figures.escapes is figures.precision is figures.f1 is None


def test_nothing_called_leaves_precision_undefined_and_recall_zero() -> None:
    figures = figures_of(ALL, 5.0)
    assert figures.precision is None
    assert (figures.recall, figures.f1) == (0.0, 0.0)


@pytest.mark.parametrize("metrics", METRIC_SETS)
def test_each_set_has_its_figures_and_no_others(metrics: str) -> None:
    figures = figures_of(ALL, 0.5, metrics)
    assert (figures.image_auroc is None) == (metrics == PIXEL_LEVEL)
    assert (figures.pixel_auroc is None) == (metrics == IMAGE_LEVEL)
    assert (figures.aupro is None) == (metrics == IMAGE_LEVEL)
    assert (figures.n_good, figures.n_defective) == (4, 6)


def test_kinds_without_masks_count_on_image_level_only() -> None:
    unmarked = [judged(0.9, "unmarked", has_mask=False)]
    kinds = per_kind([*ALL, *unmarked], 0.5, BOTH_LEVELS)
    assert list(kinds) == ["dent", "scratch", "unmarked"]
    assert kinds["unmarked"]["pixel_auroc"] is None
    assert kinds["unmarked"]["image_auroc"] == 1
    assert kinds["dent"]["n"] == 4
    assert kinds["dent"]["escapes"] == 1
    assert kinds["dent"]["recall"] == 0.75


def test_one_class_only_is_undefined() -> None:
    for some in (GOOD, DENT, []):
        figures = figures_of(some, math.nan)
        assert figures.image_auroc is figures.image_ap is figures.f1_max is figures.mean_ap is None


def test_products_weigh_the_same_and_counts_add_up() -> None:
    small = figures_of([judged(0.1), judged(0.9, "dent")], 0.5)
    large = figures_of(ALL, 0.5)
    mean = mean_figures([small, large])
    assert large.image_auroc is not None
    assert mean.image_auroc == pytest.approx((1 + large.image_auroc) / 2)
    assert (mean.n_good, mean.n_defective, mean.escapes) == (5, 7, 1)
    assert mean.f1_max_limit is None
    assert mean_figures([large]) == large


def test_an_undefined_figure_is_left_out_of_the_mean() -> None:
    good_only = figures_of(GOOD, 0.5)
    assert mean_figures([good_only, figures_of(ALL, 0.5)]).image_auroc == pytest.approx(
        figures_of(ALL, 0.5).image_auroc
    )
    nothing = asdict(mean_figures([good_only]))
    assert nothing["image_auroc"] is None
    assert nothing["false_calls"] == 1


@given(st.lists(st.none() | st.floats(0, 1)))
def test_the_mean_lies_within(values: list[float | None]) -> None:
    known = [value for value in values if value is not None]
    mean = mean_of(values)
    if mean is None:
        assert not known
    else:
        assert min(known) - 1e-12 <= mean <= max(known) + 1e-12
