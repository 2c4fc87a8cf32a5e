"""How many good images a product needs: shots are added until it does not pay any more."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from model.errors import ModelError
from model.held_out import Labelled, Painter, Round, drawn_rounds
from model.images import Picture
from model.metrics import auroc
from model.predictor import Predictor
from model.teach import MAX_SHOTS, Lesson, TeachingCancelled, teach

CROSS_VALIDATION, GROWING = "cross-validation", "growing"
METHODS = (CROSS_VALIDATION, GROWING)
COUNTS = (1, 2, 4, 8, 16)
GROWING_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, MAX_SHOTS)
FOLDS = 3
LEAST_GAIN = 0.005
_PATIENCE = 2

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a number of shots came to.

    Attributes:
        shots: Good images that were learned from.
        values: Image AUROC of each fold, in [0, 1].
    """

    shots: int
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the folds."""
        return statistics.fmean(self.values)

    @property
    def spread(self) -> float:
        """Standard deviation over the folds; 0 for a single one."""
        return statistics.stdev(self.values) if len(self.values) > 1 else 0.0

    def lag(self, best: Trial) -> tuple[float, float]:
        """Return how far it lies below another trial, and the standard error of that.

        Fold by fold, since what makes a fold easy or hard is the same for both.
        """
        gaps = Trial(
            self.shots, tuple(b - a for a, b in zip(self.values, best.values, strict=True))
        )
        return gaps.mean, gaps.spread / len(self.values) ** 0.5


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen number of shots and how it was found.

    Attributes:
        shots: The number to learn from.
        trials: All that were tried, fewest shots first.
        method: One of `METHODS`.
        judged_on: What the shots were judged on, in words.
        reason: Why this number, one sentence.
    """

    shots: int
    trials: tuple[Trial, ...]
    method: str
    judged_on: str
    reason: str


def select_shots(
    predictor: Predictor,
    images: Sequence[Picture],
    method: str = CROSS_VALIDATION,
    *,
    validation: Labelled | None = None,
    seed: int = 0,
    folds: int = FOLDS,
    counts: Sequence[int] | None = None,
    lesson: Lesson | None = None,
    paint: Painter | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Selection:
    """Return how many of the images to teach.

    In every fold a part of the images is held out and the first 1, 2, 4 ... of the others, in an
    order drawn by the seed, are learned from: more shots always contain the fewer. They are judged
    by the image AUROC of what was held out against the same with painted defects, or of
    labelled images where there are some.

    "cross-validation" tries all counts and takes the smallest that lies no more than one standard
    error below the best, compared fold by fold. "growing" adds shots until two steps in a row gain
    less than 0.005.

    Args:
        predictor: Where to start from.
        images: Good pictures as `Predictor.predict` takes them, at least two; one is enough with
            labelled ones.
        method: One of `METHODS`.
        validation: Labelled pictures that are not among `images`; None holds some out.
        seed: Same seed and images, same selection.
        folds: How often the choice is repeated with other shots, at least 1.
        counts: Numbers to try; None for those of the method.
        lesson: How to teach.
        paint: Puts a defect on a good picture; None for `model.held_out.with_defect`.
        progress: Called with (steps done, steps in all at most).
        cancelled: Asked between two images.

    Raises:
        DatasetError: Too few images, or the labelled ones are of one class only.
        ModelError: The method is unknown, or a picture cannot be used.
        TeachingCancelled: `cancelled` said so.
    """
    if method not in METHODS:
        raise ModelError(f"There is no way {method!r} to select shots; use {' or '.join(METHODS)}.")
    rounds = drawn_rounds(images, validation, seed, folds, paint)
    most = min(len(one.pool) for one in rounds)
    asked = counts or (COUNTS if method == CROSS_VALIDATION else GROWING_COUNTS)
    tried = [count for count in sorted(set(asked)) if 1 <= count <= most] or [most]
    school = _School(predictor, rounds, seed, lesson, progress, cancelled, tried)
    trials: list[Trial] = []
    for count in tried:
        trials.append(school.trial(count))
        if method == GROWING and _has_settled(trials):
            break
    chosen = smallest_as_good(trials) if method == CROSS_VALIDATION else smallest_within(trials)
    return Selection(
        chosen.shots,
        tuple(trials),
        method,
        _judged_on(validation, rounds),
        _reason(trials, chosen, method, is_last=len(trials) == len(tried)),
    )


def smallest_as_good(trials: Sequence[Trial]) -> Trial:
    """Return the trial of the fewest shots that is at most one standard error below the best."""
    best = max(trials, key=lambda one: one.mean)
    for one in trials:
        gap, error = one.lag(best)
        if one is best or gap <= error:
            return one
    return best


def smallest_within(trials: Sequence[Trial], tolerance: float = LEAST_GAIN) -> Trial:
    """Return the trial of the fewest shots whose mean is at most `tolerance` below the best."""
    best = max(one.mean for one in trials)
    return next(one for one in trials if one.mean >= best - tolerance)


def _has_settled(trials: Sequence[Trial]) -> bool:
    """Tell whether the last steps have not improved on what was before them."""
    if len(trials) <= _PATIENCE:
        return False
    before = max(one.mean for one in trials[:-_PATIENCE])
    return max(one.mean for one in trials[-_PATIENCE:]) < before + LEAST_GAIN


class _School:
    """Teaches a number of shots in every round and counts the steps."""

    def __init__(
        self,
        predictor: Predictor,
        rounds: Sequence[Round],
        seed: int,
        lesson: Lesson | None,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        counts: Sequence[int],
    ) -> None:
        self._predictor, self._rounds, self._seed, self._lesson = predictor, rounds, seed, lesson
        self._progress, self._cancelled = progress, cancelled
        self._done = 0
        self._total = sum(_steps(one, count) for one in rounds for count in counts)

    def trial(self, count: int) -> Trial:
        """Return what the first `count` shots of each round come to."""
        return Trial(count, tuple(self._quality(one, count) for one in self._rounds))

    def _quality(self, one: Round, count: int) -> float:
        start = self._done
        end = start + _steps(one, count)
        judged = len(one.good) + len(one.defective)

        def taught(done: int, total: int) -> None:
            self._report(start + (end - judged - start) * done // max(1, total))

        detector, calibration = teach(
            self._predictor,
            one.pool[:count],
            seed=self._seed,
            progress=taught,
            cancelled=self._cancelled,
            lesson=self._lesson,
        )
        pupil = Predictor(detector, calibration, self._predictor.info)
        scores = []
        for number, picture in enumerate((*one.good, *one.defective), start=1):
            if self._cancelled is not None and self._cancelled():
                raise TeachingCancelled("The selection was stopped; nothing has changed.")
            scores.append(pupil.predict(picture).score)
            self._report(end - judged + number)
        labels = np.repeat([0, 1], [len(one.good), len(one.defective)])
        return auroc(labels, np.array(scores))

    def _report(self, done: int) -> None:
        self._done = done
        if self._progress is not None:
            self._progress(done, self._total)


def _steps(one: Round, count: int) -> int:
    return 3 * count + len(one.good) + len(one.defective)


def _judged_on(validation: Labelled | None, rounds: Sequence[Round]) -> str:
    if validation is not None:
        return f"{len(validation.good)} good and {len(validation.defective)} defective images"
    views = sum(len(one.good) for one in rounds)
    return f"{views} views of held-out good images against the same with painted defects"


def _reason(trials: Sequence[Trial], chosen: Trial, method: str, *, is_last: bool) -> str:
    best = max(trials, key=lambda one: one.mean)
    if method == GROWING:
        end = "no further step gains" if not is_last else "no larger number that can be tried gains"
        return f"{chosen.shots} shots reach {chosen.mean:.3f}; {end} {LEAST_GAIN} or more."
    if chosen is best:
        return f"{chosen.shots} shots are the best with {chosen.mean:.3f}."
    gap, error = chosen.lag(best)
    return (
        f"{chosen.shots} shots reach {chosen.mean:.3f}; the best, {best.shots}, gain {gap:.3f}, "
        f"which is within the standard error of that difference, {error:.3f}."
    )
