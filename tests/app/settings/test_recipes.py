"""Recipes in a real store: first start, versions, one file in and out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import RecipeError, StoreError
from app.inspection.recipe import Recipe
from app.settings.recipes import DEMO, RecipeBook
from app.store.database import Database, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = open_store(f"sqlite:///{(tmp_path / 'station.db').as_posix()}")
    yield store
    store.close()


@pytest.fixture
def book(store: Database) -> RecipeBook:
    return RecipeBook(store)


def test_the_first_start_puts_the_demo_in_place(book: RecipeBook) -> None:
    assert book.names() == []
    assert book.first() == DEMO
    assert book.names() == ["demo"]
    assert book.first() == DEMO
    assert book.load("demo").version == 1


def test_every_save_is_a_new_version(book: RecipeBook) -> None:
    recipe = Recipe(name="bolt", version=7)
    assert book.save(recipe).version == 1
    assert book.save(recipe.model_copy(update={"ng_limit": 0.5})).version == 2
    assert book.load("bolt").ng_limit == 0.5
    assert book.load("bolt", 1).ng_limit is None


def test_the_first_recipe_is_the_wanted_one(book: RecipeBook) -> None:
    book.save(Recipe(name="bolt"))
    book.save(Recipe(name="nut"))
    assert book.first("nut").name == "nut"
    assert book.first().name == "bolt"


@pytest.mark.logs_expected
def test_a_recipe_that_is_gone_is_no_end(book: RecipeBook) -> None:
    book.save(Recipe(name="bolt"))
    assert book.first("nut").name == "bolt"


@pytest.mark.logs_expected
def test_a_damaged_recipe_is_no_end(book: RecipeBook, store: Database) -> None:
    store.save_recipe('{"name": "bolt", "format": 99}', "bolt", 1, "", "")
    assert book.first("bolt") == DEMO
    with pytest.raises(RecipeError, match="update the program"):
        book.load("bolt")


def test_an_unknown_name_lists_the_known_ones(book: RecipeBook) -> None:
    with pytest.raises(RecipeError, match="known are: none"):
        book.load("bolt")
    book.save(Recipe(name="nut"))
    with pytest.raises(RecipeError, match="known are: nut"):
        book.load("bolt")


def test_export_and_import_keep_everything(book: RecipeBook, tmp_path: Path) -> None:
    recipe = Recipe(name="볼트", product="Bolt ½", ng_limit=0.25, mm_per_px=0.05)
    book.save(recipe)
    file = tmp_path / "out" / "볼트.json"
    book.export_file("볼트", file)
    again = book.import_file(file, author="kim")
    assert again == recipe.model_copy(update={"version": 2})
    assert book.load("볼트") == again


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"name": ""}', b"\xff\xfe\x00"])
def test_a_file_that_is_no_recipe_is_refused(
    book: RecipeBook, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(RecipeError):
        book.import_file(file)
    assert book.names() == []


def test_a_missing_file_is_refused(book: RecipeBook, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        book.import_file(tmp_path / "none.json")


def test_an_export_that_cannot_be_written_is_one_sentence(book: RecipeBook, tmp_path: Path) -> None:
    book.first()
    with pytest.raises(StoreError, match="cannot be written"):
        book.export_file("demo", tmp_path)


def test_another_camera_than_the_demo_line_gets_the_general_recipe(store: Database) -> None:
    book = RecipeBook(store)
    demo = book.first()
    assert book.with_camera(demo, "sim:seed=3").name == "demo"
    assert book.with_camera(demo, "sim:seed=3").camera == "sim:seed=3"
    for _ in range(2):
        general = book.with_camera(demo, "http://camera/video")
        assert (general.name, general.version) == ("general", 1)
        assert general.camera == "http://camera/video"
        assert general.region_of_interest is None
    own = book.save(demo.model_copy(update={"name": "own"}))
    assert book.with_camera(own, "index:1").name == "own"
