"""`recipe`: list, show, compare, change over, approve, export and import recipes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    _action(actions, "list", "the recipes of this station")
    showing = _action(actions, "show", "one recipe, with its versions")
    comparing = _action(actions, "diff", "what two versions differ in, in words")
    using = _action(
        actions, "use", "change the running station over, or set the recipe of the next start"
    )
    approving = _action(actions, "approve", "approve a version, as a second person")
    exporting = _action(actions, "export", "recipe, checkpoint and golden pictures as one file")
    importing = _action(actions, "import", "take such a file in as a new version")
    for sub in (showing, comparing, using, approving, exporting):
        sub.add_argument("name", metavar="NAME", help="name of the recipe")
    for sub in (showing, using, exporting):
        sub.add_argument("--version", type=int, metavar="N", help="default: the newest")
    comparing.add_argument("before", type=int, nargs="?", metavar="N", help="default: one earlier")
    comparing.add_argument("after", type=int, nargs="?", metavar="M", help="default: the newest")
    comparing.add_argument("--with", dest="other", metavar="NAME", help="compare with this recipe")
    approving.add_argument("--version", type=int, metavar="N", help="default: the newest")
    approving.add_argument("--note", default="", help="what there is to say of it")
    exporting.add_argument("target", type=Path, metavar="TARGET", help="file or folder")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--as", dest="new_name", default="", metavar="NAME", help="new name")
    using.add_argument("--author", default="", help="who changes over")
    for sub in (approving, importing):
        sub.add_argument("--author", required=True, help="who answers for it")


def run(options: argparse.Namespace) -> int:
    """Do the action and return the exit code."""
    # Late: SQLAlchemy and Qt take half a second that the list of commands should not wait for.
    from app.commands import recipe_actions

    return recipe_actions.run(options)


def _action(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    for option in ("--json", "--verbose"):
        made.add_argument(option, action="store_true", default=argparse.SUPPRESS)
    made.add_argument("--home", type=Path, default=argparse.SUPPRESS)
    return made
