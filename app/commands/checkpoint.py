"""`checkpoint`: list, check, compare, import and export checkpoint files."""

from __future__ import annotations

import argparse
from pathlib import Path

from app import i18n
from app.commands.progress_lines import add_progress_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_list(actions.add_parser("list", help="what is in the checkpoint folders"))
    _add_check(actions.add_parser("check", help="load files in a throw-away process"))
    _add_compare(actions.add_parser("compare", help="a candidate beside the one in force"))
    _add_limits(actions.add_parser("limits", help="give a file limits from stored good parts"))
    _add_import(actions.add_parser("import", help="check a file and copy it to the station"))
    _add_export(actions.add_parser("export", help="copy a checkpoint to a file or folder"))


def run(options: argparse.Namespace) -> int:
    """Do the action."""
    if options.action == "compare":
        # late: it brings the model along
        from app.commands import checkpoint_compare

        return checkpoint_compare.run(options)
    if options.action == "limits":
        from app.commands import checkpoint_limits

        return checkpoint_limits.run(options)
    if options.action == "check" and options.here:
        from app.commands import checkpoint_check

        return checkpoint_check.serve(options)
    from app.commands import checkpoint_files

    return checkpoint_files.run(options)


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR", help="further folders")
    parser.add_argument("--hash", action="store_true", help="work out every sha256 (reads files)")
    _shared(parser)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="file, or name of a checkpoint")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    # the throw-away process itself: names of files come by stdin
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--spare", type=int, default=0, help=argparse.SUPPRESS)
    _shared(parser)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("candidate", metavar="FILE", help="file, or name of a checkpoint")
    parser.add_argument("--recipe", metavar="NAME", help="recipe; the one used last if left out")
    parser.add_argument("--current", metavar="FILE", help="instead of the recipe's checkpoint")
    parser.add_argument("--last", type=int, default=100, metavar="N", help="stored parts to judge")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="a folder instead of parts")
    parser.add_argument("--no-golden", action="store_true", help="leave the golden samples out")
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="folder of stored pictures")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the comparison as JSON")
    parser.add_argument("--language", choices=tuple(i18n.LANGUAGES), help=argparse.SUPPRESS)
    add_progress_lines(parser)
    _shared(parser)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("candidate", metavar="FILE", help="file, or name of a checkpoint")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the new file")
    parser.add_argument("--name", default="", help="name for people; that of the old file else")
    parser.add_argument("--recipe", metavar="NAME", help="recipe; the one used last if left out")
    parser.add_argument("--last", type=int, default=100, metavar="N", help="good parts to judge")
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="folder of stored pictures")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--language", choices=tuple(i18n.LANGUAGES), help=argparse.SUPPRESS)
    add_progress_lines(parser)
    _shared(parser)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--name", default="", help="new name; that of the file if left out")
    parser.add_argument("--unchecked", action="store_true", help="look at the header alone")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    _shared(parser)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", metavar="NAME", help="name or file of a checkpoint")
    parser.add_argument("target", type=Path, metavar="TARGET", help="file or folder")
    _shared(parser)


def _shared(parser: argparse.ArgumentParser) -> None:
    """Take the shared options behind the action too."""
    parser.add_argument("--home", type=Path, default=argparse.SUPPRESS)
    for option in ("--json", "--verbose"):
        parser.add_argument(option, action="store_true", default=argparse.SUPPRESS)
