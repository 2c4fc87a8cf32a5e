"""What each recipe says about its pictures: how many days, and how much of the disk.

The days of a recipe hold whatever the disk has room for; its quota takes, like that of the
station, OK parts first and reviewed ones last. The newest version of a recipe speaks for all.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app import log
from app.errors import RecipeError
from app.inspection.recipe import Recipe
from app.store.base import RecordStore
from app.store.kept import KeptFiles, Priority
from app.store.retention import Part, Thinned, remove

# So many parts go at once: the line waits for it.
_BATCH = 100
_PAUSE_S = 600.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What one recipe allows.

    Attributes:
        recipe: Its name.
        days: Days per priority; a priority that is missing has no limit.
        quota_bytes: All its pictures; None for no own quota.
    """

    recipe: str
    days: dict[Priority, int]
    quota_bytes: int | None


class RecipeRetention:
    """Applies the rules, a few parts at a time. Called from one thread.

    Args:
        root: The evidence folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._rules: list[Rule] = []
        self._again_at = 0.0
        self._sizes: dict[str, int] = {}

    def added(self, recipe: str, size: int) -> None:
        """Say that files of a recipe were written, bytes."""
        if recipe in self._sizes:
            self._sizes[recipe] += size

    def forget_sizes(self) -> None:
        """Say that files were removed whose recipe is not known; they are measured anew."""
        self._sizes.clear()

    def step(self, store: RecordStore, station: str) -> Thinned | None:
        """Remove some of what a recipe keeps no longer; None if there is nothing for now.

        Args:
            store: Records and recipes.
            station: Name of the station; another one's pictures are its own concern.

        Raises:
            StoreError: The database fails.
        """
        if not self._root.is_dir():
            return None
        is_due = time.monotonic() >= self._again_at
        if is_due:
            self._rules = list(rules_of(store))
            self._sizes.clear()
        for rule in self._rules:
            done = self._too_old(store, station, rule) if is_due else None
            done = done or self._too_much(store, station, rule)
            if done is not None:
                return replace(done, recipe=rule.recipe)
        if is_due:
            self._again_at = time.monotonic() + _PAUSE_S
        return None

    def _too_old(self, store: RecordStore, station: str, rule: Rule) -> Thinned | None:
        for priority, days in rule.days.items():
            before = datetime.now(UTC) - timedelta(days=days)
            found = store.kept.oldest(rule.recipe, station, priority, before, _BATCH)
            if found:
                done = remove([self._part(kept, priority) for kept in found], store)
                self._subtract(rule.recipe, done.freed_bytes)
                return replace(done, for_room=False)
        return None

    def _too_much(self, store: RecordStore, station: str, rule: Rule) -> Thinned | None:
        quota = rule.quota_bytes
        if quota is None or self._size(store, station, rule.recipe) <= quota:
            return None
        # 5 % more than needed, so that the next part does not come here again.
        excess = self._sizes[rule.recipe] - quota * 95 // 100
        batch: list[Part] = []
        for part in self._least_needed_first(store, station, rule.recipe):
            if excess <= 0 or len(batch) == _BATCH:
                break
            batch.append(part)
            excess -= part.size
        if not batch:
            return None
        done = remove(batch, store)
        self._subtract(rule.recipe, done.freed_bytes)
        return done

    def _least_needed_first(self, store: RecordStore, station: str, recipe: str) -> Iterator[Part]:
        for priority in Priority:
            for kept in store.kept.oldest(recipe, station, priority):
                part = self._part(kept, priority)
                if part.size:
                    yield part

    def _size(self, store: RecordStore, station: str, recipe: str) -> int:
        if recipe not in self._sizes:
            parts = self._least_needed_first(store, station, recipe)
            self._sizes[recipe] = sum(part.size for part in parts)
        return self._sizes[recipe]

    def _subtract(self, recipe: str, size: int) -> None:
        if recipe in self._sizes:
            self._sizes[recipe] -= size

    def _part(self, kept: KeptFiles, priority: Priority) -> Part:
        """Return a part with those of its files that are there."""
        files = []
        for name in kept.names:
            with contextlib.suppress(OSError):
                files.append((self._root / name, (self._root / name).stat().st_size))
        return Part(kept.record_id, priority, files)


def rules_of(store: RecordStore) -> Iterator[Rule]:
    """Yield the rules of the recipes in the store that have any.

    Raises:
        StoreError: The database fails.
    """
    for name, version in store.recipes():
        try:
            recipe = Recipe.from_json(store.recipe(name, version) or "")
        except RecipeError as error:
            log.store.warning("recipe %s says nothing about its pictures: %s", name, error)
            continue
        days = {
            Priority.OK: recipe.keep_days_ok,
            Priority.DOUBTFUL: recipe.keep_days_doubtful,
            Priority.NG: recipe.keep_days_ng,
            Priority.REVIEWED: recipe.keep_days_ng,
        }
        known = {priority: number for priority, number in days.items() if number is not None}
        quota = None if recipe.quota_gb is None else int(recipe.quota_gb * 1e9)
        if known or quota is not None:
            yield Rule(name, known, quota)
