"""What the tab of the shadow says."""

from __future__ import annotations

from app.i18n import tr, trn
from app.station.shadow_status import ShadowState, ShadowStatus
from app.station.status import StationState, StationStatus

_FEW = 30


def state_words(status: ShadowStatus) -> str:
    """Return what the shadow does, in a few words."""
    name = "" if status.candidate is None else status.candidate.name
    return {
        ShadowState.OFF: tr("No candidate runs in shadow"),
        ShadowState.PREPARING: tr("A candidate is being prepared …"),
        ShadowState.WATCHING: tr("{name} runs in shadow").format(name=name),
        ShadowState.PROMOTING: tr("{name} is taking over …").format(name=name),
        ShadowState.ENDED: tr("{name} has ended").format(name=name or tr("The candidate")),
    }[status.state]


def state_sentence(status: ShadowStatus, line: StationStatus | None) -> str:
    """Return what is to be known beside that."""
    if line is None:
        return tr("This is an office PC; there is no line to run beside.")
    if status.state is ShadowState.OFF:
        return tr(
            "In shadow a candidate judges the same parts in the time that the line leaves. It has "
            "no say: verdicts and outputs stay as they are. Check a checkpoint, then press “Run in "
            "shadow”."
        )
    sentences = [status.sentence]
    if status.state is ShadowState.WATCHING and line.phase is not StationState.RUNNING:
        sentences.append(tr("The line does not judge now; it goes on when the line does."))
    return " ".join(filter(None, sentences))


def figures(status: ShadowStatus) -> tuple[str, str, str, str, str]:
    """Return share, of how many, its interval, what was skipped, and the speed; "" for none."""
    if status.state is ShadowState.OFF:
        return "", "", "", "", ""
    seen = status.judged + status.skipped
    skipped = ""
    if seen:
        skipped = tr("{share} % of {parts} parts skipped: the line left no time for them.").format(
            share=f"{100 * status.skipped / seen:.1f}", parts=f"{seen:,}"
        )
    speed = ""
    if status.model_ms:
        speed = tr("The candidate takes {ms} ms per part.").format(ms=f"{status.model_ms:.0f}")
    if not status.judged:
        return "", tr("No part judged by both yet."), "", skipped, speed
    share, interval = status.agreed / status.judged, status.interval
    of = trn("of {n} part judged alike", "of {n} parts judged alike", status.judged)
    sure = tr("95 % sure: between {low} % and {high} %").format(
        low=percent(interval.low), high=percent(interval.high)
    )
    if status.judged < _FEW:
        sure += "\n" + tr("Few parts so far: the range is wide.")
    return f"{percent(share)} %", of.format(n=f"{status.judged:,}"), sure, skipped, speed


def percent(share: float) -> str:
    """Return a share in percent; 100 only if it is."""
    if share >= 1:
        return "100"
    return f"{min(99.99, 100 * share):.2f}" if share > 0.99 else f"{100 * share:.1f}"


def list_heading(status: ShadowStatus, shown: int, earlier: str) -> str:
    """Return what the list of disagreements shows.

    Args:
        status: Of the shadow.
        shown: Rows of the list.
        earlier: Name of the candidate if they are of an earlier run, "" if not.
    """
    if earlier and shown:
        return tr("Earlier: parts on which {name} found otherwise").format(name=earlier)
    if status.state is ShadowState.OFF:
        return ""
    total = status.disagreed
    if total > shown:
        text = tr("Parts on which the two differ: the newest {shown} of {total}")
        return text.format(shown=shown, total=f"{total:,}")
    return tr("Parts on which the two differ: {total}").format(total=f"{total:,}")


def list_empty(status: ShadowStatus) -> str:
    """Return what stands in place of an empty list."""
    if status.state is ShadowState.OFF:
        return tr("Parts on which a candidate finds otherwise are listed here, with pictures.")
    if not status.judged:
        return tr("Nothing to compare yet.")
    return tr("Both have judged every part alike so far.")


def promotion_facts(status: ShadowStatus, current: str) -> str:
    """Return what one should know before the candidate takes over."""
    name = "" if status.candidate is None else status.candidate.name
    text = tr("{name} judges from the next part on; {current} stays ready to come back.").format(
        name=name, current=current or "–"
    )
    if not status.judged:
        return f"{text}\n\n{tr('▲ It has judged no part in shadow yet.')}"
    share, of, sure, skipped, _ = figures(status)
    return f"{text}\n\n{share} {of}\n{sure}\n{skipped}"


def tab_title(status: ShadowStatus) -> str:
    """Return the name of the tab; while a candidate runs it says how it agrees."""
    if not status.is_on:
        return tr("Shadow")
    if not status.judged:
        return tr("Shadow ◇")
    return tr("Shadow ◇ {share} %").format(share=percent(status.agreed / status.judged))
