from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from model.layers.window_attention import (
    WindowAdapter,
    WindowAttention,
    cut,
    joined,
    relative_index,
    relative_table,
    shifted_apart,
)


def frozen(width: int = 16) -> nn.MultiheadAttention:
    torch.manual_seed(1)
    return nn.MultiheadAttention(width, 4, batch_first=True).requires_grad_(False)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4))
def test_cut_and_joined_are_inverse_and_windows_are_squares(w: int, down: int, across: int) -> None:
    grid = (w * down, w * across)
    rows = torch.arange(grid[0])[:, None].expand(grid)
    columns = torch.arange(grid[1])[None].expand(grid)
    cells = torch.stack([rows, columns], -1)[None]
    windows = cut(cells, w)
    assert windows.shape == (1, down * across, w * w, 2)
    assert torch.equal(joined(windows, grid, w), cells)
    # all patches of a window share its place, and windows come row by row
    places = windows // w
    assert (places == places[:, :, :1]).all()
    order = places[0, :, 0, 0] * across + places[0, :, 0, 1]
    assert order.tolist() == list(range(down * across))


@pytest.mark.parametrize("window", [2, 3, 12])
def test_the_table_is_odd_within_one_and_found_by_offset(window: int) -> None:
    table, index = relative_table(window), relative_index(window)
    assert table.shape == (2 * window - 1, 2 * window - 1, 2)
    assert torch.allclose(table, -table.flip(0, 1))
    assert float(table.max()) == pytest.approx(float(torch.tensor(9.0).log2()) / 3)
    assert (table[window - 1, window - 1] == 0).all()
    rows = table.flatten(0, 1)[index]
    # opposite pairs see opposite offsets; patch 0 lies above and left of all others
    assert torch.allclose(rows, -rows.transpose(0, 1))
    assert (rows[0] <= 0).all()


def test_windows_do_not_see_each_other_and_shifted_ones_see_neighbours() -> None:
    tokens = torch.randn(1, 64, 16)
    changed = tokens.clone()
    # patch (0, 0) of an 8 x 8 grid
    changed[0, 0] += 1
    for depth in (1, 2):
        torch.manual_seed(0)
        adapter = WindowAdapter(16, 4, heads=2, depth=depth).eval()
        with torch.no_grad():
            difference = adapter(changed, frozen(), (8, 8)) - adapter(tokens, frozen(), (8, 8))
        touched = difference.abs().amax(-1).reshape(8, 8) > 1e-7
        assert touched[:4, :4].all()
        # two patches further only; what wraps around to the far border stays apart
        reach = 4 if depth == 1 else 6
        assert not touched[reach:].any()
        assert not touched[:, reach:].any()
        assert touched[:reach, :reach].all()


def test_pairs_that_wrap_around_are_apart() -> None:
    apart = shifted_apart((4, 4), 2, 1)
    assert apart.shape == (4, 4, 4)
    # the first window has not wrapped; in the last one every patch comes from another corner
    assert (apart[0] == 0).all()
    assert torch.equal(apart[3] == 0, torch.eye(4, dtype=torch.bool))


def test_queries_and_keys_are_used_when_asked_for() -> None:
    attention = WindowAttention(2, 2).eval()
    windows = torch.randn(1, 3, 4, 16)
    with torch.no_grad():
        values = attention(windows, frozen())
        plain = attention(windows, frozen(), value_only=False)
    assert values.shape == plain.shape == windows.shape
    assert not torch.allclose(values, plain, atol=1e-3)


def test_dropout_acts_in_training_alone_and_the_frozen_part_gets_no_gradient() -> None:
    block, adapter = frozen(), WindowAdapter(16, 2, heads=2, dropout=0.5)
    tokens = torch.randn(1, 16, 16)
    first, second = (adapter(tokens, block, (4, 4)) for _ in range(2))
    assert not torch.equal(first, second)
    first.sum().backward()
    assert block.in_proj_weight.grad is None
    adapter.eval()
    assert torch.equal(adapter(tokens, block, (4, 4)), adapter(tokens, block, (4, 4)))


def test_sharpness_is_bounded() -> None:
    attention, windows = WindowAttention(2, 2).eval(), torch.randn(1, 3, 4, 16)
    with torch.no_grad():
        attention.logit_scale.fill_(5.0)
        high = attention(windows, frozen())
        attention.logit_scale.fill_(50.0)
        assert torch.equal(attention(windows, frozen()), high)


@pytest.mark.parametrize(
    ("window", "heads", "depth", "dropout"),
    [(1, 2, 1, 0), (2, 3, 1, 0), (2, 2, 0, 0), (2, 2, 1, 1)],
)
def test_values_out_of_range_are_refused(window: int, heads: int, depth: int, dropout: int) -> None:
    with pytest.raises(ValueError, match=r"out of range|below 1|do not divide"):
        WindowAdapter(16, window, heads, depth, dropout)
