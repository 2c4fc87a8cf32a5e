"""`lesson`: what "Teach a product" in the window runs, in a process of its own."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from app import i18n, paths
from app.commands.progress_lines import add_progress_lines, progress_lines
from app.commands.stage_bar import StageBar
from app.teaching.draft import place_of
from model.training.config import TrainingProgress

_ACTS = ("learn", "try")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("act", choices=_ACTS, help="learn; or judge the frames of its folder")
    parser.add_argument("product", metavar="NAME", help="as it was called in the window")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--language", choices=tuple(i18n.LANGUAGES), help=argparse.SUPPRESS)
    add_progress_lines(parser)


def run(options: argparse.Namespace) -> int:
    """Learn from what was collected, or try what was learned; nothing is put to use."""
    if options.language:
        i18n.set_language(options.language)
    home = paths.home(options.home)
    place = place_of(home, options.product)
    with _watch(options) as watch:
        if options.act == "learn":
            # late: it brings torch along, which a wrong word need not wait for
            from app.teaching.lesson import learn

            made = learn(place, home, watch.show, watch.cancelled, options.seed, options.device)
            watch.say({"result": asdict(made)})
        else:
            from app.teaching.live_trial import serve

            count = serve(place, home, watch.say, watch.cancelled, options.device)
            watch.say({"result": {"judged": count}})
    return 0


@dataclass(frozen=True, slots=True)
class _Watch:
    """Who is told how far it is, and who may stop it."""

    show: Callable[[str, int, int], None]
    say: Callable[[Mapping[str, Any]], None]
    cancelled: Callable[[], bool]


@contextmanager
def _watch(options: argparse.Namespace) -> Iterator[_Watch]:
    if options.progress_lines:
        with progress_lines() as lines:
            yield _Watch(lines.show, lines.say, lines.is_cancelled)
        return
    # late: it brings torch along
    from model.training.interrupt import ctrl_c_noted

    with ctrl_c_noted(is_patient=False) as asked, StageBar() as bar:
        yield _Watch(
            lambda stage, done, total: bar.show(TrainingProgress(stage, done, total)),
            lambda values: print(json.dumps(values), file=sys.stdout, flush=True),
            asked,
        )
