from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.layers.flow_scores import WAYS, flow_scores

SIZE = (32, 32)


def likelihoods(count: int = 3, seed: int = 0, spread: float = 1.0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [
        -spread * torch.rand(count, 1, cells, cells, generator=generator) for cells in (8, 4, 2)
    ]


@pytest.mark.parametrize("way", WAYS)
def test_the_best_place_of_a_picture_is_zero_and_all_others_are_above(way: str) -> None:
    found = flow_scores(likelihoods(), SIZE, score=way, shown=way)
    assert found.anomaly_map.shape == (3, 1, *SIZE)
    assert torch.allclose(found.anomaly_map.amin((1, 2, 3)), torch.zeros(3), atol=1e-6)
    assert (found.score > 0).all()


@given(count=st.integers(1, 11), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_a_batch_is_scored_as_its_pictures_are(count: int, seed: int) -> None:
    logs = likelihoods(count, seed)
    together = flow_scores(logs, SIZE)
    for number in range(count):
        alone = flow_scores([one[number : number + 1] for one in logs], SIZE)
        assert torch.allclose(together.score[number], alone.score[0], atol=1e-6)
        assert torch.allclose(together.anomaly_map[number], alone.anomaly_map[0], atol=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_a_worse_place_is_higher_and_never_saturates(way: str) -> None:
    scores = []
    for depth in (1.0, 5.0, 25.0, 60.0):
        logs = [torch.zeros(1, 1, cells, cells) for cells in (8, 4, 2)]
        for one in logs:
            one[:, :, -1, -1] = -depth
        found = flow_scores(logs, SIZE, share=0.001, score=way, shown=way)
        row, column = divmod(int(found.anomaly_map.argmax()), SIZE[1])
        assert (row, column) == (SIZE[0] - 1, SIZE[1] - 1)
        scores.append(float(found.score))
    assert scores == sorted(scores)
    assert len(set(scores)) == len(scores)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_too_unlikely_for_the_numbers_stays_finite(way: str) -> None:
    logs = [torch.zeros(1, 1, 4, 4) for _ in range(3)]
    for one in logs:
        one[:, :, 2:, 2:] = -1e9
    found = flow_scores(logs, SIZE, score=way, shown=way)
    assert found.score.isfinite().all()
    assert found.anomaly_map.isfinite().all()
    assert float(found.score) > 50


def test_by_itself_a_picture_that_is_wrong_everywhere_is_perfect() -> None:
    # what `Normality` is there for
    logs = [torch.full((1, 1, 4, 4), -1000.0) for _ in range(3)]
    assert float(flow_scores(logs, SIZE).score) == pytest.approx(0, abs=1e-2)
