"""Who approved which version of a recipe: production asks a second person if the station does."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.errors import RecipeError, UsageError
from app.i18n import tr
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.settings.station import StationSettings
from app.store.base import RecipeVersion
from app.store.database import Database

_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes to one version.

    Attributes:
        recipe: Name of the recipe.
        version: The version.
        by: Who approved it.
        at: When, timezone-aware UTC.
        note: What they said of it, "" for nothing.
    """

    recipe: str
    version: int
    by: str
    at: datetime
    note: str = ""


class Approvals:
    """Gives and asks for approvals; they are events, so none is ever edited.

    The version in force is never asked for an approval afterwards: a station that begins to
    require approvals goes on with what it had. Nor can it be approved afterwards.

    Every method blocks and raises `StoreError` if the database fails.

    Args:
        store: Recipes and events.
        settings: Returns the settings in use.
    """

    def __init__(self, store: Database, settings: Callable[[], StationSettings]) -> None:
        self._store = store
        self._settings = settings

    @property
    def required(self) -> bool:
        """Whether this station asks for approvals."""
        return self._settings().approval_required

    def of(self, recipe: str) -> dict[int, Approval]:
        """Return the approvals of a recipe by version; those of a changed document do not count."""
        found: dict[int, Approval] = {}
        for event in self._store.events.find(kinds=("approval",), limit=_MANY):
            if event.recipe != recipe:
                continue
            version = int(event.details.get("version", 0))
            document = self._store.recipe(recipe, version)
            if document is not None and event.details.get("sha256") == _sha256(document):
                note = str(event.details.get("note", ""))
                found[version] = Approval(recipe, version, event.by, event.at, note)
        return found

    def approve(self, recipe: str, version: int, by: str, note: str = "") -> Approval:
        """Record that a person approves a version.

        Args:
            recipe: Name of the recipe.
            version: Which version.
            by: Who; not the version's author.
            note: What they say of it.

        Raises:
            UsageError: No name is given.
            RecipeError: There is no such version, it has no author, the person is its author,
                it is approved already, or it is in force.
        """
        by, note = " ".join(by.split()), note.strip()
        if not by:
            raise UsageError(tr("An approval needs the name of the person who gives it."))
        saved = self._saved(recipe, version)
        if problem := self.objection(saved, recipe, by):
            raise RecipeError(problem, "approval")
        document = self._store.recipe(recipe, version) or ""
        text = tr("Version {version} of recipe {name} was approved by {by}.")
        details = {
            "version": version,
            "author": saved.author,
            "sha256": _sha256(document),
            "note": note,
        }
        event = Event(
            datetime.now(UTC),
            "approval",
            self._settings().station,
            recipe,
            by,
            text.format(version=version, name=recipe, by=by),
            details,
        )
        self._store.events.add(event)
        return Approval(recipe, version, by, event.at, note)

    def objection(self, saved: RecipeVersion, recipe: str, by: str = "") -> str:
        """Return why a version cannot be approved, in one sentence; "" if it can.

        Args:
            saved: The version.
            recipe: Name of the recipe.
            by: Who wants to; "" if that is not known yet.
        """
        names = {"name": recipe, "version": saved.version, "author": saved.author}
        if self._is_in_force(recipe, saved.version):
            text = tr(
                "Version {version} of recipe {name} is in force already; nothing is approved "
                "afterwards."
            )
        elif not saved.author.strip():
            text = tr(
                "Version {version} of recipe {name} names no author; save it anew with a name, "
                "so that a second person can approve it."
            )
        elif by and is_same_person(by, saved.author):
            text = tr(
                "{author} made version {version} of recipe {name}; somebody else has to approve it."
            )
        elif saved.version in self.of(recipe):
            text = tr("Version {version} of recipe {name} is approved already.")
        else:
            return ""
        return text.format(**names)

    def is_usable(self, recipe: str, version: int) -> bool:
        """Return whether a version may be used for production here."""
        if not self.required or self._is_in_force(recipe, version):
            return True
        return version in self.of(recipe)

    def require(self, recipe: Recipe) -> None:
        """Let a version pass that may be used for production.

        Raises:
            RecipeError: This station requires approvals and the version has none.
        """
        if not self.is_usable(recipe.name, recipe.version):
            text = tr(
                "Version {version} of recipe {name} is not approved; a second person has to "
                "approve it first."
            )
            raise RecipeError(text.format(version=recipe.version, name=recipe.name), "approval")

    def newest_usable(self, recipe: str) -> int | None:
        """Return the newest version that may be used for production; None if there is none."""
        versions = [saved.version for saved in self._store.recipe_history(recipe)]
        if not self.required:
            return max(versions, default=None)
        approved = self.of(recipe)
        usable = [v for v in versions if v in approved or self._is_in_force(recipe, v)]
        return max(usable, default=None)

    def _is_in_force(self, recipe: str, version: int) -> bool:
        settings = self._settings()
        if settings.recipe != recipe:
            return False
        if settings.recipe_version:
            return settings.recipe_version == version
        # Kept by a program that did not note the version: it was the newest one then.
        return version == dict(self._store.recipes()).get(recipe, 0)

    def _saved(self, recipe: str, version: int) -> RecipeVersion:
        for saved in self._store.recipe_history(recipe):
            if saved.version == version:
                return saved
        text = tr("Recipe {name} has no version {version}.")
        raise RecipeError(text.format(name=recipe, version=version))


def is_same_person(one: str, other: str) -> bool:
    """Return whether two names mean the same person: case, spaces and width do not count."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _sha256(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()
