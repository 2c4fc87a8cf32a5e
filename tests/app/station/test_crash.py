"""A bug anywhere is logged and told; the process lives; every hook is put back."""

from __future__ import annotations

import faulthandler
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PyQt5.QtCore import qWarning

from app.station import crash

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.logs_expected


def hooks() -> tuple[object, ...]:
    return sys.excepthook, threading.excepthook, sys.unraisablehook


def test_hooks_are_put_back(tmp_path: Path) -> None:
    before = hooks()
    with crash.installed(tmp_path, lambda sentence: None):
        assert all(now is not old for now, old in zip(hooks(), before, strict=True))
    assert hooks() == before
    with pytest.raises(ValueError, match="x"), crash.installed(tmp_path, lambda _: None):
        raise ValueError("x")
    assert hooks() == before


def test_a_bug_in_a_thread_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def broken() -> None:
        raise ZeroDivisionError("oh")

    with crash.installed(tmp_path, told.append):
        thread = threading.Thread(target=broken, name="grabber")
        thread.start()
        thread.join()
    assert told == ["The program has a fault in grabber: oh. See the log."]
    assert "ZeroDivisionError" in caplog.text


def test_a_listener_that_fails_does_no_further_harm(tmp_path: Path) -> None:
    def broken(sentence: str) -> None:
        raise RuntimeError("no window")

    with crash.installed(tmp_path, broken):
        try:
            raise KeyError("k")
        except KeyError:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]


@pytest.mark.qt_no_exception_capture
def test_qt_messages_go_to_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with crash.installed(tmp_path, lambda sentence: None):
        qWarning("the layout has no room")
    assert "Qt: the layout has no room" in caplog.text


def test_a_folder_that_cannot_be_made_is_no_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with crash.installed(tmp_path / "file", lambda sentence: None):
        pass


def test_the_fault_handler_is_left_as_it_was(tmp_path: Path) -> None:
    before = faulthandler.is_enabled()
    with crash.installed(tmp_path, lambda sentence: None):
        assert faulthandler.is_enabled()
    assert faulthandler.is_enabled() == before


_SLOT = """
import sys
from pathlib import Path
from PyQt5.QtCore import QCoreApplication, QTimer
from app.station import crash
app = QCoreApplication([])
def slot():
    raise ValueError("in a slot")
told = []
with crash.installed(Path(sys.argv[1]), told.append):
    QTimer.singleShot(0, slot)
    QTimer.singleShot(50, app.quit)
    app.exec()
print(told)
"""

_DEATH = """
import ctypes, sys
from pathlib import Path
from app.station import crash
with crash.installed(Path(sys.argv[1]), print):
    ctypes.string_at(0)
"""


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True,
        encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def test_the_process_survives_an_exception_in_a_slot(tmp_path: Path) -> None:
    done = run(_SLOT, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "in a slot" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="dies of a signal")
def test_a_death_by_signal_leaves_the_stacks_of_all_threads(tmp_path: Path) -> None:
    done = run(_DEATH, tmp_path)
    assert done.returncode == -signal.SIGSEGV
    assert "string_at" in (tmp_path / "crash.log").read_text(encoding="utf-8")
