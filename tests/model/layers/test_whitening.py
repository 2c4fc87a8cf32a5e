from __future__ import annotations

import pytest
import torch

from model.layers.whitening import RowSums, Start, Whitening


def features(count: int = 6, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(8, 8, generator=generator)
    rows = torch.randn(count, 8, 12, 12, generator=generator)
    return torch.einsum("kc,bchw->bkhw", mixing, rows) + 3


def test_directions_are_independent_and_ordered() -> None:
    start = Start((8,), 5)
    seen = features()
    start.learn([(seen[:3],), (seen[3:],)])
    (flowing,) = start((seen,))
    assert flowing.shape == (6, 5, 12, 12)
    rows = flowing.transpose(0, 1).flatten(1)
    covariance = torch.cov(rows)
    assert torch.allclose(rows.mean(1), torch.zeros(5), atol=1e-4)
    off = covariance - torch.diag(covariance.diag())
    assert float(off.abs().max()) < 1e-3
    variances = covariance.diag()
    assert (variances[:-1] >= variances[1:] - 1e-4).all()
    assert float(variances.max()) <= 1.0 + 1e-4


def test_what_hardly_varies_does_not_become_noise() -> None:
    seen = features()
    seen[:, 4:] = 1e-4 * seen[:, 4:]
    start = Start((8,), 8)
    start.learn([(seen,)])
    (flowing,) = start((seen,))
    assert float(flowing.transpose(0, 1).flatten(1).std(1).min()) < 0.1


def test_the_same_pictures_in_other_batches_give_the_same_directions() -> None:
    seen = features()
    one, two = Start((8,), 4), Start((8,), 4)
    one.learn([(seen,)])
    two.learn([(seen[i : i + 1],) for i in range(6)])
    assert isinstance(one.scales[0], Whitening)
    assert torch.allclose(
        one.state_dict()["scales.0.directions"], two.state_dict()["scales.0.directions"], atol=1e-4
    )


def test_without_directions_nothing_changes() -> None:
    start = Start((8, 4), 0)
    start.learn([])
    levels = (features(), features(seed=1)[:, :4])
    assert start.channels == (8, 4)
    assert all(torch.equal(a, b) for a, b in zip(start(levels), levels, strict=True))


def test_no_scale_keeps_more_directions_than_it_has_channels() -> None:
    assert Start((8, 4), 6).channels == (6, 4)


def test_without_a_picture_there_is_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RowSums().moments()
