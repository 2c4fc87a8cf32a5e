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
    kinds where one of them stands for a good part, or where the recipe lists one of them. A
    classifier of several products names both, "nut-scratch"; the kind alone is returned, which
    is what reviewers and recipes call it.

    Args:
        verdict: Only NG and REVIEW have a defect to name.
        class_probabilities: (name, probability) in any order.
        kinds: The recipe's kinds of defects.
    """
    if verdict not in (Verdict.NG, Verdict.REVIEW):
        return ""
    states = [(p, state_of(name)) for name, p in _of_likeliest(class_probabilities)]
    names = {state.lower() for _, state in states}
    if not (names & NORMAL or names & {kind.lower() for kind in kinds}):
        return ""
    found = [(p, state) for p, state in states if state.lower() not in NORMAL]
    return max(found, key=lambda pair: pair[0])[1] if found else ""


def kinds_of(class_probabilities: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """Return the kinds of defects that a model names, the likeliest first, without good parts.

    Args:
        class_probabilities: (name, probability), the likeliest first. Names of products alone
            are returned as they are.
    """
    states = (state_of(name) for name, _ in class_probabilities)
    return tuple(dict.fromkeys(state for state in states if state.lower() not in NORMAL))


def state_of(name: str) -> str:
    """Return the state of a name "product-state"; a name without a product is itself one."""
    return name.partition("-")[2] or name


def _of_likeliest(
    class_probabilities: Sequence[tuple[str, float]],
) -> Sequence[tuple[str, float]]:
    """Return the names of the likeliest product where names say product and state."""
    shares: dict[str, float] = {}
    goods = 0
    for name, probability in class_probabilities:
        product, _, state = name.partition("-")
        if not state:
            return class_probabilities
        goods += state.lower() in NORMAL
        shares[product] = shares.get(product, 0.0) + probability
    if not goods:
        return class_probabilities
    product = max(shares, key=lambda one: shares[one])
    return [pair for pair in class_probabilities if pair[0].partition("-")[0] == product]
