"""Channels told by the other channels: which stay, and how they stand for the rest.

Interpolative decomposition of what the readers of the channels see (Chee, Flynn, Damle, De Sa:
"Model Preserving Compression for Neural Networks", NeurIPS 2022, section 3): the channels that
stay are those of a pivoted Cholesky factorisation, the others are told by least squares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpstrf

Matrix = npt.NDArray[np.float64]

_RIDGE = 1e-4


def kept_channels(products: Sequence[Matrix], weights: Sequence[Matrix], count: int) -> list[int]:
    """Return the numbers of the channels that stay, ascending.

    Args:
        products: For each reader (C, C): sums over pictures and places of x_i x_j.
        weights: For each reader (C,): how strongly it reads each channel.
        count: How many stay, 1..C.
    """
    total = np.zeros_like(products[0])
    for product, weight in zip(products, weights, strict=True):
        weighted = product * weight[:, None] * weight
        total += weighted / max(float(np.trace(weighted)), np.finfo(float).tiny)
    # numbers from 1; what lies behind the rank stands in the order in which it was
    _, pivots, rank, _ = dpstrf(np.asfortranarray(total))
    order = [int(number) - 1 for number in pivots]
    # where fewer channels are alive than stay, the dead ones that fill up do no harm
    live, rest = order[: max(1, int(rank))], order[max(1, int(rank)) :]
    return sorted([*live, *sorted(rest)][:count])


def told_by(product: Matrix, kept: Sequence[int]) -> Matrix:
    """Return (C, K): each channel as a sum of those that stay, with the least square error.

    Those that stay are themselves.

    Args:
        product: (C, C) sums of x_i x_j.
        kept: K numbers.
    """
    numbers = list(kept)
    inner = product[np.ix_(numbers, numbers)]
    size = max(float(np.trace(inner)) / len(numbers), np.finfo(float).tiny)
    factor = cho_factor(inner + _RIDGE * size * np.eye(len(numbers)))
    found = np.asarray(cho_solve(factor, product[numbers]), np.float64).T
    found[numbers] = np.eye(len(numbers))
    return found
