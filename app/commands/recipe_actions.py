"""The actions of `recipe`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tabulate import tabulate

from app import paths
from app.cli_codes import DONE
from app.errors import RecipeError, UsageError
from app.inspection.recipe import Recipe
from app.paths import Home
from app.settings.keeper import SettingsKeeper
from app.settings.recipe_approval import Approvals
from app.settings.recipe_bundle import file_name, import_bundle
from app.settings.recipe_diff import Difference, differences
from app.settings.recipes import RecipeBook
from app.store.database import Database, open_store


class RecipeDesk:
    """What every action works with; close its store.

    Args:
        options: The command line.
        home: Folders of the station.
    """

    def __init__(self, options: argparse.Namespace, home: Home) -> None:
        self.options, self.home = options, home
        self.keeper = SettingsKeeper(home.settings)
        url = self.keeper.settings.database_url or home.database_url
        own = url == home.database_url
        if own and not (home.root / "station.db").is_file() and options.action != "import":
            raise UsageError(f"There are no recipes in {home.root}; run the station first.")
        home.root.mkdir(parents=True, exist_ok=True)
        self.store: Database = open_store(url)
        self.book = RecipeBook(self.store)
        self.approvals = Approvals(self.store, lambda: self.keeper.settings)

    def recipe(self) -> Recipe:
        """Return the version that the command line names, the newest by default."""
        return self.book.load(self.options.name, self.options.version)


def run(options: argparse.Namespace) -> int:
    """Do the action and return the exit code."""
    desk = RecipeDesk(options, paths.home(options.home))
    try:
        return _ACTIONS[options.action](desk)
    finally:
        desk.store.close()


def _list(desk: RecipeDesk) -> int:
    rows: list[dict[str, Any]] = []
    for name in desk.book.names():
        newest = desk.store.recipe_history(name)[0]
        usable = desk.approvals.newest_usable(name)
        rows.append(
            {
                "name": name,
                "product": _product(desk.book, name),
                "version": newest.version,
                "usable_version": usable,
                "author": newest.author,
                "reason": newest.reason,
                "saved": newest.saved_utc.isoformat(timespec="seconds"),
                "in_use": desk.keeper.settings.recipe == name,
            }
        )
    if desk.options.json:
        for row in rows:
            print(json.dumps(row), flush=True)
        return DONE
    table = [{**row, "in_use": "in use" if row["in_use"] else ""} for row in rows]
    print(tabulate([list(row.values()) for row in table], headers=_HEADERS))
    return DONE


def _product(book: RecipeBook, name: str) -> str:
    try:
        return book.load(name).product
    except RecipeError:
        return "(damaged)"


def _show(desk: RecipeDesk) -> int:
    recipe = desk.recipe()
    approved = desk.approvals.of(recipe.name)
    versions = [
        asdict(saved)
        | {
            "saved_utc": saved.saved_utc.isoformat(timespec="seconds"),
            "approved_by": approved[saved.version].by if saved.version in approved else "",
        }
        for saved in desk.store.recipe_history(recipe.name)
    ]
    if desk.options.json:
        print(json.dumps({"recipe": json.loads(recipe.to_json()), "versions": versions}))
        return DONE
    print(recipe.to_json())
    print(tabulate([list(one.values()) for one in versions], headers=list(versions[0])))
    return DONE


def _diff(desk: RecipeDesk) -> int:
    options, book = desk.options, desk.book
    if options.other:
        before, after = book.load(options.name), book.load(options.other)
    else:
        after = book.load(options.name, options.after)
        wanted = options.before if options.before is not None else max(1, after.version - 1)
        before = book.load(options.name, wanted)
    found = differences(before, after)
    if options.json:
        print(json.dumps([asdict(one) for one in found]))
        return DONE
    if not found:
        print("no difference")
    for one in found:
        print(_line(one), flush=True)
    return DONE


def _line(one: Difference) -> str:
    return f"{one.field}: {one.before} -> {one.after}"


def _use(desk: RecipeDesk) -> int:
    from app.station.command_port import ask_station

    options = desk.options
    request = {"command": "use", "recipe": options.name, "by": options.author}
    if options.version is not None:
        request["version"] = options.version
    answer = ask_station(desk.home.root, request, lambda text: print(text, file=sys.stderr))
    if answer is None:
        answer = _use_next_time(desk)
    elif not answer["ok"]:
        raise RecipeError(str(answer["text"]))
    print(json.dumps(answer) if options.json else answer["text"], flush=True)
    return DONE


def _use_next_time(desk: RecipeDesk) -> dict[str, Any]:
    """Set the recipe of the next start; nothing runs that could be changed over."""
    # Late, as for `export`: finding a checkpoint brings the model along.
    from app.station.recipe_export import checkpoint_of

    options = desk.options
    newest = desk.approvals.newest_usable(options.name)
    recipe = desk.book.load(options.name, options.version or newest)
    desk.approvals.require(recipe)
    if recipe.version != newest:
        raise UsageError(
            "No station runs on this home; only a running one can use an older version."
        )
    file = checkpoint_of(recipe, desk.home)
    if not desk.keeper.change(recipe=recipe.name, recipe_version=recipe.version):
        raise UsageError(f"The settings in {desk.home.settings} cannot be written.")
    text = (
        f"No station runs on this home; recipe {recipe.name}, version {recipe.version}, is that "
        "of the next start."
    )
    values = {"recipe": recipe.name, "version": recipe.version, "checkpoint": str(file)}
    return {"ok": True, "running": False, "text": text} | values


def _approve(desk: RecipeDesk) -> int:
    options = desk.options
    recipe = desk.recipe()
    given = desk.approvals.approve(recipe.name, recipe.version, options.author, options.note)
    if options.json:
        print(json.dumps(asdict(given) | {"at": given.at.isoformat(timespec="seconds")}))
    else:
        print(f"Recipe {given.recipe}, version {given.version}, was approved by {given.by}.")
    return DONE


def _export(desk: RecipeDesk) -> int:
    from app.station.recipe_export import export_recipe

    options, recipe = desk.options, desk.recipe()
    target: Path = options.target
    if target.is_dir():
        target = target / file_name(recipe)
    export_recipe(desk.store, desk.home, recipe, target)
    print(json.dumps({"file": str(target)}) if options.json else target, flush=True)
    return DONE


def _import(desk: RecipeDesk) -> int:
    options = desk.options
    author = " ".join(options.author.split())
    if not author:
        raise UsageError("--author needs a name.")
    taken = import_bundle(desk.store, desk.home, options.file, author=author, name=options.new_name)
    values = {
        "recipe": taken.recipe.name,
        "version": taken.recipe.version,
        "checkpoint": str(taken.checkpoint),
        "golden_samples": taken.samples,
        "golden_samples_left_out": taken.kept_samples,
    }
    if options.json:
        print(json.dumps(values), flush=True)
        return DONE
    print(f"Recipe {taken.recipe.name}, version {taken.recipe.version}, was taken in.")
    if taken.kept_samples:
        print("It has golden samples here already; those of the file were left out.")
    return DONE


_HEADERS = ("name", "product", "version", "usable", "author", "reason", "saved", "")
_ACTIONS: dict[str, Callable[[RecipeDesk], int]] = {
    "list": _list,
    "show": _show,
    "diff": _diff,
    "use": _use,
    "approve": _approve,
    "export": _export,
    "import": _import,
}
