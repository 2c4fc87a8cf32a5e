"""A real store, a real folder, and pictures of one grey value judged by the grey detector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.camera.frame import Image
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.store.database import Database, open_store

# The grey detector's limit of 0.25 allows greys from 65 to 191.
RECIPE = Recipe(name="grey", camera="grey:", checkpoint="grey")


def picture(grey: int) -> Image:
    return np.full((48, 64, 3), grey, np.uint8)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = open_store(f"sqlite:///{(tmp_path / 'golden.db').as_posix()}")
    yield store
    store.close()


@pytest.fixture
def golden(store: Database, tmp_path: Path) -> GoldenSet:
    return GoldenSet(store.golden, tmp_path / "golden")
