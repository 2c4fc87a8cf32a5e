"""What the models screen says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Protocol

from app.candidates.check_report import CheckReport
from app.candidates.comparison import Comparison
from app.i18n import N_, tr
from app.ui.verdict_look import LOOKS
from app.ui.widgets.checkpoint_details import breakable

BARE = "bare"
CHECKING, COMPARING, LIMITING, JUDGING = "checking", "comparing", "limiting", "judge"

_REASONS = (
    N_("Trained with newer parts"),
    N_("Fewer false calls"),
    N_("Finds defects that were missed"),
    N_("New product or material"),
)
_BACK_REASONS = (
    N_("Too many false calls"),
    N_("Defects were missed"),
    N_("Too slow for the line"),
    N_("Only a trial"),
)


class CandidateState(Protocol):
    """What is said of a candidate depends on these."""

    path: Path | None
    name: str
    report: CheckReport | None
    problem: str

    @property
    def comparison(self) -> Comparison | None:
        """Both on the same pictures."""


def activation_reasons() -> list[str]:
    """Return usual reasons to put another checkpoint in force."""
    return [tr(reason) for reason in _REASONS]


def roll_back_reasons() -> list[str]:
    """Return usual reasons to go back to the checkpoint before."""
    return [tr(reason) for reason in _BACK_REASONS]


def candidate_sentence(candidate: CandidateState) -> str:
    """Return what checking a candidate has found."""
    report = candidate.report
    if candidate.path is None:
        return tr("A candidate is checked away from the line before it can judge anything.")
    if report is None:
        return tr("It is loaded in a process of its own; the line is not touched.")
    if not report.ok:
        return report.headline if report.problem else tr("The check itself has failed.")
    return tr("Checked: loaded in {load} s, {ms} ms per part, {memory} MB.").format(
        load=f"{report.load_s:.1f}", ms=f"{report.model_ms:.0f}", memory=f"{report.memory_mb:,.0f}"
    )


def progress(stage: str, step: str, done: int, total: int) -> tuple[str, int, int]:
    """Return text, steps done and steps in all for the bar; no text if nothing goes on."""
    if stage == CHECKING:
        return tr("Checking …"), 0, 0
    if stage not in (COMPARING, LIMITING):
        return "", 0, 1
    if step != JUDGING or not total:
        return tr("Loading …"), 0, 0
    text = tr("Comparing: {done} of {total}")
    if stage == LIMITING:
        text = tr("Setting limits: {done} of {total}")
    return text.format(done=f"{done:,}", total=f"{total:,}"), done, total


def candidate_name(name: str, stem: str) -> str:
    """Return what a candidate is called; files of one training run have one name."""
    return f"{name} ({stem})" if stem.startswith("epoch_") else name or stem


def instead_of_comparison(candidate: CandidateState, stage: str) -> str:
    """Return what stands where a comparison would be."""
    report = candidate.report
    if candidate.comparison is not None:
        return ""
    if candidate.path is None:
        return tr(
            "Choose a checkpoint in the list and press “Check and compare”. Both checkpoints then "
            "judge the same stored pictures, side by side."
        )
    if report is not None and not report.ok:
        goes_on = tr("It cannot be used; the line goes on with the checkpoint in force.")
        return f"{goes_on}\n\n{breakable(report.sentence)}"
    if stage == BARE:
        bare = tr(
            "This checkpoint has no limits, so it cannot judge yet. They can be set from the "
            "newest good parts of the recipe; a new file is written, this one stays as it is."
        )
        return f"▲ {candidate.problem}\n\n{bare}" if candidate.problem else bare
    if candidate.problem:
        return tr("It was not compared. {why}").format(why=candidate.problem)
    return tr(
        "First the file is loaded in a process of its own. Then both checkpoints judge the newest "
        "stored parts and the golden samples. The line goes on; this takes the time that it leaves."
    )


def activation_obstacle(stage: str, problem: str) -> str:
    """Return why a candidate cannot be put in force now, "" if it can."""
    return {
        "none": tr("Choose a checkpoint in the list first and check it."),
        "checking": tr("It is still being checked; wait a moment."),
        "comparing": tr("It is still being compared; wait for it."),
        "bare": tr("It has no limits yet; set them first."),
        "limiting": tr("Its limits are being set; wait for it."),
        "refused": tr("The check has refused this checkpoint; choose another one."),
        "stopped": tr("The check was cancelled; press “Check again” first."),
    }.get(stage, "")


def activation_facts(name: str, current: str, comparison: Comparison | None, problem: str) -> str:
    """Return what one should know before a candidate is put in force, a line each."""
    lines = [
        tr(
            "{name} judges every part from the moment it is loaded, warm and right on the golden "
            "samples. Until then, and if it fails, {current} goes on."
        ).format(name=name, current=current or "–")
    ]
    if comparison is None:
        lines.append(tr("▲ It was not compared. {why}").format(why=problem))
        return "\n\n".join(lines)
    differing = [pair for pair in comparison.pairs if pair.differs]
    counts = Counter((one.current.verdict, one.candidate.verdict) for one in differing)
    ways = ", ".join(
        f"{tr(LOOKS[a].word)} → {tr(LOOKS[b].word)}: {n:,}" for (a, b), n in counts.most_common()
    )
    text = tr("Of {count} pictures {other} get another verdict.").format(
        count=f"{len(comparison.pairs):,}", other=f"{len(differing):,}"
    )
    lines.append(f"{text} {ways}".strip())
    return "\n\n".join(lines)


def roll_back_facts(previous: str, current: str) -> str:
    """Return what one should know before going back to the checkpoint before."""
    return tr(
        "{previous} judges again from the next part on, with the limits it had. {current} stays "
        "in the list."
    ).format(previous=previous, current=current or "–")
