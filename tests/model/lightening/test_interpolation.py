from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model.lightening.interpolation import kept_channels, told_by


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), alive=st.integers(1, 6), repeated=st.integers(0, 6))
def test_channels_that_others_tell_are_dropped_without_loss(
    seed: int, alive: int, repeated: int
) -> None:
    rng = np.random.default_rng(seed)
    base = rng.normal(0, 1, (200, alive))
    seen = np.concatenate([base, base @ rng.normal(0, 1, (alive, repeated))], axis=1)
    seen = seen[:, rng.permutation(seen.shape[1])]
    product = seen.T @ seen / len(seen)
    kept = kept_channels([product], [np.ones(seen.shape[1])], alive)
    assert kept == sorted(set(kept))
    assert len(kept) == alive
    told = seen[:, kept] @ told_by(product, kept).T
    # the ridge leaves a little
    assert np.abs(told - seen).max() < 0.02 * max(1.0, np.abs(seen).max())


def test_those_that_stay_are_themselves() -> None:
    rng = np.random.default_rng(1)
    seen = rng.normal(0, 1, (100, 5))
    mixing = told_by(seen.T @ seen, [1, 3])
    assert mixing.shape == (5, 2)
    np.testing.assert_array_equal(mixing[[1, 3]], np.eye(2))


def test_channels_that_nobody_reads_go_first() -> None:
    rng = np.random.default_rng(2)
    seen = rng.normal(0, 1, (100, 6)) * [9, 1, 1, 1, 1, 1]
    weight = np.array([0.0, 1, 1, 1, 0.001, 1])
    assert kept_channels([seen.T @ seen / 100], [weight], 4) == [1, 2, 3, 5]


def test_dead_channels_leave_as_many_as_were_asked_for() -> None:
    nothing = np.zeros((6, 6))
    assert len(kept_channels([nothing], [np.ones(6)], 3)) == 3
    assert np.isfinite(told_by(nothing, [0, 1, 2])).all()
