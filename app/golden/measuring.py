"""A picture becomes a golden sample: what it must get, and how far it may move."""

from __future__ import annotations

from datetime import UTC, datetime

from app.camera.frame import Image
from app.errors import ExpectedError
from app.golden.check import judge
from app.golden.tolerance import default_tolerance
from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.inspection.judgement import Predictor
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict

REPEATS = 3


class GoldenError(ExpectedError):
    """A picture cannot be a golden sample."""

    code = "golden"


def measured(
    image: Image,
    name: str,
    recipe: Recipe,
    predictor: Predictor,
    expected: Verdict | None = None,
    by: str = "",
) -> GoldenSample:
    """Judge a picture some times over and return it as a sample; its picture is not kept yet.

    Args:
        image: (H, W, 3) uint8 BGR, the whole frame.
        name: What people call it.
        recipe: As in force now.
        predictor: The model in force now.
        expected: The verdict that it must get; None for the one that it gets.
        by: Who adds it.

    Raises:
        GoldenError: It is judged ERROR or REVIEW, not as expected, or not twice the same.
    """
    records = [judge(image, predictor, recipe).record for _ in range(REPEATS)]
    first = records[0]
    scores = [record.score for record in records if record.score is not None]
    problem = _problem(name, records, expected)
    if problem or first.limits is None or len(scores) < REPEATS:
        reasons = "; ".join(first.decision.reasons)
        raise GoldenError(problem or tr("The picture cannot be judged: {why}.").format(why=reasons))
    return GoldenSample(
        recipe=recipe.name,
        name=name,
        image="",
        image_sha256="",
        verdict=first.verdict,
        score=scores[0],
        tolerance=default_tolerance(scores, first.limits, predictor.calibration.typical),
        checkpoint_sha256=predictor.info.sha256,
        added_at=datetime.now(UTC),
        added_by=by,
    )


def _problem(name: str, records: list[InspectionRecord], expected: Verdict | None) -> str:
    """Return why the verdicts are no good for a golden sample, "" if they are or there is none."""
    first = records[0]
    verdict = first.verdict
    if verdict is Verdict.ERROR or first.limits is None or first.score is None:
        return ""
    if any(record.verdict is not verdict for record in records):
        return tr("{name} is not judged twice the same; take a clearer sample.").format(name=name)
    if expected is not None and verdict is not expected:
        text = tr(
            "{name} must be {expected}, but it is judged {found} now (score {score}, limit "
            "{limit}); put the limits right first."
        )
        return text.format(
            name=name,
            expected=expected.value,
            found=verdict.value,
            score=f"{first.score:.4g}",
            limit=f"{first.limits.ng:.4g}",
        )
    if verdict is Verdict.REVIEW:
        text = tr("{name} is judged REVIEW; a golden sample must be clearly good or bad.")
        return text.format(name=name)
    return ""
