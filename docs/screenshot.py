"""Makes the README's picture from the really running window.

    python docs/screenshot.py FILE [--size 1280x800] [--language en] [--source URI]

The station runs on the demo line in a home of its own; the picture is taken while an NG part
is shown. Where there is no display and Xvfb is installed, a virtual one is started.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = "60"
TIMEOUT_S = 300


def main() -> int:
    """Take the picture and return the station's exit code."""
    options = _options()
    options.file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        write_settings(home, options.size)
        with display(options.size, Path(folder)) as environment:
            command = [sys.executable, "main.py", "--home", str(home), "--quit-after", SECONDS]
            command += ["--language", options.language, "--source", options.source]
            command += ["--screenshot", str(options.file.absolute())]
            return subprocess.run(command, cwd=ROOT, env=environment, timeout=TIMEOUT_S).returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="PNG file to write")
    parser.add_argument("--size", default="1280x800", help="of the window, pixels")
    parser.add_argument("--language", choices=("en", "ko"), default="en")
    parser.add_argument("--source", default="sim:seed=7,defects=0.35", help="camera address")
    return parser.parse_args()


def write_settings(home: Path, size: str) -> None:
    """Write settings of a window of this size."""
    width, height = size.split("x")
    text = f'window_width_px = {width}\nwindow_height_px = {height}\nlot = "L-2411-07"\n'
    (home / "station.toml").write_text(text, encoding="utf-8")


@contextmanager
def display(size: str, folder: Path) -> Iterator[dict[str, str]]:
    """Give the environment of a display: a virtual one, or the one that is there."""
    program = shutil.which("Xvfb")
    if not sys.platform.startswith("linux") or program is None:
        yield dict(os.environ)
        return
    read, write = os.pipe()
    command = [program, "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    # a server that resets when its only client leaves refuses the next one for a moment
    command.append("-noreset")
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    try:
        with os.fdopen(read) as stream:
            display = f":{stream.readline().strip()}"
        yield {**os.environ, "DISPLAY": display, "XDG_RUNTIME_DIR": str(runtime)}
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    sys.exit(main())
