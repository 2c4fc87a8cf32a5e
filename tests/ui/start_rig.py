"""Starts the real window on the painted parts, as `app.application` does on a real line.

Arguments: home folder, PNG file, seconds. Prints one JSON object.
"""

from __future__ import annotations

import torch  # noqa: F401  # isort: skip

import json
import sys
from pathlib import Path

from PyQt5.QtWidgets import QApplication

from app import paths
from app.settings.keeper import SettingsKeeper
from app.ui import start
from tests.ui.rig import Scene, make_station


def main() -> int:
    home = paths.home(Path(sys.argv[1]))
    scene = Scene()
    scene.part = "ng"
    station, end = make_station(home, scene)
    station.begin(start=True)
    keeper = SettingsKeeper(home.settings)
    code = start.run(station, keeper, home, float(sys.argv[3]), Path(sys.argv[2]))
    tally = station.status().tally
    end()
    print(json.dumps({"ng": tally.ng, "platform": QApplication.platformName()}))
    return code


if __name__ == "__main__":
    sys.exit(main())
