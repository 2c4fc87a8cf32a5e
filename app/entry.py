"""From the command line to what was asked for: a command, or the station."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from app import cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code: 0 done, 2 bad input, 3 fault."""
    return cli.guarded(lambda: _run(sys.argv[1:] if argv is None else argv))


def _run(argv: Sequence[str]) -> int:
    # loads the command's libraries, which takes seconds
    options = cli.parse(argv)
    if options.run is not None:
        return cli.run_command(options)
    # late: a command need not wait for camera, model and window
    from app.application import run_station

    return run_station(options)
