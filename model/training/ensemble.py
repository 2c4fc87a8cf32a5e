"""Several detectors that judge together; each has learned without another part of the shots.

What one of a few defects taught weighs on a single training, and a part of the shots has to be
held out for the limits. Here every picture is held out once and learned from by all other
members: the mean of members errs less than one (Breiman, "Bagging predictors", 1996), and the
limits come from all shots, each judged by the member that has not seen it (Stone,
"Cross-validatory choice", 1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.datasets.collection import Collection
from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.errors import ModelError
from model.metrics import auroc
from model.report.page import Table
from model.training.config import LoopResult
from model.training.distributed import is_main
from model.training.facts import Facts
from model.training.finish import is_one_product, remember
from model.training.groups import source_groups
from model.training.limits import HeldOut, limits_of
from model.training.material import class_names, good_of
from model.training.one_run import OneRun, Watch, tested
from model.training.outputs import RunFiles
from model.training.plan import TrainPlan, TrainResult
from model.training.shots import Split, folds

# what several agree on may count for more beside the memory bank than what one believes
_TRAINED = 0.8


@dataclass(frozen=True, slots=True)
class _Member:
    """One member and what it said of the pictures that it has not learned from."""

    run: OneRun
    done: LoopResult
    why: str
    seen: HeldOut


def trained_together(
    plan: TrainPlan, collection: Collection, parts: Split, watch: Watch
) -> TrainResult:
    """Train all members, let them join, set the limits and judge the test part.

    Each member has a folder of its own, so a run that was stopped resumes with the member
    that was at work.

    Args:
        plan: With `members` of at least 2.
        collection: The data set.
        parts: Its training and validation part are divided anew; the test part is judged.
        watch: Told and asked.

    Raises:
        As `model.training.run.train`.
    """
    check(plan)
    splits = member_splits(plan, collection, parts)
    # of a rare kind a member may not see any: all of them name the same
    shots = (*parts.train, *parts.validation)
    plan = replace(plan, class_names=class_names(plan, Split(shots, (), ())))
    members = [
        _trained(plan, collection, part, number, watch) for number, part in enumerate(splits, 1)
    ]
    first = members[0]
    # each shot is learned from, and held out once
    whole = replace(first.run.material, split=Split(shots, shots, parts.test))
    result = TrainResult(
        stopped=_why(members),
        epochs=first.done.epochs,
        best=first.done.best,
        counts=whole.counts(),
        painted=whole.painted,
    )
    if not is_main():
        return result
    _join(plan, [one.run.detector for one in members], parts, watch)
    limits = limits_of(_pooled([one.seen for one in members]))
    notes = {"pictures": result.counts, "members": len(members)}
    facts = Facts(first.run.facts.name, first.run.facts.extra | notes)
    files = RunFiles(plan.loop.folder, first.run.start, facts)
    best, evaluation = tested(files, plan, parts.test, limits, first.done, watch)
    files.report(first.done, result.stopped, limits, evaluation, _tables(members))
    report = evaluation.report if evaluation else None
    return replace(result, checkpoint=best, calibration=limits, report=report)


def check(plan: TrainPlan) -> None:
    """Refuse what cannot be trained as members.

    Raises:
        ModelError: The message says why.
    """
    if plan.members < 2 or plan.folds:
        raise ModelError("Give at least 2 members, and no folds beside them.")
    if plan.recipe.detector != AdClip.kind or plan.unfreeze:
        raise ModelError(
            "Members share one frozen backbone, which the recipe adclip without --unfreeze "
            "has; leave --members out."
        )


def member_splits(plan: TrainPlan, collection: Collection, parts: Split) -> tuple[Split, ...]:
    """Return a split for each member; every shot is held out once.

    Raises:
        DatasetError: There are fewer shots of a class than members.
    """
    shots = (*parts.train, *parts.validation)
    groups = source_groups(collection.root, collection.products)
    pairs = folds(shots, plan.members, plan.loop.seed, groups, "members")
    return tuple(Split(rest, held, ()) for rest, held in pairs)


def _trained(
    plan: TrainPlan, collection: Collection, part: Split, number: int, watch: Watch
) -> _Member:
    inner = replace(watch, prefix=f"member {number}/{plan.members}: ")
    # each starts from other random weights and sees other painted defects
    loop = replace(
        plan.loop,
        folder=plan.loop.folder / f"member_{number}",
        seed=plan.loop.seed + 1000 * (number - 1),
        keep_epochs=False,
    )
    run = OneRun(replace(plan, loop=loop), collection, part, inner)
    # two or three defects choose an epoch by chance; the limits want pictures that chose nothing
    run.material = replace(run.material, validation=None)
    done, why = run.fitted()
    seen = run.sightings(_TRAINED) if is_main() else HeldOut((), ())
    return _Member(run, done, why, seen)


def _join(plan: TrainPlan, members: Sequence[Detector], parts: Split, watch: Watch) -> None:
    """Make the first member the one that judges with all others and remembers all good shots."""
    known = [one for one in members if isinstance(one, AdClip)]
    for one in known:
        one.taught = None
    first, good = known[0], good_of((*parts.train, *parts.validation))
    first.join(known[1:])
    if is_one_product(good):
        remember(first, good, plan.loop.seed, watch.counts("bank"), watch.cancelled)


def _pooled(seen: Sequence[HeldOut]) -> HeldOut:
    return HeldOut(
        tuple(one for part in seen for one in part.good),
        tuple(one for part in seen for one in part.defective),
    )


def _why(members: Sequence[_Member]) -> str:
    """Return why the members have ended: "minutes" if the time was up for one."""
    return next((one.why for one in members if one.why != "finished"), "finished")


def _tables(members: Sequence[_Member]) -> tuple[Table, ...]:
    rows: list[list[object]] = []
    for number, one in enumerate(members, start=1):
        good, defective = len(one.seen.good), len(one.seen.defective)
        reached = _auroc(one.seen) if good and defective else None
        rows.append([number, len(one.done.epochs), good, defective, reached])
    names = ("member", "epochs", "good held out", "defective held out", "image AUROC on these")
    note = "Every picture was held out by one member and learned from by all others."
    return (Table("Members", names, rows, note),)


def _auroc(seen: HeldOut) -> str:
    labels = np.array([False] * len(seen.good) + [True] * len(seen.defective))
    scores = np.array([one.score for one in (*seen.good, *seen.defective)])
    return f"{auroc(labels, scores):.3f}"
