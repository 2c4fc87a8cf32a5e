"""The work of a lesson: cut, learn, judge what was held out. Imports torch: for commands alone."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import checkpoints, paths
from app.i18n import tr
from app.paths import Home
from app.teaching.defective_parts import Defective, DefectiveParts
from app.teaching.draft import Draft, DraftError, DraftPlace, Way
from app.teaching.outcome import CHECKPOINT, Outcome, Tried, drawing_of, write_outcome
from app.teaching.pieces import PieceOf, defective_pieces, good_pieces, write_training_set
from app.teaching.trial import as_learned, judge_file
from app.teaching.ways import FEWEST_DEFECTIVE, FEWEST_GOOD
from model import checkpoint
from model.detector import Detector
from model.predictor import Predictor
from model.teach import MAX_SHOTS, Lesson, teach
from model.teaching import TeachingCancelled
from model.training.config import LoopConfig, TrainingProgress
from model.training.plan import TrainPlan
from model.training.recipes import recipe as training_recipe
from model.training.run import train
from model.training.shots import Shots
from model.types import Calibration

Progress = Callable[[str, int, int], None]

HELD_OUT = 0.25
FEWEST_HELD_OUT = 2
_LEARNED_DEFECTIVE = 0.6
_FEWEST_TRIED_DEFECTIVE = 2
# Where each stage of a training begins and how much it takes, percent.
_FINISHING = {"bank": (0, 80), "calibration": (80, 20)}


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
    if way == "trained":
        marked = [one for one in defective if one.mask is not None]
        if len(marked) < FEWEST_DEFECTIVE:
            raise DraftError(
                tr(
                    "Fine-tuning takes {least} defective parts with a painted defect, here are "
                    "{count}."
                ).format(least=FEWEST_DEFECTIVE, count=len(marked))
            )
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
        learned_defective = 0
        if self._draft.way == "trained":
            learned_defective = self._train(good, file)
        else:
            self._teach(good, file)
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

    def _teach(self, good: Sequence[PieceOf], file: Path) -> None:
        start = checkpoints.load_predictor(checkpoints.DEFAULT, self._home, self._device)
        pictures = [piece.picture for piece in good]
        made: tuple[Detector, Calibration]
        if self._draft.way == "painted":
            # late: it brings the training loop along, which a memory need not wait for
            from model.training.paint_lesson import teach_painted

            made = teach_painted(start, pictures, self._seed, self._on_training, self._cancelled)
        else:
            made = teach(
                start,
                pictures,
                len(pictures),
                self._seed,
                lambda done, total: self._report("learn", done, total),
                self._cancelled,
                Lesson(names=tuple(piece.name for piece in good)),
            )
        checkpoint.save(
            file,
            made[0],
            made[1],
            name=self._draft.name,
            backbone_name=start.info.backbone,
            backbone_sha256=start.info.backbone_sha256,
            extra={"good": [piece.name for piece in good], "seed": self._seed},
        )

    def _train(self, good: Sequence[PieceOf], file: Path) -> int:
        """Train on the marked parts; return how many of them were learned from."""
        found = list(defective_pieces(self._material.defective, self._draft.recipe))
        self._left_out += sum(not pieces for pieces in found)
        defective = [piece for pieces in found for piece in pieces]
        if not defective:
            raise DraftError(
                tr("No painted defect lies within what is judged; look at masks and regions.")
            )
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
        return (paths.shipped_checkpoints(), self._home.weights)

    def _on_training(self, now: TrainingProgress) -> None:
        if now.stage == "training":
            self._report("learn", now.done, now.total)
        elif now.stage == "features":
            # They take their part of the time, but bring no step of the training forward.
            self._report("learn", 0, now.total)
        elif now.stage in _FINISHING:
            before, share = _FINISHING[now.stage]
            self._report("finish", round(before + share * now.done / max(1, now.total)), 100)

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
