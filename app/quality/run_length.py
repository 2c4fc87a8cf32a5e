"""How long an EWMA chart runs until it calls an alarm, and which limit gives a wanted length."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.special import ndtr

_STATES = 81
_NODES = 13


def average_run_length(weight: float, limit: float, shift: float = 0.0) -> float:
    """Return the mean number of measurements up to and with the first beyond the limits.

    The average is a Markov chain over small cells between the limits: Brook and Evans (1972),
    Biometrika 59(3), 539-549, for the EWMA as in Lucas and Saccucci (1990), Technometrics
    32(1), 1-12.

    Args:
        weight: Of the newest measurement, above 0 and up to 1.
        limit: Distance of both limits from the target, standard deviations of a measurement.
        shift: Of the mean from the target, standard deviations of a measurement.
    """
    edges = np.linspace(-limit, limit, _STATES + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    # (S, 1) cell before, (1, S + 1) edges after
    reached = ndtr((edges[None, :] - (1 - weight) * middles[:, None]) / weight - shift)
    stays = np.diff(reached, axis=1)
    lengths = np.linalg.solve(np.eye(_STATES) - stays, np.ones(_STATES))
    return float(lengths[_STATES // 2])


@cache
def ewma_limit(weight: float, parts: int, rate: float) -> float:
    """Return the limit that gives false alarms at this rate where the target is estimated.

    The mean of a baseline is off by its own chance: with 200 parts by 0.07 standard deviations,
    which shortens the run between false alarms many times (Jones, Champ and Rigdon, 2001,
    Technometrics 43(2), 156-167). So the rate is averaged over where the mean may be.

    Args:
        weight: Of the newest measurement.
        parts: Independent measurements that the target was estimated from; 0: it is known.
        rate: False alarms a measurement, e.g. 1e-5.

    Returns:
        Distance of both limits from the target, standard deviations of a measurement.
    """
    nodes, masses = np.polynomial.hermite_e.hermegauss(_NODES)
    masses = masses / masses.sum()
    error = 1 / math.sqrt(parts) if parts else 0.0

    def rate_at(limit: float) -> float:
        if not parts:
            return 1 / average_run_length(weight, limit)
        half = zip(nodes[_NODES // 2 :], masses[_NODES // 2 :], strict=True)
        pairs = ((node, mass * (1 if node < 1e-9 else 2)) for node, mass in half)
        return sum((m / average_run_length(weight, limit, n * error) for n, m in pairs), 0.0)

    # the limit in standard deviations of the average lies between 1 and 12
    scale = math.sqrt(weight / (2 - weight) + error**2)
    low, high = scale, 12 * scale
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if rate_at(middle) > rate else (low, middle)
    return high
