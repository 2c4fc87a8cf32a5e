"""Things that belong together, found pair by pair (union and find)."""

from __future__ import annotations

from collections.abc import Iterator

Key = tuple[str, int]
"""Name of a tensor and the dimension in which its channels lie."""


class Ties:
    """Sets of keys that grow together; a set with a forbidden key is forbidden."""

    def __init__(self) -> None:
        self._parents: dict[Key, Key] = {}
        self._forbidden: set[Key] = set()

    def tie(self, first: Key, *others: Key) -> None:
        """Put keys into one set."""
        root = self._root(first)
        for other in others:
            self._parents[self._root(other)] = root

    def forbid(self, key: Key) -> None:
        """Forbid the set of a key, also all that is put into it later."""
        self._forbidden.add(key)

    def allowed(self) -> Iterator[tuple[Key, ...]]:
        """Yield the sets without a forbidden key, in the order in which they were begun."""
        sets: dict[Key, list[Key]] = {}
        for key in self._parents:
            sets.setdefault(self._root(key), []).append(key)
        bad = {self._root(key) for key in self._forbidden}
        yield from (tuple(keys) for root, keys in sets.items() if root not in bad)

    def _root(self, key: Key) -> Key:
        self._parents.setdefault(key, key)
        while self._parents[key] != key:
            self._parents[key] = self._parents[self._parents[key]]
            key = self._parents[key]
        return key
