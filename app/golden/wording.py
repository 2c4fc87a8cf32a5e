"""Golden checks in words, in the language in use."""

from __future__ import annotations

from app.golden.check import EMPTY, ERROR, FILE, SCORE, VERDICT, GoldenCheck, SampleCheck
from app.i18n import N_, tr, trn
from app.inspection.reasons import SENTENCES, code_of
from app.inspection.verdict import Verdict

_WORDS = {
    Verdict.OK: N_("OK"),
    Verdict.NG: N_("NG"),
    Verdict.REVIEW: N_("REVIEW"),
    Verdict.ERROR: N_("ERROR"),
}


def sentence(done: GoldenCheck) -> str:
    """Return what a check has shown, naming the worst sample and how far it moved."""
    if done.problem == EMPTY:
        text = tr("Recipe {recipe} has no golden sample; add some on the Health screen.")
        return text.format(recipe=done.recipe)
    if done.problem:
        text = tr("The golden samples could not be judged: {why}")
        return text.format(why=done.problem)
    failed = done.failed
    if not failed:
        text = trn(
            "{count} golden sample came out as it must.",
            "All {count} golden samples came out as they must.",
            len(done.samples),
        )
        return text.format(count=len(done.samples))
    first = tr("Golden sample “{name}”: {what}").format(name=failed[0].name, what=what(failed[0]))
    if len(failed) == 1:
        return first
    others = len(failed) - 1
    more = trn("And {count} more sample.", "And {count} more samples.", others)
    return f"{first} {more.format(count=others)}"


def what(sample: SampleCheck) -> str:
    """Return what is wrong with a sample and by how much; of a right one, how near it is."""
    if sample.problem == FILE:
        return sample.details
    if sample.problem == ERROR:
        reason = SENTENCES.get(code_of(sample.details), "")
        return tr("no judgement.") + (f" {tr(reason)}" if reason else f" {sample.details}")
    if sample.problem == VERDICT and sample.found is not None:
        text = tr("must be {expected}, is {found}; score {score}, limit {limit}.")
        return text.format(
            expected=word(sample.expected),
            found=word(sample.found),
            score=number(sample.score),
            limit=number(sample.limit),
        )
    moved = sample.moved
    if moved is None:
        return tr("verdict right; its score is of another checkpoint.")
    if sample.problem == SCORE:
        text = tr("score {score} instead of {expected}: moved by {moved}, allowed {allowed}.")
    else:
        text = tr("score {score}, was {expected}: moved by {moved} of {allowed} allowed.")
    return text.format(
        score=number(sample.score),
        expected=number(sample.expected_score),
        moved=f"{moved:+.3g}",
        allowed=number(sample.tolerance),
    )


def word(verdict: Verdict | None) -> str:
    """Return a verdict as people read it, a dash for none."""
    return "–" if verdict is None else tr(_WORDS[verdict])


def number(value: float | None) -> str:
    """Return a score with four digits that count, a dash for none."""
    return "–" if value is None else f"{value:.4g}"
