from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from model.layers.smoothing import gaussian_matrix, upsample_smooth

sides = st.integers(1, 60)


@given(sides, sides, sides, sides, st.floats(0.2, 12))
def test_equals_upsampling_then_scipys_filter(
    gh: int, gw: int, height: int, width: int, sigma: float
) -> None:
    cells = torch.rand(2, gh, gw, dtype=torch.float64)
    whole = F.interpolate(cells[:, None], (height, width), mode="bilinear", align_corners=False)
    expected = np.stack([gaussian_filter(one, sigma) for one in whole[:, 0].numpy()])
    assert np.allclose(upsample_smooth(cells, (height, width), sigma), expected, atol=1e-12)


@given(sides, sides, sides, sides, st.floats(0.2, 12))
def test_blocks_with_a_border_mirrored_in_the_middle_equal_scipys(
    gh: int, gw: int, height: int, width: int, sigma: float
) -> None:
    cells = torch.rand(1, gh, gw, dtype=torch.float64)
    whole = F.interpolate(cells[:, None], (height, width), mode="nearest")[0, 0]
    expected = gaussian_filter(whole.numpy(), sigma, mode="mirror")
    found = upsample_smooth(cells, (height, width), sigma, upsampling="nearest", border="middle")
    assert np.allclose(found[0], expected, atol=1e-12)


def test_sigma_zero_only_upsamples() -> None:
    cells = torch.rand(1, 5, 5)
    expected = F.interpolate(cells[None], (20, 30), mode="bilinear", align_corners=False)[0]
    assert torch.allclose(upsample_smooth(cells, (20, 30), 0.0), expected, atol=1e-6)


@given(st.integers(1, 80), st.floats(0.2, 20))
def test_a_line_keeps_its_sum(size: int, sigma: float) -> None:
    matrix = gaussian_matrix(size, sigma)
    assert torch.allclose(matrix.sum(0), torch.ones(size, dtype=torch.float64))
    assert torch.allclose(matrix.sum(1), torch.ones(size, dtype=torch.float64))


@pytest.mark.parametrize("sigma", [-1.0, float("nan"), float("inf")])
def test_impossible_sigma_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match="sigma"):
        upsample_smooth(torch.rand(1, 4, 4), (8, 8), sigma)
