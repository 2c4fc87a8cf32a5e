"""A new product by mouse and keys alone: the real program on a screen without a monitor.

From an empty home to a judged part. The screenshots lie in the folder ADCLIP_SCREENSHOTS, or in
the test's own.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PyQt5.QtWidgets import QApplication

from app.ui import theme
from model.opencv import cv2
from tests.end_to_end.station_process import ROOT, environment, stored
from tests.rigs import plates
from tests.rigs.desktop import Desktop, desktop, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"THE WINDOW IS NOT TRIED: {missing()}")

GOOD = 8
PLATE = (605, 545, 100, 30)
LIVE_PICTURE = (262, 300, 594, 350)
"""Where plate and picture lie on the screen, about: x, y, width, height."""


@contextmanager
def running(home: Path, screen: Desktop) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program as a user does; it ends with the block."""
    runtime = home.parent / "xdg"
    runtime.mkdir(mode=0o700)
    extra = {
        "QT_QPA_PLATFORM": "xcb", "DISPLAY": screen.display, "XDG_RUNTIME_DIR": str(runtime),
    }  # fmt: skip
    words = [sys.executable, str(ROOT / "main.py"), "--home", str(home), "--language", "en"]
    log = (home.parent / "program.log").open("wb")
    program = subprocess.Popen(words, env=environment(**extra), cwd=ROOT, stdout=log, stderr=log)
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        log.close()


class Engineer:
    """Does what the screen says."""

    def __init__(self, screen: Desktop, parts: Path) -> None:
        self.screen, self.parts = screen, parts

    def go_on(self, to: str) -> None:
        """Press Next and wait for the next step."""
        self.screen.press("alt", "right")
        self.screen.wait_for(to)

    def begin(self) -> None:
        """Name the product and choose the folder that stands for a camera."""
        screen = self.screen
        screen.click("Products", 60)
        screen.click("Teach a new product …")
        screen.wait_for("Give the product a name.")
        screen.type("plate")
        screen.click("Folder")
        screen.shot("camera-kind")
        x, y = screen.wait_for("Choose…", within=(260, 270, 420, 90))
        screen.gui.click(x - 120, y)
        screen.type(f"{self.parts}?fps=1&loop=1\n")
        screen.wait_for("Live picture, 320 × 256 px")
        screen.shot("camera")
        self.go_on("Draw around what is to be judged; leave out what varies and does not matter.")

    def draw(self) -> None:
        """Draw a region around the plate."""
        screen = self.screen
        screen.wait_until(self.sees_picture, "a picture to draw on")
        screen.drag((560, 330), (980, 635))
        screen.wait_for("One region is judged.")
        screen.shot("draw")
        self.go_on("Skip ▶")

    def align(self) -> None:
        """Draw a box around the mark and see it found."""
        screen = self.screen
        screen.wait_until(self.sees_picture, "a picture to draw on")
        screen.drag((640, 370), (745, 455))
        screen.wait_for("✓ Found")
        screen.shot("align")
        self.go_on("Without a scale, sizes are told in pixels.")

    def measure(self) -> None:
        """Draw the width of the plate and type its length."""
        screen = self.screen
        screen.wait_until(self.sees_picture, "a picture to draw on")
        screen.drag((590, 480), (948, 480))
        screen.type("100\n")
        screen.wait_for("Large part or web: judge in tiles of")
        screen.shot("scale")
        self.go_on("Put one good part after the other under the camera and press Space.")

    def collect(self) -> None:
        """Press Space until there are enough good parts, then paint the defect of one."""
        screen = self.screen

        enough_words = f"{GOOD} good parts"

        def enough() -> bool:
            if not self.sees_blot():
                screen.press("space")
            counts = [f"{n} good parts" for n in range(GOOD + 1)]
            return screen.read(counts, (870, 96, 400, 50)) == enough_words

        screen.wait_until(enough, f"{GOOD} good parts", 90)
        screen.shot("collect")

        def took_defective() -> bool:
            if not self.sees_blot():
                return False
            screen.press("d")
            return True

        screen.wait_until(took_defective, "the defective part", 90)
        screen.wait_for("Paint over the defect, then use the mask.")
        self.paint_blot()
        screen.shot("mask")
        screen.press("enter")
        screen.wait_for("✓ Kept with its defect.")
        screen.shot("defective")
        self.go_on("Choose how it learns and press Teach; the line goes on meanwhile.")

    def teach(self) -> None:
        """Press Teach and wait."""
        screen = self.screen
        screen.shot("teach")
        screen.press("space")
        screen.wait_for("Cancel")
        screen.shot("learning")
        # learns at a low priority: beside other tests it takes its time
        screen.wait_for("✓ Taught", 480)
        screen.shot("taught")
        self.go_on("See how it judges parts that it has not learned from, and set the limit.")

    def try_out(self) -> None:
        """Look at the result, also live."""
        screen = self.screen
        screen.shot("result")
        screen.click("Try it live")
        verdicts, below = ["Live: OK", "Live: NG", "Live: ERROR"], (370, 500, 500, 200)
        screen.wait_until(lambda: bool(screen.read(verdicts, below)), "a live verdict", 90)
        screen.shot("live-trial")
        screen.click("Stop the live trial")
        self.go_on("Look it over, sign it and save it as a version of the recipe.")

    def save(self) -> None:
        """Sign, save, change over."""
        screen = self.screen
        screen.type("kim")
        screen.shot("sign")
        screen.press("alt", "right")
        screen.wait_for("Change over to version 1")
        screen.shot("saved")
        screen.click("Change over to version 1")

    def sees_picture(self) -> bool:
        """Tell whether a plate is shown in the middle of the step."""
        x, y, width, height = PLATE
        return 90 < float(self.screen.see()[y : y + height, x : x + width].mean()) < 190

    def blot(self) -> np.ndarray:
        """Return the pixels (row, column) of a bright thing of some size in the picture."""
        x, y, width, height = LIVE_PICTURE
        seen = self.screen.see()[y : y + height, x : x + width]
        # lines and letters are thinner than this
        thick = cv2.erode((seen > 238).astype(np.uint8), np.ones((15, 15), np.uint8))
        return np.argwhere(thick) + np.array([y, x])

    def sees_blot(self) -> bool:
        """Tell whether the defective part lies under the camera."""
        return len(self.blot()) > 50

    def paint_blot(self) -> None:
        """Brush over the blot from side to side."""
        rows, columns = self.blot().T
        y = int(np.median(rows))
        left, right = int(columns.min()), int(columns.max())
        for _ in range(2):
            self.screen.press("]")
        self.screen.drag((left, y), (right, y))


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    kept = os.environ.get("ADCLIP_SCREENSHOTS")
    return Path(kept) / "teach" if kept else tmp_path / "screenshots"


# pyautogui keeps its connection to the display, which ends before it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_new_product_by_mouse_and_keys(
    qapp: QApplication, tmp_path: Path, screenshots: Path
) -> None:
    theme.apply(qapp)
    home, parts = tmp_path / "home", tmp_path / "parts"
    for number in range(GOOD + 4):
        plates.write(parts, f"a{number:02d}", plates.plate(number))
    plates.write(parts, "z-defective", plates.plate(99, blot=True))
    try:
        with desktop(screenshots) as screen, running(home, screen):
            engineer = Engineer(screen, parts)
            engineer.begin()
            engineer.draw()
            engineer.align()
            engineer.measure()
            engineer.collect()
            engineer.teach()
            engineer.try_out()
            engineer.save()
            screen.press("ctrl", "1")
            screen.wait_until(lambda: _judged(home) is not None, "a judged plate", 60)
            screen.shot("judged")
    finally:
        qapp.setStyleSheet("")
    rows = [row for row in stored(home) if row["recipe"] == "plate"]
    assert {row["verdict"] for row in rows} <= {"OK", "NG"}
    files = (home / "checkpoints").glob("plate-*.safetensors")
    taught = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert {row["checkpoint"] for row in rows} == taught


def _judged(home: Path) -> dict[str, object] | None:
    rows = [row for row in stored(home) if row["recipe"] == "plate"]
    return rows[0] if rows else None
