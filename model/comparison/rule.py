"""The rule by which one detector stands out, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.comparison.figures import IMAGE_AUROC, Result
from model.comparison.resampling import Interval, interval
from model.comparison.split import Split


@dataclass(frozen=True, slots=True)
class Choice:
    """What the rule says; it recommends nothing beyond that.

    Attributes:
        rule: The rule in words.
        name: The detector that it picks; "" where none meets it.
        reason: Its figures, or why there is none.
        ahead: For every other judged detector, how far the picked one's best F1 is ahead of
            it, on the same resamples; an interval that holds 0 means: not told apart.
        too_slow: Those that do not meet the speed.
        trivial: F1 of calling every test picture defective: what no detector is needed for.
        is_trivial: Whether the picked one is not clearly better than that.
    """

    rule: str
    name: str
    reason: str
    ahead: dict[str, Interval]
    too_slow: tuple[str, ...]
    trivial: float
    is_trivial: bool = False

    @property
    def equals(self) -> tuple[str, ...]:
        """Those fast enough that these pictures do not tell apart from the picked one."""
        fast = (name for name in self.ahead if name not in self.too_slow)
        return tuple(name for name in fast if (self.ahead[name].low or 0.0) <= 0)


def choose(results: Sequence[Result], split: Split, min_fps: float) -> Choice:
    """Return what the rule says.

    Highest F1 over all limits among the detectors that judge at least `min_fps` pictures a
    second one by one; of equal ones that with the higher image AUROC, then the faster.

    Args:
        results: Of the judged detectors.
        split: Whose test they were judged on.
        min_fps: Pictures a second; 0 for any speed.
    """
    share = sum(one.is_defective for one in split.test) / len(split.test)
    trivial = 2 * share / (1 + share)
    rule = "Highest F1-max"
    if min_fps > 0:
        rule += f" among the detectors that judge at least {min_fps:g} images/s one by one"
    slow = tuple(one.name for one in results if one.images_per_second < min_fps)
    fast = [one for one in results if one.name not in slow]
    if not fast:
        why = "No detector was judged to the end."
        if results:
            top = max(results, key=lambda one: one.images_per_second)
            why = (
                f"None is fast enough: the fastest, {top.name}, judges "
                f"{top.images_per_second:.3g} images/s."
            )
        return Choice(rule, "", why, {}, slow, trivial)
    best = max(fast, key=_rank)
    figure = best.figures["f1_max"]
    reason = f"F1-max {100 * best.f1_max:.1f} %"
    if figure.low is not None and figure.high is not None:
        reason += f" (95 % interval {100 * figure.low:.1f} to {100 * figure.high:.1f} %)"
    reason += f", {best.images_per_second:.3g} images/s one by one"
    ahead = {
        one.name: interval(best.f1_max - one.f1_max, best.resampled_f1 - one.resampled_f1)
        for one in results
        if one is not best
    }
    is_trivial = (figure.low if figure.low is not None else best.f1_max) <= trivial
    return Choice(rule, best.name, reason, ahead, slow, trivial, is_trivial)


def _rank(one: Result) -> tuple[float, float, float]:
    return one.f1_max, one.figures[IMAGE_AUROC].value or 0.0, one.images_per_second


def in_words(choice: Choice) -> tuple[str, ...]:
    """Return the rule, what it says and how sure that is, a sentence each."""
    said = [f"Rule: {choice.rule}."]
    if not choice.name:
        return (*said, choice.reason)
    said.append(f"By this rule: {choice.name}, {choice.reason}.")
    if choice.is_trivial:
        said.append(
            f"Not clearly better than calling every picture defective, which gives F1 "
            f"{100 * choice.trivial:.1f} % on this test."
        )
    if choice.equals:
        said.append(
            "Not told apart from it by these pictures (the interval of the difference in F1-max "
            f"holds 0): {', '.join(choice.equals)}."
        )
    if choice.too_slow:
        said.append(f"Too slow for the rule: {', '.join(choice.too_slow)}.")
    return tuple(said)
