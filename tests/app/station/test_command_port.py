"""Commands of another process for the running station."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtNetwork import QLocalSocket

from app.station.command_port import CommandPort, ask_station, port_name
from tests.app.station.change_rig import Shop, make_shop
from tests.app.station.conftest import MakeRig


class Asker(threading.Thread):
    """Another process, as far as the station can tell."""

    def __init__(self, home: Path, request: dict[str, Any]) -> None:
        super().__init__()
        self._home, self._request = home, request
        self.steps: list[str] = []
        self.answer: dict[str, Any] | None = None

    def run(self) -> None:
        self.answer = ask_station(self._home, self._request, self.steps.append, wait_s=15)


@pytest.fixture
def shop(make_rig: MakeRig) -> Iterator[Shop]:
    shop = make_shop(make_rig)
    shop.rig.run(1)
    port = CommandPort(shop.rig.home, shop.change)
    assert port.listen()
    yield shop
    port.close()
    port.deleteLater()


def ask(shop: Shop, **request: Any) -> Asker:
    asker = Asker(shop.rig.home, request)
    asker.start()
    shop.rig.until(lambda: not asker.is_alive())
    asker.join()
    return asker


def test_a_command_changes_the_running_station_over(shop: Shop) -> None:
    asker = ask(shop, command="use", recipe="other", by="Kim")
    assert asker.answer is not None
    assert asker.answer["ok"] is True
    assert (asker.answer["recipe"], asker.answer["version"]) == ("other", 1)
    assert asker.steps[0] == "Recipe is read"
    shop.judges("other")
    event = shop.rig.store.events.find(kinds=("recipe",))[0]
    assert (event.by, event.details["how"]) == ("Kim", "command")


@pytest.mark.logs_expected
def test_what_cannot_be_done_is_refused_with_the_reason(shop: Shop) -> None:
    asker = ask(shop, command="use", recipe="nothing", by="Kim")
    assert asker.answer is not None
    assert asker.answer["ok"] is False
    assert "no recipe 'nothing'" in asker.answer["text"]
    shop.judges("grey")


@pytest.mark.parametrize(
    "request_",
    [
        {"command": "delete", "recipe": "other"},
        {"command": "use"},
        {"command": "use", "recipe": "x" * 200},
        {"command": "use", "recipe": "other", "version": "1"},
    ],
)
def test_other_commands_are_not_known(shop: Shop, request_: dict[str, Any]) -> None:
    asker = ask(shop, **request_)
    assert asker.answer == {"ok": False, "text": "The station does not know this command."}
    shop.judges("grey")


def test_two_at_a_time_are_one_and_a_refusal(shop: Shop) -> None:
    assert shop.change.begin("other", "Kim")
    asker = Asker(shop.rig.home, {"command": "use", "recipe": "other"})
    asker.start()
    shop.rig.until(lambda: not asker.is_alive())
    assert asker.answer is not None
    assert asker.answer["ok"] or "under way" in asker.answer["text"]
    shop.rig.until(lambda: not shop.change.is_busy)


@pytest.mark.parametrize("data", [b"\xff\xfe\n", b"[]\n", b"1\n", b'{"command": "use"\n'])
def test_rubbish_is_answered_and_does_no_harm(shop: Shop, data: bytes) -> None:
    socket = QLocalSocket()
    socket.connectToServer(port_name(shop.rig.home))
    socket.write(data)
    shop.rig.until(socket.canReadLine)
    assert json.loads(bytes(socket.readLine()))["ok"] is False
    socket.abort()
    shop.judges("grey")


def test_a_flood_without_an_end_is_cut_off(shop: Shop) -> None:
    socket = QLocalSocket()
    socket.connectToServer(port_name(shop.rig.home))
    socket.write(b"x" * 50_000)
    shop.rig.until(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    shop.judges("grey")


def test_who_hangs_up_is_forgotten(shop: Shop) -> None:
    socket = QLocalSocket()
    socket.connectToServer(port_name(shop.rig.home))
    socket.write(b'{"command": "use", "recipe": "other"}\n')
    shop.rig.until(lambda: shop.change.is_busy)
    socket.abort()
    shop.rig.until(lambda: bool(shop.ended))
    shop.judges("other")


def test_nobody_answers_where_no_station_runs(tmp_path: Path) -> None:
    assert ask_station(tmp_path / "elsewhere", {"command": "use", "recipe": "x"}) is None
    assert port_name(tmp_path) != port_name(tmp_path / "elsewhere")


@pytest.mark.logs_expected
def test_only_one_station_of_a_home_takes_commands(shop: Shop) -> None:
    second = CommandPort(shop.rig.home, shop.change)
    assert not second.listen()
    second.close()
    assert ask(shop, command="use", recipe="other").answer is not None
