"""The work of a lesson: cut, learn, judge what was held out. Imports torch: for commands alone."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import checkpoints
from app.i18n import tr
from app.paths import Home
from app.teaching.defective_parts import Defective, DefectiveParts
from app.teaching.draft import Draft, DraftError, DraftPlace, Way
from app.teaching.outcome import CHECKPOINT, Outcome, Tried, drawing_of, write_outcome
from app.teaching.pieces import PieceOf, defective_pieces, good_pieces, write_training_set
from app.teaching.trial import as_learned, judge_file
from app.teaching.ways import FEWEST_GOOD, problem_of, way_info
from model import checkpoint
from model.backbones import backbones_at
from model.learners import learner
from model.learning import material as learning
from model.learning.learned_file import save_learned
from model.learning.watch import Watch
from model.predictor import Predictor
from model.teaching import MAX_SHOTS, TeachingCancelled
from model.training.config import LoopConfig, TrainingProgress
from model.training.plan import TrainPlan
from model.training.recipes import recipe as training_recipe
from model.training.run import train
from model.training.shots import Shots

Progress = Callable[[str, int, int], None]

HELD_OUT = 0.25
FEWEST_HELD_OUT = 2
_LEARNED_DEFECTIVE = 0.6
_FEWEST_TRIED_DEFECTIVE = 2
_DEFECTIVE = "defective"
# Stage of the learning -> stage that is told, where in it that begins and how much of it it
# takes, percent. The longest one alone brings a stage forward, so that the time left is right.
_STAGES = {
    "features": ("learn", 0, 0),
    "coreset": ("learn", 0, 100),
    "training": ("learn", 0, 100),
    "bank": ("finish", 0, 80),
    "limits": ("finish", 0, 100),
    "calibration": ("finish", 80, 20),
}
_MEMORY_STAGES = {"features": ("learn", 0, 33), "limits": ("learn", 33, 67)}


@dataclass(frozen=True, slots=True)
class Material:
    """Files of one lesson.

    Attributes:
        learned: Good pictures to learn from.
        held_out: Good pictures to judge, not learned from.
        defective: Defective pictures to learn from; empty but for a training.
        tried: Defective pictures to judge.
    """

    learned: tuple[Path, ...]
    held_out: tuple[Path, ...]
    defective: tuple[Defective, ...]
    tried: tuple[Defective, ...]


def learn(
    place: DraftPlace,
    home: Home,
    progress: Progress,
    cancelled: Callable[[], bool],
    seed: int = 0,
    device: str = "auto",
) -> Outcome:
    """Teach what was collected and try it on what was held out. Blocks.

    The last lesson stays until this one has ended well. Nothing is put to use.

    Args:
        place: The draft with its pictures.
        home: Where checkpoints and weights lie.
        progress: Called with (stage, steps done, steps in all); the stages are "pictures",
            "learn", "finish" and "judge".
        cancelled: Asked between two steps.
        seed: Of the draw of what is held out, and of the lesson.
        device: "auto", "cpu" or "cuda".

    Raises:
        DraftError: There are too few pictures.
        TeachingCancelled: `cancelled` said so.
        ExpectedError: A file cannot be read or written.
        ModelError: The learning fails.
    """
    draft = place.load()
    material = drawn_material(place, draft.way, seed)
    folder = place.root / "lesson.new"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        work = _Work(draft, material, home, folder, progress, cancelled, seed, device)
        outcome = work.done()
        write_outcome(outcome, folder)
        shutil.rmtree(place.lesson, ignore_errors=True)
        folder.rename(place.lesson)
    except OSError as error:
        text = tr("{file} cannot be written: {error}. Check the disk and its rights.")
        raise DraftError(text.format(file=folder, error=error.strerror or error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def drawn_material(place: DraftPlace, way: Way, seed: int) -> Material:
    """Return which pictures are learned from and which are held out, drawn at random.

    Raises:
        DraftError: There are too few.
    """
    files = sorted(place.good.glob("*.png"))
    if len(files) < FEWEST_GOOD:
        raise DraftError(
            tr("There are {count} good pictures; at least {least} are needed.").format(
                count=len(files), least=FEWEST_GOOD
            )
        )
    rng = random.Random(seed)
    count = max(FEWEST_HELD_OUT, round(HELD_OUT * len(files)))
    held_out = set(rng.sample(files, count))
    defective = list(DefectiveParts(place.defective).load())
    learned: list[Defective] = []
    if way_info(way).needs_defects:
        marked = [one for one in defective if one.mask is not None]
        problem = problem_of(way, len(files), len(marked))
        if problem:
            raise DraftError(problem)
        most = len(marked) - _FEWEST_TRIED_DEFECTIVE
        learned = rng.sample(marked, min(most, max(3, round(_LEARNED_DEFECTIVE * len(marked)))))
    chosen = {one.file for one in learned}
    return Material(
        tuple(file for file in files if file not in held_out),
        tuple(file for file in files if file in held_out),
        tuple(one for one in defective if one.file in chosen),
        tuple(one for one in defective if one.file not in chosen),
    )


class _Work:
    """One lesson."""

    def __init__(
        self,
        draft: Draft,
        material: Material,
        home: Home,
        folder: Path,
        progress: Progress,
        cancelled: Callable[[], bool],
        seed: int,
        device: str,
    ) -> None:
        self._draft, self._material, self._home = draft, material, home
        self._folder, self._report, self._cancelled = folder, progress, cancelled
        self._seed, self._device = seed, device
        self._left_out = 0

    def done(self) -> Outcome:
        """Cut, learn, judge."""
        began = time.monotonic()
        good = self._cut_good()
        file = self._folder / CHECKPOINT
        learn = self._train if self._draft.way == "trained" else self._teach
        learned_defective = learn(good, file)
        predictor = checkpoint.load(file, device=self._device, weight_folders=self._weights())
        tried = self._judged(predictor)
        calibration = predictor.calibration
        return Outcome(
            way=self._draft.way,
            name=self._draft.name,
            sha256=predictor.info.sha256,
            limit=calibration.limit,
            typical=calibration.typical,
            map_limit=calibration.map_limit,
            learned_good=len({_picture_of(piece) for piece in good}),
            learned_defective=learned_defective,
            left_out=self._left_out,
            tried=tried,
            seconds=time.monotonic() - began,
            drawing=drawing_of(self._draft.recipe),
            device=predictor.device_name,
        )

    # -- cut -----------------------------------------------------------------------------

    def _cut_good(self) -> list[PieceOf]:
        files, found = self._material.learned, []
        for number, pieces in enumerate(good_pieces(files, self._draft.recipe), start=1):
            self._step("pictures", number, len(files))
            self._left_out += not pieces
            found += pieces
        if not found:
            raise DraftError(
                tr("None of the pictures can be cut as it was drawn; look at the regions.")
            )
        if len(found) > MAX_SHOTS:
            drawn = sorted(random.Random(self._seed).sample(range(len(found)), MAX_SHOTS))
            found = [found[number] for number in drawn]
        return found

    # -- learn ---------------------------------------------------------------------------

    def _teach(self, good: Sequence[PieceOf], file: Path) -> int:
        """Learn by the detector of the draft; return how many defective parts were learned from."""
        name = way_info(self._draft.way).learner
        way = learner(name)
        found = self._defective_pieces() if way.needs_defects else []
        pieces = [*good, *(piece for one in found for piece in one)]
        material = learning.Material(
            [piece.picture for piece in pieces],
            tuple(learning.Label(state=_DEFECTIVE if one.mask is not None else "good")
                  for one in pieces),
            tuple(piece.name for piece in pieces),
            self._seed,
        )  # fmt: skip
        watch = Watch(self._on_training, self._cancelled)
        backbones = backbones_at(checkpoints.weight_folders(self._home))
        made = way.learn(material, way.choices(), backbones, self._device, watch)
        save_learned(file, made, material, name=self._draft.name, way=name, given={})
        return sum(bool(one) for one in found)

    def _defective_pieces(self) -> list[list[PieceOf]]:
        """Return the pieces of each defective part to learn from.

        Raises:
            DraftError: There is none.
        """
        found = list(defective_pieces(self._material.defective, self._draft.recipe))
        self._left_out += sum(not pieces for pieces in found)
        if not any(found):
            raise DraftError(
                tr("No painted defect lies within what is judged; look at masks and regions.")
            )
        return found

    def _train(self, good: Sequence[PieceOf], file: Path) -> int:
        """Train on the marked parts; return how many of them were learned from."""
        found = self._defective_pieces()
        defective = [piece for pieces in found for piece in pieces]
        data = self._folder / "set"
        write_training_set(data, good, defective)
        result = train(self._plan(data, len(defective)), self._on_training, self._cancelled)
        if result.checkpoint is None:
            raise TeachingCancelled("Teaching was stopped; nothing has changed.")
        shutil.move(result.checkpoint, file)
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(self._folder / "run", ignore_errors=True)
        return sum(bool(pieces) for pieces in found)

    def _plan(self, data: Path, defective: int) -> TrainPlan:
        chosen = training_recipe("adclip")
        loop = LoopConfig(
            folder=self._folder / "run", seed=self._seed, keep_epochs=False, **chosen.loop
        )
        return TrainPlan(
            data=data,
            recipe=chosen,
            loop=loop,
            start=checkpoints.resolve(checkpoints.DEFAULT, self._home),
            weight_folders=self._weights(),
            shots=Shots(anomaly=defective),
            device=self._device,
            minutes=self._draft.minutes,
            name=self._draft.name,
        )

    def _weights(self) -> tuple[Path, ...]:
        return checkpoints.weight_folders(self._home)

    def _on_training(self, now: TrainingProgress) -> None:
        stages = _MEMORY_STAGES if self._draft.way == "memory" else _STAGES
        stage, before, share = stages.get(now.stage, ("", 0, 0))
        if stage:
            self._report(stage, round(before + share * now.done / max(1, now.total)), 100)

    # -- judge ---------------------------------------------------------------------------

    def _judged(self, predictor: Predictor) -> tuple[Tried, ...]:
        recipe = as_learned(self._draft.recipe, predictor)
        files = [(file, False) for file in self._material.held_out]
        files += [(one.file, True) for one in self._material.tried]
        found = []
        for number, (file, is_defective) in enumerate(files, start=1):
            self._step("judge", number, len(files))
            found.append(judge_file(file, is_defective, predictor, recipe, self._folder / "tried"))
        return tuple(found)

    def _step(self, stage: str, done: int, total: int) -> None:
        if self._cancelled():
            raise TeachingCancelled("Teaching was stopped; nothing has changed.")
        self._report(stage, done, total)


def _picture_of(piece: PieceOf) -> str:
    return Path(piece.name).stem.split("-")[0]
