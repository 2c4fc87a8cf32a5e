"""Qt scales images on its global thread pool while PyQt holds Python's lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import numpy as np
from PyQt5.QtCore import QCoreApplication, Qt
from app.station import tasks
from app.ui import images

app = QCoreApplication([])
picture = np.zeros((2000, 2500, 3), np.uint8)
done = []


def busy():
    return sum(range(200_000))  # wants Python's lock all the time


for turn in range(40):
    for _ in range(8):
        tasks.run(busy, done.append, print)
    image = images.base_image(picture)
    image.scaled(200, 160, Qt.KeepAspectRatio, Qt.SmoothTransformation)
assert tasks.wait_all(60)
app.processEvents()
assert len(done) == 320, len(done)
print("alive")
"""


def test_jobs_never_keep_the_window_from_scaling_a_picture() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "alive\n", done.stderr
