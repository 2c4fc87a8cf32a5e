from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QTimer
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QApplication

from app import paths
from app.settings.keeper import SettingsKeeper
from app.ui import display, start
from app.ui.main_window import MainWindow
from tests.ui.rig import Scene, make_station

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def xvfb() -> Iterator[str]:
    """A display of its own on a virtual X server."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("XVFB IS ABSENT: whether the window starts on a real X server is not tested")
    read, write = os.pipe()
    command = [program, "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as stream:
            yield f":{stream.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


def started(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    command = [
        sys.executable, "-m", "tests.ui.start_rig",
        str(tmp_path / "home"), str(tmp_path / "window.png"), "6",
    ]  # fmt: skip
    clean = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "DISPLAY")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**clean, "XDG_RUNTIME_DIR": str(runtime), **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_the_window_starts_on_a_real_x_server(tmp_path: Path, xvfb: str) -> None:
    done = started(tmp_path, DISPLAY=xvfb)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result = json.loads(done.stdout)
    assert result["platform"] == "xcb"
    assert result["ng"] > 6
    picture = QImage(str(tmp_path / "window.png"))
    assert picture.width() >= 1024
    assert picture.pixelColor(picture.width() * 3 // 4, 70).name() == "#c24f00", "the NG plate"


def test_without_a_display_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = started(tmp_path)
    assert done.returncode != 0
    assert "There is no display; run with --headless or set DISPLAY." in done.stderr
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    if sys.platform.startswith("linux"):
        assert "The display :4711 does not answer" in display.problem()


def test_the_next_start_finds_what_was_changed_in_the_window(
    app: QApplication, own_home: Path, scene: Scene
) -> None:
    home = paths.home(own_home)
    station, end = make_station(home, scene)

    def change() -> None:
        (window,) = (w for w in app.topLevelWidgets() if isinstance(w, MainWindow))
        window.live.layout_.opacity.setValue(35)
        window.actions_["overlay"].trigger()
        window.actions_["language"].trigger()

    QTimer.singleShot(200, change)
    try:
        assert start.run(station, SettingsKeeper(home.settings), home, quit_after_s=1.0) == 0
    finally:
        end()
    saved = SettingsKeeper(home.settings).settings
    assert (saved.overlay_opacity, saved.overlay_on, saved.language) == (0.35, False, "ko")
    assert not [w for w in app.topLevelWidgets() if isinstance(w, MainWindow)]


def test_offscreen_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert display.problem() == ""
