"""Multi-head attention on the weights of `nn.MultiheadAttention`, fused.

The module's own forward gives no access to the value projection, which the value-value
attention of AnomalyCLIP shares with the plain one.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


def project(attention: nn.MultiheadAttention, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return query, key and value, each (B, heads, N, D / heads), of (B, N, D) tokens."""
    joint = F.linear(tokens, attention.in_proj_weight, attention.in_proj_bias)
    query, key, value = joint.chunk(3, dim=-1)
    return _split(attention, query), _split(attention, key), _split(attention, value)


def project_query(attention: nn.MultiheadAttention, tokens: Tensor) -> Tensor:
    """Return the query alone, (B, heads, N, D / heads), of (B, N, D) tokens."""
    width = attention.embed_dim
    query = F.linear(tokens, attention.in_proj_weight[:width], attention.in_proj_bias[:width])
    return _split(attention, query)


def project_key_value(attention: nn.MultiheadAttention, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Return key and value, each (B, heads, N, D / heads), of (B, N, D) tokens."""
    width = attention.embed_dim
    weight = attention.in_proj_weight[width:]
    bias = attention.in_proj_bias[width:]
    key, value = F.linear(tokens, weight, bias).chunk(2, dim=-1)
    return _split(attention, key), _split(attention, value)


def attend(
    attention: nn.MultiheadAttention,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    causal: bool = False,
) -> Tensor:
    """Return W_out softmax(q k^T / sqrt(D / heads)) v + b_out, (B, N, D).

    Args:
        attention: Owner of the output projection.
        query: (B, heads, N, D / heads).
        key: (B, heads, M, D / heads).
        value: (B, heads, M, D / heads).
        causal: Position i sees positions 0..i only.
    """
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    # (B, heads, N, D / heads) -> (B, N, D)
    joined = mixed.transpose(1, 2).flatten(2)
    return F.linear(joined, attention.out_proj.weight, attention.out_proj.bias)


def _split(attention: nn.MultiheadAttention, tokens: Tensor) -> Tensor:
    batch, count, width = tokens.shape
    heads = attention.num_heads
    # (B, N, D) -> (B, N, heads, D / heads) -> (B, heads, N, D / heads)
    return tokens.view(batch, count, heads, width // heads).transpose(1, 2)
