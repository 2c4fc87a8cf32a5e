"""The vision tower with DPAM: CLIP's own stream beside a local stream of value-value attention.

AnomalyCLIP (Zhou et al., ICLR 2024), section 3.3. The weights are those of open_clip's
`VisionTransformer`; nothing is added to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from model.layers.attention import attend, project, project_key_value, project_query
from model.layers.position import position_embedding


@dataclass(frozen=True, slots=True, eq=False)
class VisionFeatures:
    """What the vision tower says of a batch.

    Attributes:
        image: (B, E) class token of the last block, projected; no LayerNorm, not unit length.
        patches: Layer number (1-based, ascending) to (B, N, E) patch features, row-major over
            the grid, after LN_post and projection; not unit length.
        grid: Patches down and across; N is their product.
        tokens: Layer number to (B, N, D) patch rows of the original stream after that block,
            neither normalised nor projected; for comparing patches with each other.
        image_normed: (B, E) class token after LN_post and projected, CLIP's own image feature;
            not unit length. None where the features were put together by hand.
    """

    image: Tensor
    patches: dict[int, Tensor]
    grid: tuple[int, int]
    tokens: dict[int, Tensor] = field(default_factory=dict)
    image_normed: Tensor | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """Where the vision tower is between two blocks.

    Attributes:
        original: (B, 1 + N, D) CLIP's own stream; (B, 1, D) after the last block.
        local: (B, 1 + N, D) the local stream; None before its first block.
        patches: Layer number to (B, N, D) rows taken so far, neither normalised nor projected.
        block: Number of blocks behind it.
    """

    original: Tensor
    local: Tensor | None
    patches: dict[int, Tensor]
    block: int = 0


def encode_image(
    visual: nn.Module,
    images: Tensor,
    layers: Sequence[int],
    dpam: int,
    token_layers: Sequence[int] = (),
) -> VisionFeatures:
    """Run both streams; no block's work is done twice and none beyond what is asked for.

    Args:
        visual: The `VisionTransformer` of an open_clip CLIP.
        images: (B, 3, H, W), normalised as the weights want it; sides need not be equal.
        layers: Blocks (1-based) whose patch features are wanted, in any order.
        dpam: The reference's argument: the last dpam - 1 blocks feed the local stream
            (20 makes it blocks 6 to 24 of 24); patches of earlier blocks come from the
            original stream. 1 means no local stream.
        token_layers: Blocks (1-based) whose `tokens` are wanted, in any order.

    Raises:
        ValueError: A layer or `dpam` that the tower does not have.
    """
    tower: Any = visual
    blocks = tower.transformer.resblocks
    wanted, kept = sorted(set(layers)), sorted(set(token_layers))
    _check(blocks, (wanted, kept), dpam)
    tokens, grid = embed(visual, images)
    seen = dict.fromkeys(kept, tokens)
    streams = _run_blocks(blocks, Streams(tokens, None, {}), wanted, dpam, seen)
    return _projected(visual, streams, grid, seen)


def encode_until(
    visual: nn.Module, images: Tensor, layers: Sequence[int], dpam: int, block: int
) -> tuple[Streams, tuple[int, int]]:
    """Run both streams through the first blocks alone; `encode_from` does the others.

    Args:
        visual: As `encode_image`.
        images: As `encode_image`.
        layers: As `encode_image`, of all blocks.
        dpam: As `encode_image`.
        block: Number of blocks to run, fewer than all.

    Returns:
        The streams after them, and the grid of patches down and across.
    """
    tower: Any = visual
    blocks = tower.transformer.resblocks
    wanted = sorted(set(layers))
    _check(blocks, (wanted,), dpam)
    if not 0 <= block < len(blocks):
        raise ValueError(f"block {block} is not within 0..{len(blocks) - 1}")
    tokens, grid = embed(visual, images)
    return _run_blocks(blocks, Streams(tokens, None, {}), wanted, dpam, {}, block), grid


def encode_from(
    visual: nn.Module,
    streams: Streams,
    layers: Sequence[int],
    dpam: int,
    grid: tuple[int, int],
) -> VisionFeatures:
    """Run the blocks that `encode_until` has left; together they are `encode_image`.

    Args:
        visual: As `encode_image`.
        streams: Of `encode_until`.
        layers: As there.
        dpam: As there.
        grid: As it gave.
    """
    tower: Any = visual
    wanted = sorted(set(layers))
    streams = _run_blocks(tower.transformer.resblocks, streams, wanted, dpam, {})
    return _projected(visual, streams, grid, {})


def _check(blocks: nn.ModuleList, layers: Sequence[list[int]], dpam: int) -> None:
    for asked in layers:
        if asked and not 1 <= asked[0] <= asked[-1] <= len(blocks):
            raise ValueError(f"layers {asked} are not within 1..{len(blocks)}")
    if not 1 <= dpam <= len(blocks) + 1:
        raise ValueError(f"dpam {dpam} is not within 1..{len(blocks) + 1}")


def _projected(
    visual: nn.Module, streams: Streams, grid: tuple[int, int], seen: dict[int, Tensor]
) -> VisionFeatures:
    tower: Any = visual
    class_token = streams.original[:, 0]
    patches = {layer: tower.ln_post(taken) @ tower.proj for layer, taken in streams.patches.items()}
    normed = tower.ln_post(class_token) @ tower.proj
    return VisionFeatures(class_token @ tower.proj, patches, grid, seen, normed)


def embed(visual: nn.Module, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Return (B, 1 + N, D) tokens before the first block, class token first, and the grid."""
    tower: Any = visual
    cells = tower.conv1(images)
    grid = (int(cells.shape[2]), int(cells.shape[3]))
    # (B, D, gh, gw) -> (B, N, D)
    cells = cells.flatten(2).transpose(1, 2)
    first = tower.class_embedding.to(cells.dtype).expand(cells.shape[0], 1, -1)
    tokens = torch.cat([first, cells], dim=1)
    tokens = tokens + position_embedding(visual, grid).to(tokens.dtype)
    return tower.ln_pre(tokens), grid


def _run_blocks(
    blocks: nn.ModuleList,
    streams: Streams,
    wanted: list[int],
    dpam: int,
    seen: dict[int, Tensor],
    until: int | None = None,
) -> Streams:
    """Run the blocks behind `streams`, all or those up to number `until`.

    The original stream's patch rows after the blocks that are keys of `seen` are put there.
    """
    first_local, last_local = len(blocks) - dpam + 2, max(wanted, default=0)
    original, local, patches = streams.original, streams.local, dict(streams.patches)
    end = len(blocks) if until is None else until
    for number in range(streams.block + 1, end + 1):
        is_local = first_local <= number <= last_local
        is_final = number == len(blocks)
        class_only = is_final and (is_local or number not in wanted) and number not in seen
        before = original
        original, value_update = _block(
            blocks[number - 1], original, with_local=is_local, class_only=class_only
        )
        if value_update is not None:
            local = (before if local is None else local) + value_update
        if number in seen:
            seen[number] = original[:, 1:]
        if number in wanted:
            taken = local if is_local and local is not None else original
            patches[number] = taken[:, 1:]
    return Streams(original, local, patches, end)


def _block(
    block: Any, tokens: Tensor, *, with_local: bool, class_only: bool
) -> tuple[Tensor, Tensor | None]:
    """Return the original stream after the block, and what it adds to the local stream.

    With `class_only` the stream has one row afterwards, (B, 1, D): nothing reads the others.
    """
    normed = block.ln_1(tokens)
    if class_only:
        query = project_query(block.attn, normed[:, :1])
        key, value = project_key_value(block.attn, normed)
        tokens = tokens[:, :1]
    else:
        query, key, value = project(block.attn, normed)
    update = block.ls_1(attend(block.attn, value, value, value)) if with_local else None
    tokens = tokens + block.ls_1(attend(block.attn, query, key, value))
    return tokens + block.ls_2(block.mlp(block.ln_2(tokens))), update
