from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.calibration import Sighting, calibrate
from model.detector import Scores
from model.detectors.normality import Normality


def taught(count: int = 40, seed: int = 0) -> tuple[Normality, list[Sighting], np.ndarray]:
    rng = np.random.default_rng(seed)
    levels = rng.normal((-1.0, -0.6, -0.5), (0.1, 0.02, 0.01), (count, 3))
    seen = [
        Sighting(score, 0.8 * peak, peak)
        for score, peak in rng.normal((2.0, 3.0), (0.2, 0.4), (count, 2))
    ]
    made = Normality(3)
    made.learn(seen, levels)
    return made, seen, levels


def judged(made: Normality, score: float, levels: list[float]) -> tuple[float, torch.Tensor]:
    shown = torch.linspace(0, score, 16).reshape(1, 1, 4, 4)
    found = made.judged(Scores(torch.tensor([score]), shown), torch.tensor([levels]))
    return float(found.image_score), found.anomaly_map


@given(seed=st.integers(0, 200), count=st.integers(2, 60))
@settings(max_examples=25, deadline=None)
def test_the_limit_of_normal_pictures_is_two(seed: int, count: int) -> None:
    made, seen, levels = taught(count, seed)
    plain = Scores(torch.tensor([one.score for one in seen]), torch.zeros(count, 1, 1, 1))
    excess = made.strangeness(torch.tensor(levels, dtype=torch.float32)) - 2
    scores = (plain.image_score - made.score[0]) / made.score[1]
    assert float(scores.median()) == pytest.approx(0, abs=0.6)
    limits = calibrate([Sighting(float(s), 0.0, 1.0) for s in scores])
    assert limits.limit == pytest.approx(2, abs=0.6)
    assert float(excess.max()) < 2


@pytest.mark.parametrize(
    "levels",
    [[-50.0, -40.0, -30.0], [-1.0, -0.6, -3.0], [-0.1, -0.1, -0.1]],
    ids=["all unlikely", "one scale unlikely", "too likely"],
)
def test_a_picture_that_is_strange_as_a_whole_is_high_everywhere(levels: list[float]) -> None:
    made, _, _ = taught()
    # by the paper's score it is perfect
    score, shown = judged(made, 0.0, levels)
    assert score > 4
    assert float(shown.min()) > 4


def test_what_stands_out_in_a_strange_picture_is_still_seen() -> None:
    made, _, _ = taught()
    _, usual = judged(made, 9.0, [-1.0, -0.6, -0.5])
    _, strange = judged(made, 9.0, [-50.0, -40.0, -30.0])
    assert float(strange.min()) > 4
    span = [float(one.max() - one.median()) for one in (usual, strange)]
    assert span[1] == pytest.approx(span[0], rel=1e-3)


def test_an_ordinary_picture_is_judged_by_its_places_alone() -> None:
    made, _, _ = taught()
    good, shown = judged(made, 2.0, [-1.0, -0.6, -0.5])
    bad, _ = judged(made, 6.0, [-1.05, -0.61, -0.5])
    assert abs(good) < 1
    assert bad > 2 + good
    assert float(shown.max()) > float(shown.min())


def test_where_strangeness_alone_reaches_the_limit_score_and_map_do() -> None:
    made, _, _ = taught()
    centre, below, _ = made.signs[:, 0].tolist()
    score, shown = judged(made, 0.0, [centre - 5.01 * below, -0.6, -0.5])
    assert score >= 2
    assert float(shown.min()) >= 2
    ordinary, _ = judged(made, 0.0, [centre - 2.9 * below, -0.6, -0.5])
    assert ordinary < 0


def test_the_stranger_the_higher() -> None:
    made, _, _ = taught()
    scores = [judged(made, 0.0, [-1.0 - away, -0.6, -0.5])[0] for away in (1.0, 2.0, 4.0, 1e6)]
    assert scores == sorted(scores)
    assert np.isfinite(scores[-1])


def test_a_single_picture_gives_wide_limits_and_none_is_refused() -> None:
    made = Normality(2)
    made.learn([Sighting(1.0, 0.5, 1.0)], [[-1.0, -2.0]])
    assert all(bool(value.isfinite().all()) for value in made.buffers())
    assert (made.signs[1:] > 0).all()
    with pytest.raises(ValueError, match="at least one"):
        made.learn([], np.zeros((0, 2)))
