"""The work from reviewed parts to a better checkpoint: export, learn, compare.

Imports torch: for commands alone. What it takes and gives is in `app.review.improvement`.
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace

from app import checkpoints, paths
from app.i18n import tr
from app.paths import Home
from app.review.export import ExportPlan, export_reviews
from app.review.improvement import (
    ENOUGH_DEFECTIVE,
    FEWEST_GOOD,
    FEWEST_HELD_OUT,
    MOST_PICTURES,
    Improvement,
    ImprovementError,
    ImprovementPlan,
    Judgement,
    Way,
    query_of,
    way_for,
)
from app.review.labelled import Cancelled, ExportCancelled, Progress
from app.review.relearning import KnownWay, known_way, learn_again
from app.store.base import RecordStore
from app.store.evidence import EvidenceStore
from model import checkpoint
from model.data import Sample
from model.datasets.collection import Collection, read_collection
from model.detectors.anomaly_clip import AnomalyClip
from model.detectors.few_shot_clip import FewShotClip
from model.detectors.sowa import Sowa
from model.errors import CheckpointError, ModelError
from model.evaluate import EvaluationCancelled, evaluate_samples
from model.figures import IMAGE_LEVEL
from model.images import read_image
from model.predictor import Predictor
from model.teach import MAX_SHOTS, Lesson, TeachingCancelled, teach
from model.training.config import LoopConfig, TrainingProgress
from model.training.material import split_of
from model.training.plan import TrainPlan
from model.training.recipes import recipe as training_recipe
from model.training.run import NoEpoch, train
from model.training.shots import Shots
from model.training.state import FILE as STATE

_LEARNED_SHARE = 0.6
# Where each stage after the epochs begins and how much it takes, percent.
_FINISHING = {"bank": (0, 80), "calibration": (80, 10), "test": (90, 10)}


def improve(
    store: RecordStore,
    evidence: EvidenceStore,
    plan: ImprovementPlan,
    home: Home,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Improvement:
    """Make a checkpoint from reviewed parts and compare it with the one in force. Blocks.

    Nothing is put to use. When it fails or is stopped, the folder and the file are gone.

    Args:
        store: Records and reviews.
        evidence: Their pictures.
        plan: What to make.
        home: Where checkpoints and weights lie.
        progress: Called with (stage, steps done, steps in all); the stages are "read",
            "pictures", "compare", "learn", "finish" and "judge".
        cancelled: Asked between two steps.

    Raises:
        ImprovementError: There are too few parts, or a file is in the way.
        ExportCancelled: `cancelled` said so.
        ExpectedError: The store fails or a folder cannot be written.
        ModelError: The learning fails.
    """
    if plan.file.exists() or plan.folder.exists():
        raise ImprovementError(
            tr("There is a checkpoint {name!r} already; choose another name.").format(
                name=plan.name
            )
        )
    try:
        made = _Work(store, evidence, plan, home, progress, cancelled).done()
    except (TeachingCancelled, EvaluationCancelled, ExportCancelled) as error:
        _clean(plan)
        raise ExportCancelled(tr("It was stopped; nothing has changed.")) from error
    except BaseException:
        _clean(plan)
        raise
    return made


def _clean(plan: ImprovementPlan) -> None:
    shutil.rmtree(plan.folder, ignore_errors=True)
    plan.file.unlink(missing_ok=True)


class _Work:
    """One improvement."""

    def __init__(
        self,
        store: RecordStore,
        evidence: EvidenceStore,
        plan: ImprovementPlan,
        home: Home,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:
        self._store, self._evidence, self._plan, self._home = store, evidence, plan, home
        self._report: Progress = progress or (lambda _stage, _done, _total: None)
        self._cancelled: Cancelled = cancelled or (lambda: False)
        self._set = plan.folder / "set"

    def done(self) -> Improvement:
        """Export, learn, compare."""
        way = self._exported()
        collection = read_collection(self._set)
        self._plan.file.parent.mkdir(parents=True, exist_ok=True)
        learn = self._taught if way == "teach" else self._trained
        learned, test = learn(collection)
        new = self._load(str(self._plan.file))
        old = self._in_force()
        steps = len(test) * (2 if old else 1)
        judged_new = self._judged(new, new.calibration.limit, test, self._counts(0, steps))
        judged_old = None
        if old is not None:
            limits = self._plan.recipe.limits(old.calibration)
            limit = limits.ng if limits else math.nan
            judged_old = self._judged(old, limit, test, self._counts(len(test), steps))
        return Improvement(
            way=way,
            file=str(self._plan.file),
            sha256=new.info.sha256,
            name=self._plan.name,
            limit=new.calibration.limit,
            old=judged_old,
            new=judged_new,
            good=sum(not one.is_defective for one in learned),
            defective=sum(one.is_defective for one in learned),
            folder=str(self._set),
        )

    def _exported(self) -> Way:
        plan = ExportPlan(
            query_of(self._plan),
            self._plan.machine_masks,
            seed=self._plan.seed,
            most=MOST_PICTURES,
        )
        found = export_reviews(
            self._store, self._evidence, plan, self._set, self._report, self._cancelled
        )
        if len(found.products) > 1:
            raise ImprovementError(
                tr("The parts are of several products ({names}); choose one of them.").format(
                    names=", ".join(found.products)
                )
            )
        way = way_for(found.train_good + found.test_good, found.defective)
        if way is None or not found.train_good:
            raise ImprovementError(
                tr("There are {good} reviewed good parts; at least {least} are needed.").format(
                    good=found.train_good + found.test_good, least=FEWEST_GOOD
                )
            )
        return self._plan.way or way

    def _taught(self, collection: Collection) -> tuple[Sequence[Sample], Sequence[Sample]]:
        """Teach the good pictures; return those learned from and those held out."""
        good = list(collection.train)
        if len(good) > MAX_SHOTS:
            drawn = sorted(random.Random(self._plan.seed).sample(range(len(good)), MAX_SHOTS))
            good = [good[number] for number in drawn]
        way = self._known_way()
        if way is not None:
            plan = self._plan
            learn_again(
                way, good, plan.file, name=plan.name, seed=plan.seed, device=plan.device,
                folders=checkpoints.weight_folders(self._home), report=self._report,
                cancelled=self._cancelled,
            )  # fmt: skip
            return good, collection.test
        start = self._start()
        images = [read_image(one.path) for one in good]
        detector, calibration = teach(
            start,
            images,
            len(images),
            self._plan.seed,
            lambda done, total: self._report("learn", done, total),
            self._cancelled,
            Lesson(names=tuple(one.path.name for one in good)),
        )
        checkpoint.save(
            self._plan.file,
            detector,
            calibration,
            name=self._plan.name,
            backbone_name=start.info.backbone,
            backbone_sha256=start.info.backbone_sha256,
            extra={"good": [one.path.name for one in good], "seed": self._plan.seed},
        )
        return good, collection.test

    def _known_way(self) -> KnownWay | None:
        """Return how the checkpoint in force was learned, if another detector did."""
        old = self._in_force()
        return None if old is None else known_way(old.info)

    def _start(self) -> Predictor:
        """Return what teaching starts from: the checkpoint in force if it can be taught."""
        old = self._in_force()
        if old is not None and isinstance(old.detector, AnomalyClip | FewShotClip | Sowa):
            return old
        return self._load(checkpoints.DEFAULT)

    def _trained(self, collection: Collection) -> tuple[Sequence[Sample], Sequence[Sample]]:
        """Train on most of the defective pictures; return those learned from and the others."""
        plan = self._train_plan(collection)
        parts = split_of(plan, collection)
        if sum(one.is_defective for one in parts.test) < FEWEST_HELD_OUT:
            raise ImprovementError(
                tr(
                    "Too few of the {count} defective parts are parts of their own: none would "
                    "be left to compare with; review more."
                ).format(count=sum(one.is_defective for one in collection.test))
            )
        self._report("learn", 0, 1)
        try:
            result = train(plan, self._trained_so_far, self._cancelled)
        except NoEpoch as error:
            raise ImprovementError(
                tr("Nothing was learned within {minutes} minutes; allow more.").format(
                    minutes=f"{self._plan.minutes:g}"
                )
            ) from error
        if result.checkpoint is None:
            raise ExportCancelled(tr("It was stopped; nothing has changed."))
        try:
            shutil.move(result.checkpoint, self._plan.file)
            # Nobody resumes this run; its report and curves stay.
            (plan.loop.folder / STATE).unlink(missing_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"Cannot write the checkpoint {self._plan.file}: {error.strerror or error}."
            ) from error
        return (*parts.train, *parts.validation), parts.test

    def _train_plan(self, collection: Collection) -> TrainPlan:
        chosen = training_recipe("adclip")
        defective = sum(one.is_defective for one in collection.test)
        least = min(defective, ENOUGH_DEFECTIVE - FEWEST_HELD_OUT)
        values = dict(chosen.loop)
        if self._plan.epochs is not None:
            values["epochs"] = self._plan.epochs
            # More variants of a picture than epochs would never be seen.
            values["turns"] = min(values.get("turns", 1), self._plan.epochs)
        loop = LoopConfig(
            folder=self._plan.folder / "run",
            seed=self._plan.seed,
            keep_epochs=False,
            **values,
        )
        return TrainPlan(
            data=self._set,
            recipe=chosen,
            loop=loop,
            start=checkpoints.resolve(checkpoints.DEFAULT, self._home),
            weight_folders=(paths.shipped_checkpoints(), self._home.weights),
            shots=Shots(anomaly=max(least, round(_LEARNED_SHARE * defective))),
            device=self._plan.device,
            minutes=self._plan.minutes,
            name=self._plan.name,
        )

    def _trained_so_far(self, now: TrainingProgress) -> None:
        if now.stage == "training":
            self._report("learn", now.done, now.total)
        elif now.stage == "features":
            # They take their part of the time, but bring no step of the training forward.
            self._report("learn", 0, now.total)
        elif now.stage in _FINISHING:
            before, share = _FINISHING[now.stage]
            self._report("finish", round(before + share * now.done / max(1, now.total)), 100)

    def _in_force(self) -> Predictor | None:
        try:
            return self._load(self._plan.recipe.checkpoint)
        except ModelError:
            # Whatever is wrong with the old one must not keep a better one from being made.
            return None

    def _load(self, name: str) -> Predictor:
        return checkpoints.load_predictor(name, self._home, self._plan.device)

    def _judged(
        self,
        predictor: Predictor,
        limit: float,
        samples: Sequence[Sample],
        progress: Callable[[int, int], None],
    ) -> Judgement:
        by_limit = Predictor(
            predictor.detector, replace(predictor.calibration, limit=limit), predictor.info
        )
        report = evaluate_samples(by_limit, samples, progress, IMAGE_LEVEL, self._cancelled).report
        return Judgement(
            checkpoint=predictor.info.name,
            auroc=report.image_auroc,
            limit=limit if math.isfinite(limit) else None,
            good=report.n_good,
            defective=report.n_defective,
            false_calls=report.false_calls,
            escapes=report.escapes,
        )

    def _counts(self, before: int, total: int) -> Callable[[int, int], None]:
        return lambda done, _: self._report("judge", before + done, total)
