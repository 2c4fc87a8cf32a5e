from __future__ import annotations

import pytest
import torch

from model.moments import Moments


def maps(count: int) -> torch.Tensor:
    """Two channels; the left half of the second varies, its right half lies high."""
    generator = torch.Generator().manual_seed(7)
    values = 0.1 * torch.randn(count, 2, 12, 12, generator=generator)
    values[:, 1, :, :6] *= 10
    values[:, 1, :, 6:] += 5
    return values


def gathered(values: torch.Tensor, batch: int) -> Moments:
    moments = Moments()
    for part in values.split(batch):
        moments.add(part)
    return moments


def test_whole_is_mean_and_standard_deviation_when_images_are_many() -> None:
    values = maps(400)
    centre, spread = gathered(values, 7).whole((0.5, 1.0))
    assert centre == pytest.approx(float(values.mean()), abs=1e-3)
    assert spread == pytest.approx(float(values.std()), rel=1e-2)


def test_places_keep_their_own_mean_and_spread() -> None:
    centre, spread = gathered(maps(400), 50).by_place((0.1, 1.0))
    assert centre.shape == spread.shape == (2, 12, 12)
    assert torch.allclose(centre[1, :, 8:], torch.tensor(5.0), atol=0.1)
    assert torch.allclose(centre[1, :, :4], torch.tensor(0.0), atol=0.2)
    assert spread[1, :, :4].mean() == pytest.approx(1.0, rel=0.1)
    assert spread[1, :, 8:].mean() < 0.3
    assert spread[0].mean() == pytest.approx(0.1, rel=0.1)


def test_few_images_are_drawn_towards_the_whole() -> None:
    _, few = gathered(maps(2), 1).by_place((0.1, 1.0))
    _, many = gathered(maps(400), 50).by_place((0.1, 1.0))
    assert few[1].max() / few[1].min() < 0.5 * many[1].max() / many[1].min()


def test_values_that_never_vary_get_a_spread_all_the_same() -> None:
    moments = gathered(torch.ones(5, 2, 12, 12), 5)
    assert moments.by_place((0.1, 1.0))[1].min() > 0.01
    assert moments.whole((0.1, 1.0))[1] > 0.01


def test_nothing_gathered_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        Moments().whole((0.1, 1.0))
