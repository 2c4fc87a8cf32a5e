"""Labels some pictures in a process of its own and dies without a word.

Argument: the folder of pictures.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication

from app.labelling.place import place_at
from app.ui.screens.label import LabelScreen


def main() -> None:
    app = QApplication(sys.argv[:1])
    screen = LabelScreen("Kim")
    screen.resize(1280, 760)
    screen.show()
    screen.open(place_at(Path(sys.argv[1])))
    grid = screen.layout_.grid
    while not grid.names or not all(grid.is_seen(name) for name in grid.page()):
        app.processEvents()
    for key in "gdsg":
        QTest.keyClick(grid, key)
    assert screen.writer is not None
    while screen.writer.outbox.waiting:
        app.processEvents()
    os._exit(9)


if __name__ == "__main__":
    main()
