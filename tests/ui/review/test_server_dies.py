"""A real PostgreSQL server that is stopped in the middle of the review."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt5.QtCore import Qt

from tests.rigs.postgres_server import PostgresServer, postgres_server
from tests.ui.review.conftest import Bench

K = Qt.Key


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def database_url(server: PostgresServer) -> str:
    return server.url


def test_decisions_outlive_a_server_that_dies(bench: Bench, server: PostgresServer) -> None:
    fault = bench.page.layout_.fault
    bench.wait(lambda: len(bench.page.loader._parts) >= 4)
    bench.press(K.Key_Return)
    bench.wait_said("0006", "confirmed")
    server.stop()
    for serial in ("0005", "0004"):
        bench.wait_for(serial)
        bench.press(K.Key_1, K.Key_Return)
    bench.wait(lambda: "2 decisions wait" in fault.text)
    server.start()
    bench.wait(lambda: fault.text == "")
    assert [bench.said(serial)[0].defect for serial in ("0005", "0004")] == ["scratch"] * 2
