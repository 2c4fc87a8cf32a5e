from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from model.detector import Scores
from model.errors import ModelError
from model.export.batches import AtEveryPlace, check_batch, in_batches


def means(images: np.ndarray) -> list[Any]:
    """A graph that says of each picture how bright it is."""
    score = images.mean((1, 2, 3))
    return [score, images.mean(1, keepdims=True), np.stack([score, 1 - score], 1)]


@pytest.mark.parametrize("batch", [1, 2, 3, 8])
def test_any_number_of_pictures_goes_through_a_fixed_batch(batch: int) -> None:
    images = torch.rand(5, 3, 4, 4)
    seen: list[int] = []

    def run(some: np.ndarray) -> list[Any]:
        seen.append(len(some))
        return means(some)

    found = in_batches(images, batch, run)
    torch.testing.assert_close(found.image_score, images.mean((1, 2, 3)))
    assert found.anomaly_map.shape == (5, 1, 4, 4)
    assert found.class_probabilities is not None
    assert found.class_probabilities.shape == (5, 2)
    assert set(seen) == {batch}


def test_a_graph_that_confuses_places_is_noticed() -> None:
    def confused(images: Tensor) -> Scores:
        plain = in_batches(images, 3, lambda some: means(some)[:2])
        return Scores(plain.image_score.roll(1), plain.anomaly_map)

    image = torch.rand(1, 3, 4, 4)
    good = AtEveryPlace(lambda images: in_batches(images, 3, means), 3)
    bad = AtEveryPlace(confused, 3)
    true = float(image.mean())
    for _ in range(3):
        assert float(good(image).image_score[0]) == pytest.approx(true)
        assert torch.allclose(good(image).anomaly_map[0, 0], image.mean(1)[0])
        assert abs(float(bad(image).image_score[0]) - true) > 0.05
    assert good(torch.cat([image, image])).image_score.shape == (2,)
    assert good(image).class_probabilities is not None
    assert bad(image).class_probabilities is None


@pytest.mark.parametrize("batch", [0, -1, 257])
def test_a_batch_out_of_range_is_refused(batch: int) -> None:
    with pytest.raises(ModelError, match="1 to 256 pictures"):
        check_batch(batch)
