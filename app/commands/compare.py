"""`compare`: detectors on one split of one data set, learned, judged and timed on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tabulate import tabulate

from app import checkpoints, paths
from app.cli_codes import BAD_INPUT, DONE, FAULT
from app.commands.progress_lines import ProgressLines, add_progress_lines
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from app.paths import Home
from model.comparison.comparison import Comparison
from model.comparison.contender import Contender, finished, learning, told_apart
from model.comparison.figures import results_of
from model.comparison.process import ComparisonCancelled
from model.comparison.record import Record
from model.comparison.rule import choose, in_words
from model.comparison.run import Plan, Setting, Step, compared, planned
from model.comparison.speed import SpeedPlan
from model.comparison.split import Split, Wish, draw
from model.datasets.collection import read_collection
from model.training.config import TrainingProgress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="ROOT",
        help="labelled data set: meta.json, MVTec layout, ok/ng folders, CSV",
    )
    parser.add_argument("--dataset", metavar="NAME", help="which known data set it is")
    parser.add_argument("--product", default="", metavar="NAME", help="which of its products")
    parser.add_argument(
        "--detector",
        action="append",
        default=[],
        metavar="SPEC",
        help="NAME or NAME:key=value,... that learns here; again for the next one "
        "(`teach --list-detectors` lists them)",
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="FILE",
        help="a finished checkpoint, file or name; again for the next one",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for it all")
    _add_pictures(parser)
    _add_measures(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_progress_lines(parser)


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    some = parser.add_argument_group("pictures")
    some.add_argument(
        "--train-good", type=_count, metavar="N", help="good pictures that all learn from (all)"
    )
    some.add_argument(
        "--defects",
        type=_count,
        default=0,
        metavar="N",
        help="defective pictures of each kind that leave everybody's test, for the detectors "
        "that need them to learn",
    )
    some.add_argument(
        "--test-per-kind",
        type=_count,
        metavar="N",
        help="test pictures of each kind of defect at most, and as many good ones (all)",
    )
    some.add_argument("--seed", type=int, default=0, help="of every draw and of the learning")


def _add_measures(parser: argparse.ArgumentParser) -> None:
    some = parser.add_argument_group("measures")
    some.add_argument(
        "--min-fps",
        type=float,
        default=0.0,
        metavar="X",
        help="images a second, one by one, that the line needs",
    )
    some.add_argument(
        "--budget-minutes",
        type=float,
        metavar="M",
        help="end a detector whose learning, or whose judging, takes longer",
    )
    some.add_argument("--batch", type=_count, default=8, metavar="N", help="pictures of a batch")
    some.add_argument(
        "--speed-seconds",
        type=float,
        default=15.0,
        metavar="S",
        help="time for each of the two measurements of speed, about",
    )


def run(options: argparse.Namespace) -> int:
    """Compare, print the table and write the report."""
    home = paths.home(options.home)
    name, plan, split, contenders = _planned(options, home)
    # late: the plots' library takes half a second that a wrong word need not wait for; but before
    # the work, so that what is missing is missed now
    from model.report.comparison import notes, write_comparison
    from model.report.comparison_rows import as_json
    from model.report.comparison_tables import terminal_tables

    with _watch(options) as (step, cancelled, lines):
        try:
            records = _records(options, home, (plan, split, contenders), step, cancelled)
        except ComparisonCancelled as stopped:
            sys.stderr.write(f"{stopped}\n")
            return FAULT
        results = results_of(records, split, options.seed)
        choice = choose(results, split, options.min_fps)
        shown = Comparison(name, plan, split, records, results, choice, options.min_fps)
        files = write_comparison(shown, options.out)
        if lines is not None:
            lines.result(as_json(shown))
    if options.json:
        print(json.dumps(as_json(shown)), flush=True)
    elif lines is None:
        for header, rows in terminal_tables(shown):
            print(_table(header, rows), end="\n\n")
        said = (*in_words(choice), *notes(shown), f"Report: {files[0]}")
        print("\n".join(said), flush=True)
    return DONE if results else BAD_INPUT


def _planned(
    options: argparse.Namespace, home: Home
) -> tuple[str, Plan, Split, tuple[Contender, ...]]:
    """Return the data set's name, the plan, the split and who takes part; all is checked."""
    contenders = _contenders(options, home)
    _check(options)
    wish = Wish(
        options.product, options.train_good, options.defects, options.test_per_kind, options.seed
    )
    collection = read_collection(options.data, options.dataset)
    split = draw(collection, wish)
    _check_defects(contenders, split)
    speed = SpeedPlan(options.batch, options.speed_seconds)
    plan = planned(collection.root, wish, split, options.device, speed)
    return collection.name, plan, split, contenders


def _table(header: list[str], rows: list[list[object]]) -> str:
    align = ("left", *("right" for _ in header[1:]))
    return tabulate(
        rows, header, tablefmt="pipe", missingval="-", disable_numparse=True, colalign=align
    )


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def _contenders(options: argparse.Namespace, home: Home) -> tuple[Contender, ...]:
    learned = [learning(spec) for spec in options.detector]
    made = [finished(checkpoints.resolve(name, home)) for name in options.checkpoint]
    return told_apart((*learned, *made))


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot come to anything before any work is done."""
    for name in ("min_fps", "budget_minutes", "speed_seconds"):
        value = getattr(options, name)
        if value is not None and not 0 <= value < float("inf"):
            raise UsageError(f"--{name.replace('_', '-')} must be a number of 0 or more.")


def _check_defects(contenders: tuple[Contender, ...], split: Split) -> None:
    needy = [one.name for one in contenders if one.needs_defects]
    if needy and not split.defects:
        raise UsageError(
            f"{', '.join(needy)} learns from labelled defective pictures; say with --defects N "
            "how many of each kind leave the test for it."
        )


def _records(
    options: argparse.Namespace,
    home: Home,
    what: tuple[Plan, Split, tuple[Contender, ...]],
    step: Step,
    cancelled: Callable[[], bool],
) -> tuple[Record, ...]:
    minutes = options.budget_minutes
    setting = Setting(
        options.out.absolute(),
        (paths.shipped_checkpoints(), home.weights),
        60 * minutes if minutes else None,
        step,
        cancelled,
    )
    return compared(*what, setting)


@contextmanager
def _watch(
    options: argparse.Namespace,
) -> Iterator[tuple[Step, Callable[[], bool], ProgressLines | None]]:
    """Give who is told of progress, who may stop it, and the lines if a program reads them."""
    if options.progress_lines:
        from app.commands.gentle import stdin_noted

        # not `be_gentle`: half of the cores would make every speed wrong
        with stdin_noted() as ended:
            lines = ProgressLines(sys.stdout, ended)

            def tell(at: int, total: int, name: str, stage: str, done: int, steps: int) -> None:
                lines.show(f"{at}/{total} {name}: {stage}", done, steps)

            yield tell, lines.is_cancelled, lines
        return
    # late: it brings torch along
    from model.training.interrupt import ctrl_c_noted

    with ctrl_c_noted(is_patient=False) as asked, StageBar() as bar:

        def show(at: int, total: int, name: str, stage: str, done: int, steps: int) -> None:
            bar.show(TrainingProgress(f"{at}/{total} {name}: {stage}", done, steps))

        yield show, asked, None
