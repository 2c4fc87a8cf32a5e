"""The kind of a defect by the model's class probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from app.inspection.verdict import Verdict

NORMAL = frozenset({"good", "normal", "ok", "none"})
"""Names that data sets give to what has no defect, lower case."""


def name_defect(
    verdict: Verdict,
    class_probabilities: Sequence[tuple[str, float]],
    kinds: Sequence[str] = (),
) -> str:
    """Return the likeliest kind of defect; "" if the model names none.

    A model that was trained on several products names products, not kinds. Names count as
    kinds where one of them stands for a good part, or where the recipe lists one of them.

    Args:
        verdict: Only NG and REVIEW have a defect to name.
        class_probabilities: (name, probability) in any order.
        kinds: The recipe's kinds of defects.
    """
    if verdict not in (Verdict.NG, Verdict.REVIEW):
        return ""
    names = {name.lower() for name, _ in class_probabilities}
    if not (names & NORMAL or names & {kind.lower() for kind in kinds}):
        return ""
    found = [(p, name) for name, p in class_probabilities if name.lower() not in NORMAL]
    return max(found, key=lambda pair: pair[0])[1] if found else ""
