"""`improve`: from reviewed parts to a better checkpoint, compared with the one in force."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from app import i18n, paths
from app.commands.review_filters import add_filters, evidence_folder, query_of
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from app.review.export_files import safe_name
from app.review.improve_words import DATABASE_VARIABLE, place_of
from app.review.improvement import Improvement, ImprovementPlan, Judgement
from app.settings import station as station_settings
from app.settings.recipes import RecipeBook
from app.store import open_store
from app.store.evidence import EvidenceStore
from model.training.config import TrainingProgress

_WAYS = ("auto", "teach", "train")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--recipe", required=True, metavar="NAME", help="recipe in force")
    parser.add_argument("--name", required=True, help="name of the new checkpoint")
    parser.add_argument(
        "--way", choices=_WAYS, default="auto",
        help="teach good parts, or train on defective ones too; by their number if left out",
    )  # fmt: skip
    parser.add_argument(
        "--machine-masks",
        action="store_true",
        help="take the machine's regions where nobody drew a mask",
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="time for training")
    parser.add_argument("--epoch", type=int, help="epochs at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--language", choices=tuple(i18n.LANGUAGES), help=argparse.SUPPRESS)
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)
    add_filters(parser)


def run(options: argparse.Namespace) -> int:
    """Export, learn, compare; prints what came of it. Nothing is put to use."""
    if options.minutes <= 0:
        raise UsageError("--minutes must be above 0.")
    if safe_name(options.name, "") != options.name:
        raise UsageError(f"--name {options.name!r} cannot be the name of a file.")
    if options.language:
        i18n.set_language(options.language)
    # late: they bring torch along, which other commands need not wait for
    from app.commands.gentle import be_gentle, stdin_noted
    from app.review.improving import improve
    from model.training.interrupt import ctrl_c_noted

    home = paths.home(options.home)
    settings = station_settings.load(home.settings)
    url = os.environ.get(DATABASE_VARIABLE) if options.supervised else None
    store = open_store(url or settings.database_url or home.database_url)
    folder, file = place_of(options.name, home)
    try:
        plan = ImprovementPlan(
            recipe=RecipeBook(store).load(options.recipe),
            name=options.name,
            folder=folder,
            file=file,
            query=query_of(options, options.recipe),
            way=None if options.way == "auto" else options.way,
            machine_masks=options.machine_masks,
            minutes=options.minutes,
            epochs=options.epoch,
            seed=options.seed,
            device=options.device,
        )
        evidence = EvidenceStore(evidence_folder(options, home))
        if options.supervised:
            be_gentle()
            with stdin_noted() as ended:
                made = improve(store, evidence, plan, home, _say, ended.is_set)
        else:
            with ctrl_c_noted(is_patient=False) as asked, _bar(options.json) as report:
                made = improve(store, evidence, plan, home, report, asked)
    finally:
        store.close()
    print(json.dumps({"result": made.to_json()}) if options.json else _text(made), flush=True)
    return 0


def _say(stage: str, done: int, total: int) -> None:
    print(json.dumps({"stage": stage, "done": done, "total": total}), flush=True)


def _bar(as_json: bool) -> AbstractContextManager[Callable[[str, int, int], None]]:
    return nullcontext(_say) if as_json else _StageReport()


class _StageReport(StageBar):
    """A bar on the terminal."""

    def __enter__(self) -> Callable[[str, int, int], None]:  # type: ignore[override]
        super().__enter__()
        return lambda stage, done, total: self.show(TrainingProgress(stage, done, total))


def _text(made: Improvement) -> str:
    lines = [
        f"checkpoint: {made.file}",
        f"sha256: {made.sha256}",
        f"learned from: {made.good} good and {made.defective} defective parts ({made.way})",
        f"limit: {made.limit:.4f}",
        f"new: {_judgement(made.new)}",
    ]
    if made.old is not None:
        lines.append(f"in force: {_judgement(made.old)}")
    return "\n".join([*lines, f"training set: {made.folder}"])


def _judgement(seen: Judgement) -> str:
    auroc = "AUROC -" if seen.auroc is None else f"AUROC {seen.auroc:.3f}"
    if seen.false_calls is None or seen.escapes is None:
        return f"{seen.checkpoint}: {auroc}, not calibrated"
    return (
        f"{seen.checkpoint}: {auroc}, {seen.false_calls} false calls among {seen.good} good, "
        f"{seen.escapes} escapes among {seen.defective} defective parts"
    )
