"""What judged before: warm while there is room, known after a restart, with its limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.settings.recipes import RecipeBook
from app.station.previous import RESERVE_MB, PreviousShelf, brought_back, from_book, spare_memory_mb
from app.store.database import Database, open_store
from model.errors import CheckpointError
from model.types import CheckpointInfo
from tests.rigs.grey_detector import GreyDetector

A, B = Recipe(name="a", checkpoint="x"), Recipe(name="b", checkpoint="x")
CORNERS = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))


@pytest.fixture
def store(tmp_path: Path) -> Database:
    return open_store(f"sqlite:///{(tmp_path / 'station.db').as_posix()}")


def test_the_newest_alone_is_kept_warm() -> None:
    shelf = PreviousShelf(lambda: 1e6)
    one, two = GreyDetector("one"), GreyDetector("two")
    shelf.put(A, one)
    shelf.put(B, two)
    kept = [shelf.of("a"), shelf.of("b")]
    assert [known and known.predictor for known in kept] == [None, two]
    assert [known and known.info.name for known in kept] == ["one", "two"]
    assert shelf.of("c") is None


def test_scarce_memory_lets_it_go() -> None:
    free = [RESERVE_MB + 1]
    shelf = PreviousShelf(lambda: free[0])
    shelf.put(A, GreyDetector("one"))
    shelf.trim()
    known = shelf.of("a")
    assert known is not None
    assert known.predictor is not None
    free[0] = RESERVE_MB - 1
    shelf.trim()
    known = shelf.of("a")
    assert known is not None
    assert known.predictor is None


def test_the_machine_says_what_is_free() -> None:
    assert spare_memory_mb() > 0


def test_limits_come_back_with_their_checkpoint_and_nothing_else() -> None:
    edge = RegionOfInterest(name="edge", polygon=CORNERS, ng_limit=0.4)
    before = Recipe(name="a", checkpoint="x", ng_limit=0.3, review_limit=0.2, regions=(edge,))
    hole = RegionOfInterest(name="hole", polygon=CORNERS, ng_limit=0.9)
    moved = edge.model_copy(update={"polygon": CORNERS[::-1], "ng_limit": 0.8})
    now = before.with_checkpoint("y").model_copy(
        update={"regions": (moved, hole), "min_area_px": 99, "ng_limit": 0.7}
    )
    found = brought_back(now, before, "f" * 64)
    assert (found.checkpoint, found.checkpoint_sha256) == ("x", "f" * 64)
    assert (found.ng_limit, found.review_limit, found.min_area_px) == (0.3, 0.2, 99)
    assert [region.ng_limit for region in found.regions] == [0.4, None]
    assert found.regions[0].polygon == CORNERS[::-1]


def header(name: str) -> CheckpointInfo:
    if name == "gone":
        raise CheckpointError("It is gone.")
    return GreyDetector(name).info


def test_the_newest_version_with_another_checkpoint_is_found(store: Database) -> None:
    book = RecipeBook(store)
    for checkpoint, limit in (("w", None), ("x", 0.1), ("x", 0.2), ("y", None), ("y", 0.5)):
        book.save(A.model_copy(update={"checkpoint": checkpoint, "ng_limit": limit}))
    found = from_book(store, book.load("a"), header)
    assert found is not None
    assert (found.recipe.version, found.recipe.ng_limit, found.info.name) == (3, 0.2, "x")
    assert from_book(store, book.load("a", 1), header) is None
    store.close()


def test_the_same_name_with_another_hash_is_another_checkpoint(store: Database) -> None:
    book = RecipeBook(store)
    for digit in "ab":
        book.save(A.model_copy(update={"checkpoint_sha256": digit * 64}))
    found = from_book(store, book.load("a"), header)
    assert found is not None
    assert found.recipe.checkpoint_sha256 == "a" * 64
    store.close()


def test_a_file_that_is_gone_cannot_be_had_back(store: Database) -> None:
    book = RecipeBook(store)
    for checkpoint in ("x", "gone", "y"):
        book.save(A.model_copy(update={"checkpoint": checkpoint}))
    assert from_book(store, book.load("a"), header) is None
    store.close()
