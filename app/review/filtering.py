"""What a reviewer wants to see of the records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from app.store.base import Query


class Show(Enum):
    """Which part of the work is listed.

    OPEN: waits for a first word. SECOND: waits for this person's second opinion. DISPUTED: two
    persons contradict each other. FALSE_CALLS: NG that a person, on the line or here, calls good.
    UNSURE: seen, not decided. REVIEWED: with a standing word.
    QUEUE: everything that was ever to be reviewed. ALL: every record.
    """

    OPEN = "open"
    SECOND = "second"
    DISPUTED = "disputed"
    FALSE_CALLS = "false-calls"
    UNSURE = "unsure"
    REVIEWED = "reviewed"
    QUEUE = "queue"
    ALL = "all"


class Period(Enum):
    """How far back the list goes; SPAN: from `since` to `until` of the query."""

    ANY = "any"
    HOUR = "hour"
    TODAY = "today"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SPAN = "span"


_LENGTHS = {
    Period.HOUR: timedelta(hours=1),
    Period.DAY: timedelta(days=1),
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=30),
}
_SHOWN: dict[Show, dict[str, Any]] = {
    Show.OPEN: {"queued": True, "reviewed": False},
    Show.SECOND: {"second_opinion_by": ""},
    Show.DISPUTED: {"disputed": True},
    Show.FALSE_CALLS: {"findings": ("marked", "false-call")},
    Show.UNSURE: {"findings": ("unsure",)},
    Show.REVIEWED: {"reviewed": True},
    Show.QUEUE: {"queued": True},
    Show.ALL: {},
}
_NONE: dict[str, Any] = {
    "queued": None,
    "reviewed": None,
    "second_opinion_by": None,
    "disputed": None,
    "findings": (),
}
# Narrowing beyond `show` and `period`; for the count on the button that opens them.
_DETAILS = (
    "verdicts",
    "lot",
    "shift",
    "product",
    "recipe",
    "recipe_version",
    "checkpoint_sha256",
    "defect",
    "score_from",
    "score_to",
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of records as a person makes it.

    Attributes:
        show: Which part of the work.
        period: How far back.
        wanted: Everything else, order included; what `show` and `period` set is of no account
            in it, except `since` and `until` for `Period.SPAN`.
    """

    show: Show = Show.OPEN
    period: Period = Period.ANY
    wanted: Query = field(default_factory=Query)

    @property
    def details(self) -> int:
        """How many of the rarer conditions are set."""
        default = Query()
        return sum(getattr(self.wanted, name) != getattr(default, name) for name in _DETAILS)

    @property
    def is_default(self) -> bool:
        """Whether nothing narrows the list of open parts."""
        plain = Query(order=self.wanted.order, newest_first=self.wanted.newest_first)
        return self == Filter(wanted=plain)

    @property
    def timeless(self) -> Query:
        """What is saved under a name: without person and without the clock."""
        times = {} if self.period is Period.SPAN else {"since": None, "until": None}
        return replace(self.wanted, **_NONE | _SHOWN[self.show] | times)

    def query(self, by: str, now: datetime) -> Query:
        """Return what to ask the store.

        Args:
            by: The person at the desk.
            now: With the time zone in which a day begins.
        """
        changes: dict[str, Any] = {}
        if self.show is Show.SECOND:
            # What the first person named must not be found out by a filter either.
            changes = {"second_opinion_by": by, "defect": None, "part": None}
        if self.period is not Period.SPAN:
            changes["since"] = _begin(self.period, now)
        return replace(self.timeless, **changes)


def filter_of(query: Query, period: str = "") -> Filter:
    """Return the filter that a saved query came from.

    Args:
        query: As saved.
        period: Value of a `Period`; unknown or "" goes by the times of the query.
    """
    here = {name: getattr(query, name) for name in _NONE}
    if here["second_opinion_by"] is not None:
        here["second_opinion_by"] = ""
    show = next((show for show, set_ in _SHOWN.items() if {**_NONE, **set_} == here), Show.ALL)
    spanned = Period.SPAN if query.since or query.until else Period.ANY
    found = next((one for one in Period if one.value == period), spanned)
    kept = query if found is Period.SPAN else replace(query, since=None, until=None)
    return Filter(show, found, replace(kept, **_NONE))


def _begin(period: Period, now: datetime) -> datetime | None:
    if period is Period.TODAY:
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    length = _LENGTHS.get(period)
    return None if length is None else now - length
