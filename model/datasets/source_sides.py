"""Pictures of one source on both sides of a split, which make every figure too good."""

from __future__ import annotations

from model.data import Sample
from model.datasets.collection import Collection
from model.training.groups import Groups, group_of, source_groups


def sources_on_both_sides(collection: Collection) -> tuple[str, ...]:
    """Return the sources of which training and test have pictures, one sentence each.

    What comes from one source is told by a table of the data set, see `source_groups`: tiles.csv,
    parts.csv or the like.

    Raises:
        DatasetError: A table cannot be read.
    """
    groups = source_groups(collection.root, collection.products)
    if not groups:
        return ()
    train, test = _counted(collection.train, groups), _counted(collection.test, groups)
    return tuple(
        f"{_shown(name)}: {train[name]} in train, {test[name]} in test"
        for name in train
        if name in test
    )


def _shown(name: str) -> str:
    """Return a group's name without the table that named it."""
    return name.rpartition(".csv:")[2].partition("=")[2] or name


def _counted(samples: tuple[Sample, ...], groups: Groups) -> dict[str, int]:
    found: dict[str, int] = {}
    for sample in samples:
        name = group_of(sample, groups)
        found[name] = found.get(name, 0) + 1
    return found
