"""The command line: one entry, `main.py`, with sub-commands.

JSON goes to stdout, everything else to stderr. Exit codes: 0 done, 1 NG found (inspect with
--fail-on-ng), 2 bad input, 3 fault. Underscores and dashes in option names are the same.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app import VERSION, log
from app.cli_codes import BAD_INPUT, DONE, FAULT
from app.commands import COMMANDS
from app.errors import ExpectedError
from model.errors import ModelError


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the options; `command` is None for the station itself.

    Args:
        argv: Arguments without the program's name.

    Raises:
        SystemExit: Code 2 with one sentence on stderr for unknown or impossible options.
    """
    words = [_dashed(word) for word in argv]
    return _parser(words).parse_args(words)


def guarded(run: Callable[[], int]) -> int:
    """Run a command; expected errors become one sentence on stderr and exit code 2.

    A bug is logged with its stack and gives exit code 3.
    """
    try:
        return run()
    except (ExpectedError, ModelError) as error:
        sys.stderr.write(f"error: {error}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return FAULT
    except BrokenPipeError:
        # The reader of our output has gone; nothing is left to say, and to nobody.
        sys.stderr.close()
        return DONE
    except Exception:  # noqa: BLE001  (logged; a bug must end in an exit code, not in nothing)
        log.cli.exception("the command failed because of a bug")
        return FAULT


def run_command(options: argparse.Namespace) -> int:
    """Run the chosen sub-command and return its exit code."""
    log.set_up(None, logging.DEBUG if options.verbose else logging.WARNING)
    return guarded(lambda: int(options.run(options)))


def _dashed(word: str) -> str:
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    return name.replace("_", "-") + equals + value


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; a command that is not among the words is named, not loaded."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--home", type=Path, help="folder of settings, database and evidence (or ADCLIP_HOME)"
    )
    shared.add_argument("--json", action="store_true", help="results as JSON on stdout")
    shared.add_argument("--verbose", action="store_true", help="log more on stderr")
    parser = argparse.ArgumentParser(
        prog="main.py",
        parents=[shared],
        description="AD-CLIP Station. Without a command it opens the station's window.",
    )
    parser.add_argument("--version", action="version", version=f"AD-CLIP Station {VERSION}")
    _add_station_options(parser)
    parser.set_defaults(command=None, run=None)
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name, help=command.help, description=command.help, parents=[_unset(shared)]
        )
        if command.name in words:
            module = command.load()
            module.add_arguments(sub)
            sub.set_defaults(command=command.name, run=module.run)
    return parser


def _unset(shared: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Return the shared options without defaults, so that `--json test` and `test --json` agree."""
    copy = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    copy.add_argument("--home", type=Path, help=shared._option_string_actions["--home"].help)
    copy.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    copy.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS)
    return copy


def _add_station_options(parser: argparse.ArgumentParser) -> None:
    station = parser.add_argument_group("station")
    station.add_argument(
        "--headless", action="store_true", help="run the same line without a window"
    )
    station.add_argument(
        "--source", metavar="URI", help="sim:, folder:DIR, file:VIDEO, index:N, rtsp://, http://"
    )
    station.add_argument(
        "--count", type=_positive, metavar="N", help="end after N frames (headless)"
    )
    station.add_argument(
        "--shadow",
        metavar="CHECKPOINT",
        help="judge beside with another checkpoint, without a say; a summary at the end (headless)",
    )
    station.add_argument("--recipe", metavar="NAME", help="recipe to use instead of the last one")
    station.add_argument(
        "--office",
        action="store_true",
        help="screens of the quality staff alone, without a camera, on the plant's records",
    )
    station.add_argument(
        "--database", metavar="URL", help="sqlite:///FILE or postgresql://... for this run"
    )
    station.add_argument(
        "--evidence", type=Path, metavar="DIR", help="folder of the stored pictures for this run"
    )
    station.add_argument(
        "--page",
        choices=("live", "review", "limits", "health", "reports", "products", "models"),
        help="screen to begin with",
    )
    station.add_argument("--language", choices=("en", "ko"), help="language of the window")
    station.add_argument(
        "--quit-after", type=float, metavar="SECONDS", help="close the window by itself"
    )
    station.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="save a picture of the window on closing"
    )


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number
