"""`golden`: golden samples of a recipe, from the command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli_codes import BAD_INPUT, DONE
from app.commands.golden_desk import GoldenDesk
from app.golden import wording
from app.golden.check import EMPTY, GoldenCheck, check
from app.golden.details import as_details, check_event, sample_event
from app.inspection.event import Event
from app.inspection.golden import GoldenSample
from app.inspection.verdict import Verdict
from app.settings.recipes import RecipeBook

MOVED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    adding = _action(actions, "add", "judge a picture now and keep it as a golden sample")
    source = adding.add_mutually_exclusive_group(required=True)
    source.add_argument("--record", metavar="ID", help="a stored part with its picture")
    source.add_argument("--image", type=Path, metavar="FILE", help="an image file")
    adding.add_argument("--name", help="what people call it; default from record or file")
    adding.add_argument("--verdict", choices=["OK", "NG"], help="refuse it if judged otherwise")
    listing = _action(actions, "list", "show the samples in use")
    retiring = _action(actions, "retire", "use a sample no longer; its picture stays")
    measuring = _action(actions, "measure", "judge a set anew, for another checkpoint")
    checking = _action(actions, "check", "judge the set: exit code 0 right, 1 moved, 2 bad input")
    retiring.add_argument("--name", required=True, help="name or id of the sample")
    measuring.add_argument("--name", help="this sample alone")
    for sub in (adding, retiring, measuring):
        sub.add_argument("--author", required=True, help="who answers for it")
    for sub in (adding, measuring, checking):
        sub.add_argument("--device", default="auto", help="auto, cpu or cuda")
    for sub in (measuring, checking):
        sub.add_argument("--checkpoint", help="file or name, instead of the recipe's")
    for sub in (adding, listing, retiring, measuring, checking):
        sub.add_argument("--recipe", help="default: the one used last")


def run(options: argparse.Namespace) -> int:
    """Do the action and return the exit code."""
    with _desk(options) as desk:
        return _ACTIONS[options.action](desk)


def _action(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    for option, kind in (("--json", "store_true"), ("--verbose", "store_true")):
        made.add_argument(option, action=kind, default=argparse.SUPPRESS)
    made.add_argument("--home", type=Path, default=argparse.SUPPRESS)
    return made


@contextmanager
def _desk(options: argparse.Namespace) -> Iterator[GoldenDesk]:
    desk = GoldenDesk(options)
    try:
        yield desk
    finally:
        desk.store.close()


def _add(desk: GoldenDesk) -> int:
    options, recipe = desk.options, desk.recipe()
    image, name = desk.picture()
    expected = Verdict(options.verdict) if options.verdict else None
    sample = desk.golden.add(
        image,
        options.name or name,
        recipe,
        desk.predictor(recipe),
        expected=expected,
        by=options.author,
    )
    _tell(desk, sample_event("added", sample, desk.settings.station, options.author))
    _show(desk, [sample])
    return DONE


def _list(desk: GoldenDesk) -> int:
    names = [desk.options.recipe] if desk.options.recipe else RecipeBook(desk.store).names()
    _show(desk, [sample for name in names for sample in desk.golden.samples(name)])
    return DONE


def _retire(desk: GoldenDesk) -> int:
    sample = desk.sample(desk.recipe().name, desk.options.name)
    desk.golden.retire(sample)
    _tell(desk, sample_event("retired", sample, desk.settings.station, desk.options.author))
    return DONE


def _measure(desk: GoldenDesk) -> int:
    options, recipe = desk.options, desk.recipe()
    named = [desk.sample(recipe.name, options.name)] if options.name else None
    samples = named or desk.golden.samples(recipe.name)
    predictor = desk.predictor(recipe)
    renewed = [desk.golden.measure(s, recipe, predictor, options.author) for s in samples]
    for sample in renewed:
        _tell(desk, sample_event("measured", sample, desk.settings.station, options.author))
    _show(desk, renewed)
    return DONE


def _check(desk: GoldenDesk) -> int:
    recipe = desk.recipe()
    samples = desk.golden.samples(recipe.name)
    predictor = desk.predictor(recipe)
    station = desk.settings.station
    done = check(samples, desk.golden.load, predictor, recipe, station)
    _tell(desk, check_event(done, "request", station))
    _print_check(desk, done)
    if done.problem == EMPTY:
        return BAD_INPUT
    return DONE if done.passed else MOVED


def _tell(desk: GoldenDesk, event: Event) -> None:
    desk.store.events.add(event)


def _show(desk: GoldenDesk, samples: list[GoldenSample]) -> None:
    for sample in samples:
        if desk.options.json:
            values = asdict(sample) | {
                "verdict": sample.verdict.value,
                "added_at": sample.added_at.isoformat(),
            }
            print(json.dumps(values), flush=True)
        else:
            print(
                f"{sample.recipe:16} {sample.name:20} {sample.verdict.value:3} "
                f"{sample.score:10.4f} ± {sample.tolerance:.4f}  {sample.id}",
                flush=True,
            )


def _print_check(desk: GoldenDesk, done: GoldenCheck) -> None:
    if desk.options.json:
        head = {"recipe": done.recipe, "at": done.at.isoformat()}
        print(json.dumps(head | as_details(done, "request")), flush=True)
        return
    for sample in done.samples:
        mark = "right" if sample.passed else "MOVED"
        print(f"{mark}  {sample.name:20} {wording.what(sample)}", flush=True)
    print(wording.sentence(done), flush=True)


_ACTIONS = {
    "add": _add,
    "list": _list,
    "retire": _retire,
    "measure": _measure,
    "check": _check,
}
