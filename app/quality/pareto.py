"""Pareto of kinds: the vital few before the trivial many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One kind.

    Attributes:
        name: The kind, "" where nobody named one.
        count: How often.
        cumulative_share: Share of this kind and all before it, 0..1.
    """

    name: str
    count: int
    cumulative_share: float


def pareto(names: Sequence[str]) -> tuple[Bar, ...]:
    """Return the kinds by how often they occur, see `pareto_of_counts`.

    Args:
        names: The kind of each defective part as it stands: a person's word before the
            model's, "" where neither named one.
    """
    return pareto_of_counts(Counter(names))


def pareto_of_counts(counts: Mapping[str, int] | Iterable[tuple[str, int]]) -> tuple[Bar, ...]:
    """Return the kinds by how often they occur.

    Args:
        counts: Kind and how often; kinds that occur twice are added up, those with 0 left out.

    Returns:
        The most frequent first, equals by name. What has no name comes last however often it
        occurs: it is a gap in knowledge, not a kind (Juran, Quality Control Handbook, 1951).
    """
    total: Counter[str] = Counter()
    for name, count in counts.items() if isinstance(counts, Mapping) else counts:
        total[name] += count
    ordered = sorted(
        ((name, count) for name, count in total.items() if count > 0),
        key=lambda pair: (pair[0] == "", -pair[1], pair[0]),
    )
    whole = sum(count for _, count in ordered)
    bars, before = [], 0
    for name, count in ordered:
        before += count
        bars.append(Bar(name, count, before / whole))
    return tuple(bars)
