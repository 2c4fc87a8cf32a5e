from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.reviewed import Shop, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    found = open_shop(tmp_path / "shop")
    yield found
    found.store.close()
