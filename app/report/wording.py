"""Numbers, shares, times and names of a report in words, in the language in use."""

from __future__ import annotations

from datetime import datetime, tzinfo

from app.i18n import N_, tr
from app.inspection.event import EventKind
from app.inspection.review import Finding
from app.quality.rates import Estimate
from app.report.scope import Kind

TITLES: dict[Kind, str] = {
    "lot": N_("Lot report"),
    "shift": N_("Shift report"),
    "checkpoint": N_("Checkpoint report"),
    "time": N_("Period report"),
}

FINDINGS: dict[Finding, str] = {
    "confirmed": N_("confirmed"),
    "false-call": N_("false call"),
    "escape": N_("escape"),
    "good": N_("good"),
    "defective": N_("defective"),
    "unsure": N_("unsure"),
    "marked": N_("called good on the line"),
}

HAPPENINGS: dict[EventKind, str] = {
    "recipe": N_("recipe in force"),
    "checkpoint": N_("checkpoint in force"),
    "limits": N_("limits changed"),
    "alarm": N_("drift alarm"),
    "override": N_("override"),
    "retention": N_("pictures removed"),
}

NOTHING = "–"


def count(number: int) -> str:
    """Return a count with its thousands apart."""
    return f"{number:,}"


def share(value: float | None) -> str:
    """Return a share of 0 to 1 in percent, with two digits that count below one percent."""
    if value is None:
        return NOTHING
    percent = 100 * value
    if 0 < percent < 1:
        return f"{percent:#.2g} %"
    return f"{percent:.2f} %"


def estimate(found: Estimate | None) -> str:
    """Return an estimated share with its interval, a dash if it is not known."""
    return NOTHING if found is None else f"{share(found.value)}  ({interval(found)})"


def interval(found: Estimate) -> str:
    """Return the interval of an estimate."""
    return f"{share(found.interval.low)} … {share(found.interval.high)}"


def score(value: float | None) -> str:
    """Return a score with four digits that count, a dash for none."""
    return NOTHING if value is None else f"{value:.4g}"


def moment(at: datetime | None, zone: tzinfo | None, seconds: bool = False) -> str:
    """Return a moment by the clock of the plant (None: of this computer)."""
    if at is None:
        return NOTHING
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if seconds else minute(at, zone)


def minute(at: datetime, zone: tzinfo | None) -> str:
    """Return day, hour and minute of a moment."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def clock(at: datetime, zone: tzinfo | None) -> str:
    """Return the clock that times are given by, as its distance from UTC."""
    offset = at.astimezone(zone).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def duration(seconds: float) -> str:
    """Return a duration in hours and minutes, below one hour in minutes and seconds."""
    whole = round(seconds)
    if whole < 3600:
        return tr("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
    hours, minutes = divmod(round(seconds / 60), 60)
    return tr("{hours} h {minutes} min").format(hours=hours, minutes=minutes)


def name(text: str) -> str:
    """Return a name, or what stands for none."""
    return text or tr("(none)")
