"""Makes pictures of every screen in both languages, to be looked at.

    python docs/screens.py FOLDER [--size 1280x800] [--page review] [--records 20000]

A made-up month is written into a home of its own; the screens of the quality staff are opened on
it as on an office PC, the others on the demo line. Where Xvfb is installed a virtual display is
started.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from screenshot import ROOT, display, write_settings

PAGES = ("live", "review", "limits", "health", "reports", "products", "models")
# these need a running station
AT_LINE = {"live": "30", "products": "20", "models": "20"}


def main() -> int:
    """Take the pictures and return the worst exit code."""
    options = _options()
    options.folder.mkdir(parents=True, exist_ok=True)
    worst = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        display(options.size, Path(folder)) as environment,
    ):
        for name, words in _commands(options):
            home = Path(folder) / name
            home.mkdir(exist_ok=True)
            write_settings(home, options.size)
            command = [sys.executable, "main.py", "--home", str(home), *words]
            done = subprocess.run(command, cwd=ROOT, env=environment, timeout=600)
            worst = max(worst, done.returncode)
    return worst


def _commands(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """Return the home and the words of each command."""
    month = ["month", "--records", str(options.records), "--pictures", "60"]
    found = [("plant", month)]
    for page in options.page or PAGES:
        for language in ("en", "ko"):
            file = options.folder.absolute() / f"{page}-{language}-{options.size}.png"
            words = ["--language", language, "--screenshot", str(file), "--page", page]
            words += ["--quit-after", AT_LINE.get(page, "10")]
            if page in AT_LINE:
                found.append(("line", [*words, "--source", "sim:seed=7,defects=0.35"]))
            else:
                found.append(("plant", [*words, "--office"]))
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the PNG files are written")
    parser.add_argument("--size", default="1280x800", help="of the window, pixels")
    parser.add_argument("--page", action="append", choices=PAGES, help="this screen alone")
    parser.add_argument("--records", type=int, default=20_000, help="of the made-up month")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
