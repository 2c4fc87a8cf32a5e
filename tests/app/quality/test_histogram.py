"""The histogram counts every reviewed part with what it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from app.quality.histogram import histogram
from app.quality.record_sample import Edition, sample_of_records
from app.quality.score_sample import sample_of_lists
from tests.app.quality.parts import Line, columns


def test_it_counts_what_the_parts_stand_for() -> None:
    sample = sample_of_records(columns(Line()), {1: Edition(0.2)})
    found = histogram(sample, 50)
    assert found is not None
    assert found.edges.size == 51
    assert found.good.sum() == pytest.approx(sample.good.parts)
    assert found.defective.sum() == pytest.approx(sample.defective.parts)
    # One drawn part stands for five.
    assert np.unique(found.good[found.edges[1:] < 1.0] % 5).max() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("score", [0.0, 7.5, -1e6, 1e9])
def test_equal_scores_have_a_width(score: float) -> None:
    found = histogram(sample_of_lists([score, score], [score]))
    assert found is not None
    assert (np.diff(found.edges) > 0).all()
    assert (found.good.sum(), found.defective.sum()) == (2, 1)


def test_without_scores_there_is_none() -> None:
    assert histogram(sample_of_lists([], [])) is None
