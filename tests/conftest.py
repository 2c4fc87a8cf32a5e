"""Every test gets its own home; none may leave a thread or an unexpected log record behind."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTEST_QT_API", "pyqt5")
# Idle OpenMP threads must not spin: other processes of the tests need the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# What is measured once for each checkpoint and home would be measured once for each test.
os.environ.setdefault("ADCLIP_RUNTIME", "torch")

import pytest
import torch
from _pytest.faulthandler import fault_handler_stderr_fd_key
from hypothesis import settings
from torch.utils.data._utils.signal_handling import _set_SIGCHLD_handler

from app import i18n

torch.set_num_threads(min(2, os.cpu_count() or 1))
# The same examples every time, so that a commit passes or fails for what it changes. New ones
# are looked for with HYPOTHESIS_PROFILE=search.
settings.register_profile("steady", derandomize=True)
settings.register_profile("search", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
# In the background of a shell Ctrl-C is ignored, and so it would be by the programs that are
# started here and must end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# A loader of torch with workers takes the signal of ended children for itself. Where Qt had it
# before, no QProcess ends any more; Qt, coming later, passes it on. The station never has both:
# trainings are processes of their own.
_set_SIGCHLD_handler()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a crash print its stacks on the terminal, also after a test of our own crash file."""
    faulthandler.enable(item.config.stash[fault_handler_stderr_fd_key])


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point ADCLIP_HOME at a fresh folder, and reset the language afterwards."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ADCLIP_HOME", str(folder))
    yield folder
    i18n.set_language("en")


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """Fail the test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while left := [t for t in threading.enumerate() if t not in before and _counts(t)]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {[t.name for t in left]}; stop and join them")
        time.sleep(0.02)


def _counts(thread: threading.Thread) -> bool:
    """Qt threads show up as dummies; pools of libraries are kept for the whole run."""
    return thread.is_alive() and not isinstance(thread, threading._DummyThread)


@pytest.fixture(autouse=True)
def no_stray_log(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Fail on a log record of WARNING or more, unless the test is marked `logs_expected`."""
    yield
    if request.node.get_closest_marker("logs_expected"):
        return
    stray = [r for r in caplog.get_records("call") if r.levelno >= 30]
    if stray:
        pytest.fail(f"unexpected log record: {stray[0].name}: {stray[0].getMessage()}")
