"""Commands of another process for the running station of a home: `recipe use NAME`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSlot
from PyQt5.QtNetwork import QLocalServer, QLocalSocket

from app import log
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.station.change_over import ChangeOver

_LONGEST = 16_384
_CONNECT_MS = 1500
_MOST_WAITING = 8


def port_name(home: Path) -> str:
    """Return the name of the local socket of the station that runs on a home folder."""
    place = str(home.expanduser().absolute()).encode()
    return f"adclip-station-{hashlib.sha256(place).hexdigest()[:20]}"


class CommandPort(QObject):
    """Listens for commands of this computer's user and answers with JSON lines.

    A request is one line, `{"command": "use", "recipe": NAME, "by": WHO}`, perhaps with
    "version". Lines `{"step": TEXT, "number": n, "of": n}` follow, at the end
    `{"ok": true, "text": ...}` or `{"ok": false, "text": why}`.

    Args:
        home: Folder of the station.
        change: Does it.
    """

    def __init__(self, home: Path, change: ChangeOver, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = port_name(home)
        self._change = change
        self._server = QLocalServer(self)
        # Only the user who runs the station may ask it for anything.
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(_MOST_WAITING)
        self._server.newConnection.connect(self._on_connection)
        self._asker: QLocalSocket | None = None
        change.progressed.connect(self._on_progress)
        change.done.connect(self._on_done)
        change.failed.connect(self._on_failed)

    def listen(self) -> bool:
        """Begin; False if another station of the same home listens, or the system refuses."""
        if _answers(self._name):
            log.station.warning("another station of this home takes the commands")
            return False
        # What a station that died has left lies in the way on some systems.
        QLocalServer.removeServer(self._name)
        if not self._server.listen(self._name):
            log.station.warning("no commands can be taken: %s", self._server.errorString())
            return False
        return True

    def close(self) -> None:
        """Listen no longer."""
        self._server.close()
        for socket in self.findChildren(QLocalSocket):
            socket.abort()
        self._asker = None

    @pyqtSlot()
    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setParent(self)
            socket.readyRead.connect(partial(self._on_bytes, socket))
            socket.disconnected.connect(partial(self._on_gone, socket))
            self._on_bytes(socket)

    def _on_bytes(self, socket: QLocalSocket) -> None:
        if sip.isdeleted(socket):
            return
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.abort()
            return
        self._answer(socket, bytes(socket.readLine(_LONGEST)))

    def _on_gone(self, socket: QLocalSocket) -> None:
        if socket is self._asker:
            self._asker = None
        socket.deleteLater()

    def _answer(self, socket: QLocalSocket, line: bytes) -> None:
        try:
            asked = json.loads(line)
            name, by = str(asked["recipe"]), str(asked.get("by", ""))
            known = asked["command"] == "use" and len(name) <= 80 and len(by) <= 80
            version = asked.get("version")
            known = known and (version is None or isinstance(version, int))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            known = False
        if not known:
            _send(socket, {"ok": False, "text": tr("The station does not know this command.")})
            return
        before, self._asker = self._asker, socket
        if not self._change.begin(name, by, "command", version):
            self._asker = before
            text = tr("Another change of recipe is under way; try again in a moment.")
            _send(socket, {"ok": False, "text": text})

    @pyqtSlot(str, int, int)
    def _on_progress(self, text: str, number: int, of: int) -> None:
        if self._asker is not None:
            _send(self._asker, {"step": text, "number": number, "of": of})

    @pyqtSlot(object)
    def _on_done(self, recipe: Recipe) -> None:
        text = tr("Recipe {name}, version {version}, is in force.")
        said = text.format(name=recipe.name, version=recipe.version)
        self._end({"ok": True, "text": said, "recipe": recipe.name, "version": recipe.version})

    @pyqtSlot(str)
    def _on_failed(self, sentence: str) -> None:
        self._end({"ok": False, "text": sentence})

    def _end(self, answer: dict[str, Any]) -> None:
        socket, self._asker = self._asker, None
        if socket is not None:
            _send(socket, answer)


def ask_station(
    home: Path,
    request: dict[str, Any],
    progress: Callable[[str], None] = lambda text: None,
    wait_s: float = 300.0,
) -> dict[str, Any] | None:
    """Ask the running station of a home; None if there is none. Blocks; needs no event loop.

    Args:
        home: Folder of the station.
        request: As `CommandPort` takes it.
        progress: Told what the station is doing.
        wait_s: For every line of the answer, seconds.

    Returns:
        The last line of the answer, with `ok` and `text`.
    """
    socket = QLocalSocket()
    socket.connectToServer(port_name(home))
    if not socket.waitForConnected(_CONNECT_MS):
        return None
    socket.write(json.dumps(request).encode() + b"\n")
    if not socket.waitForBytesWritten(_CONNECT_MS):
        return None
    while socket.canReadLine() or socket.waitForReadyRead(int(wait_s * 1000)):
        while socket.canReadLine():
            answer: dict[str, Any] = json.loads(bytes(socket.readLine()))
            if "ok" in answer:
                socket.disconnectFromServer()
                return answer
            progress(str(answer.get("step", "")))
    return {"ok": False, "text": tr("The station did not answer; look at its screen.")}


def _answers(name: str) -> bool:
    socket = QLocalSocket()
    socket.connectToServer(name)
    found = socket.waitForConnected(_CONNECT_MS)
    socket.abort()
    return bool(found)


def _send(socket: QLocalSocket, values: dict[str, Any]) -> None:
    socket.write(json.dumps(values).encode() + b"\n")
    socket.flush()
