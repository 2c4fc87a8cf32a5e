"""Approvals: a second person, never the author, never afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import RecipeError, UsageError
from app.inspection.recipe import Recipe
from app.settings.recipe_approval import Approvals, is_same_person
from app.settings.recipe_saving import recipes_with_code, save_version
from app.settings.recipe_start import recipe_to_begin
from app.settings.recipes import DEMO, RecipeBook
from app.settings.station import StationSettings
from app.store.database import Database, open_store

STRICT = StationSettings(approval_required=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = open_store(f"sqlite:///{(tmp_path / 'station.db').as_posix()}")
    yield store
    store.close()


@pytest.fixture
def book(store: Database) -> RecipeBook:
    book = RecipeBook(store)
    book.save(Recipe(name="bolt"), author="Lee", reason="new")
    book.save(Recipe(name="bolt", ng_limit=0.5), author="Lee", reason="limit")
    return book


def approvals(store: Database, settings: StationSettings = STRICT) -> Approvals:
    return Approvals(store, lambda: settings)


@pytest.mark.usefixtures("book")
def test_nothing_is_asked_where_the_station_does_not_require_it(store: Database) -> None:
    lax = approvals(store, StationSettings())
    assert lax.is_usable("bolt", 2)
    assert lax.newest_usable("bolt") == 2


@pytest.mark.usefixtures("book")
def test_a_second_person_makes_a_version_usable(store: Database, book: RecipeBook) -> None:
    strict = approvals(store)
    assert strict.newest_usable("bolt") is None
    with pytest.raises(RecipeError, match="not approved"):
        strict.require(book.load("bolt"))
    given = strict.approve("bolt", 1, " Park  Ji ", "looked at")
    assert (given.by, given.note) == ("Park Ji", "looked at")
    assert strict.newest_usable("bolt") == 1
    strict.require(book.load("bolt", 1))
    (event,) = store.events.find(kinds=("approval",))
    assert (event.recipe, event.by, event.details["version"]) == ("bolt", "Park Ji", 1)
    assert event.details["author"] == "Lee"


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("name", ["Lee", "lee", " L e e ", "Ｌｅｅ"])
def test_the_author_cannot_approve_under_any_spelling(store: Database, name: str) -> None:
    with pytest.raises(RecipeError, match="somebody else"):
        approvals(store).approve("bolt", 1, name)


@pytest.mark.usefixtures("book")
def test_what_cannot_be_approved_says_why(store: Database, book: RecipeBook) -> None:
    strict = approvals(store)
    with pytest.raises(UsageError, match="name"):
        strict.approve("bolt", 1, "  ")
    with pytest.raises(RecipeError, match="no version 9"):
        strict.approve("bolt", 9, "Park")
    strict.approve("bolt", 1, "Park")
    with pytest.raises(RecipeError, match="approved already"):
        strict.approve("bolt", 1, "Kim")
    book.save(Recipe(name="nut"))
    with pytest.raises(RecipeError, match="no author"):
        strict.approve("nut", 1, "Park")


@pytest.mark.usefixtures("book")
def test_what_is_in_force_goes_on_and_is_not_approved_afterwards(store: Database) -> None:
    used = STRICT.model_copy(update={"recipe": "bolt", "recipe_version": 1})
    strict = approvals(store, used)
    assert strict.is_usable("bolt", 1)
    assert not strict.is_usable("bolt", 2)
    with pytest.raises(RecipeError, match="afterwards"):
        strict.approve("bolt", 1, "Park")
    # Settings of a program that did not note versions: the newest one was in force.
    old = approvals(store, STRICT.model_copy(update={"recipe": "bolt"}))
    assert old.is_usable("bolt", 2)
    assert not old.is_usable("bolt", 1)


@pytest.mark.usefixtures("book")
def test_an_approval_of_another_document_does_not_count(store: Database) -> None:
    strict = approvals(store)
    strict.approve("bolt", 1, "Park")
    event = store.events.find(kinds=("approval",))[0]
    store.events.add(
        type(event)(
            event.at,
            "approval",
            event.station,
            "bolt",
            "Han",
            "",
            {**event.details, "version": 2},
        )
    )
    assert set(strict.of("bolt")) == {1}


def test_a_start_leaves_unapproved_versions_out(store: Database, book: RecipeBook) -> None:
    strict = approvals(store)
    settings = STRICT.model_copy(update={"recipe": "bolt"})
    strict.approve("bolt", 1, "Park")
    assert recipe_to_begin(book, strict, settings).version == 1
    assert recipe_to_begin(book, strict, settings, "bolt").version == 1
    assert recipe_to_begin(book, approvals(store, StationSettings()), settings).version == 2
    book.save(Recipe(name="nut"), author="Lee")
    with pytest.raises(RecipeError, match="not approved"):
        recipe_to_begin(book, strict, settings, "nut")
    # A recipe without any approved version gives way to one that has.
    assert recipe_to_begin(book, strict, STRICT.model_copy(update={"recipe": "nut"})).name == "bolt"


def test_the_very_first_start_opens_the_window(store: Database) -> None:
    book = RecipeBook(store)
    assert recipe_to_begin(book, approvals(store), STRICT) == DEMO


def test_people_are_known_by_their_names() -> None:
    assert is_same_person("Kim Min-su", "kim  min-SU")
    assert not is_same_person("Kim Min-su", "Kim Min-ho")


def test_a_version_is_saved_with_name_and_reason(book: RecipeBook) -> None:
    recipe = Recipe(name="bolt", ng_limit=0.7)
    with pytest.raises(UsageError, match="give both"):
        save_version(book, recipe, seen=2, author="Lee", reason=" ")
    with pytest.raises(RecipeError, match="changed meanwhile"):
        save_version(book, recipe, seen=1, author="Lee", reason="limit")
    with pytest.raises(RecipeError, match="another name"):
        save_version(book, recipe, seen=0, author="Lee", reason="copy")
    with pytest.raises(RecipeError, match="Nothing is different"):
        save_version(book, book.load("bolt"), seen=2, author="Lee", reason="again")
    assert save_version(book, recipe, seen=2, author="Lee", reason="limit").version == 3


def test_a_scan_code_belongs_to_one_recipe(book: RecipeBook) -> None:
    coded = Recipe(name="bolt", scan_codes=("A-1",))
    save_version(book, coded, seen=2, author="Lee", reason="code")
    assert recipes_with_code(book, " A-1 ") == ["bolt"]
    assert recipes_with_code(book, "bolt") == ["bolt"]
    assert recipes_with_code(book, "A-2") == []
    nut = Recipe(name="nut", scan_codes=("A-1",))
    with pytest.raises(RecipeError, match="belongs to recipe bolt"):
        save_version(book, nut, seen=0, author="Lee", reason="new")
