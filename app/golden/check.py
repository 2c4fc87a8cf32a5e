"""Whether a recipe's golden samples still come out as they did."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.camera.frame import Frame, Image
from app.errors import ExpectedError
from app.inspection.golden import GoldenSample
from app.inspection.judgement import Predictor
from app.inspection.pipeline import Inspection, inspect
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.verdict import Verdict

# Stable codes of what is wrong with a sample, and with a set.
VERDICT, SCORE, ERROR, FILE = "verdict", "score", "error", "file"
EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """One golden sample, judged again.

    Attributes:
        id: Id of the sample.
        name: What people call it.
        expected: Verdict that it must get.
        found: Verdict that it got; None if it could not be judged at all.
        expected_score: Score when it was measured, raw unit.
        score: Score now; None without a prediction.
        limit: NG limit in force, raw unit; None if there was none.
        tolerance: The score may move by this much, raw unit.
        compared: Whether the scores may be compared: same checkpoint as when measured.
        problem: "" if it is right, else "verdict", "score", "error" (no judgement) or "file"
            (the picture is gone or was changed).
        details: What the problem says of itself, "" if nothing.
    """

    id: str
    name: str
    expected: Verdict
    found: Verdict | None
    expected_score: float
    score: float | None
    limit: float | None
    tolerance: float
    compared: bool
    problem: str = ""
    details: str = ""

    @property
    def passed(self) -> bool:
        """True if the sample came out as it must."""
        return not self.problem

    @property
    def moved(self) -> float | None:
        """How far the score moved, raw unit, upwards positive; None if not to be compared."""
        if self.score is None or not self.compared:
            return None
        return self.score - self.expected_score


@dataclass(frozen=True, slots=True)
class GoldenCheck:
    """A golden set, judged once.

    Attributes:
        recipe: Name of the recipe.
        recipe_version: Its version.
        checkpoint: Name of the checkpoint that judged.
        checkpoint_sha256: Its hash.
        at: When, timezone-aware UTC.
        samples: Every sample of the set, in its order.
        problem: Why nothing could be judged ("empty": there is no sample in use; else a
            sentence); "" if the samples speak for themselves.
    """

    recipe: str
    recipe_version: int
    checkpoint: str
    checkpoint_sha256: str
    at: datetime
    samples: tuple[SampleCheck, ...] = ()
    problem: str = ""

    @property
    def passed(self) -> bool:
        """True if there are samples and every one is right."""
        return not self.problem and bool(self.samples) and not self.failed

    @property
    def failed(self) -> tuple[SampleCheck, ...]:
        """The samples that are not right, wrong verdicts first."""
        bad = [sample for sample in self.samples if not sample.passed]
        return tuple(sorted(bad, key=lambda sample: sample.problem == SCORE))


def check(
    samples: Sequence[GoldenSample],
    load: Callable[[GoldenSample], Image],
    predictor: Predictor,
    recipe: Recipe,
    station: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> GoldenCheck:
    """Judge a recipe's golden set by the same path as parts; nothing is stored or counted.

    Takes as long as the model needs for every sample, so not on the GUI thread; nobody else
    may use the predictor meanwhile unless it allows that.

    Args:
        samples: The set in use.
        load: Returns a sample's picture, (H, W, 3) uint8 BGR; raises `ExpectedError` if it is
            gone or was changed.
        predictor: The model that would judge the parts.
        recipe: Limits and region of interest that would hold for the parts.
        station: Name of the station.
        progress: Told how many of how many are done.
    """
    found: list[SampleCheck] = []
    for number, sample in enumerate(samples):
        found.append(_one(sample, load, predictor, recipe, station))
        progress(number + 1, len(samples))
    info = predictor.info
    problem = "" if samples else EMPTY
    now = datetime.now(UTC)
    return GoldenCheck(
        recipe.name, recipe.version, info.name, info.sha256, now, tuple(found), problem
    )


def unread(problem: str, predictor: Predictor, recipe: Recipe) -> GoldenCheck:
    """Return the check of a set that could not be read; it is not passed.

    Args:
        problem: Why, one sentence.
        predictor: The model that would have judged it.
        recipe: The recipe in force.
    """
    info, now = predictor.info, datetime.now(UTC)
    return GoldenCheck(recipe.name, recipe.version, info.name, info.sha256, now, (), problem)


def judge(image: Image, predictor: Predictor, recipe: Recipe, station: str = "") -> Inspection:
    """Judge one picture of a set, by the path that parts take."""
    held = image if not image.flags.writeable else image.copy()
    held.setflags(write=False)
    frame = Frame(held, 0, time.monotonic(), datetime.now(UTC), "golden")
    return inspect(frame, predictor, recipe, Context(station=station), is_live=False)


def _one(
    sample: GoldenSample,
    load: Callable[[GoldenSample], Image],
    predictor: Predictor,
    recipe: Recipe,
    station: str,
) -> SampleCheck:
    same = sample.checkpoint_sha256 == predictor.info.sha256
    try:
        image = load(sample)
    except ExpectedError as error:
        return _result(sample, None, None, None, same, FILE, str(error))
    record = judge(image, predictor, recipe, station).record
    limit = record.limits.ng if record.limits else None
    problem, details = "", ""
    if record.verdict is Verdict.ERROR:
        problem, details = ERROR, "; ".join(record.decision.reasons)
    elif record.verdict is not sample.verdict:
        problem = VERDICT
    elif same and not _is_near(sample, record.score):
        problem = SCORE
    return _result(sample, record.verdict, record.score, limit, same, problem, details)


def _is_near(sample: GoldenSample, score: float | None) -> bool:
    # Written so that a missing or NaN score counts as moved.
    return score is not None and abs(score - sample.score) <= sample.tolerance


def _result(
    sample: GoldenSample,
    found: Verdict | None,
    score: float | None,
    limit: float | None,
    compared: bool,
    problem: str,
    details: str,
) -> SampleCheck:
    return SampleCheck(
        id=sample.id,
        name=sample.name,
        expected=sample.verdict,
        found=found,
        expected_score=sample.score,
        score=score,
        limit=limit,
        tolerance=sample.tolerance,
        compared=compared,
        problem=problem,
        details=details,
    )
