"""How long a station inspected, how long it stood, and what was wrong meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.inspection.event import Event

_STATES = ("started", "paused", "stopped")


@dataclass(frozen=True, slots=True)
class FaultSpan:
    """One fault from its beginning to its end.

    Attributes:
        cause: Key of the cause ("camera", "store", "model", "golden" ...).
        sentence: What was wrong, as the screen said it.
        began: When, timezone-aware; may lie before the period.
        ended: When; None if it was still there at the end of the period.
        station: Where.
    """

    cause: str
    sentence: str
    began: datetime
    ended: datetime | None
    station: str = ""


@dataclass(frozen=True, slots=True)
class Uptime:
    """A period of one station, or of several added up.

    Attributes:
        running_s: Parts were judged, seconds.
        stopped_s: They were not (paused, stopped, or nothing is known), seconds.
        faults: Whatever was wrong at some time of the period, by beginning.
        stops: How often the judging was interrupted in the period.
        crashes: How often the program ended without saying so in the period.
    """

    running_s: float
    stopped_s: float
    faults: tuple[FaultSpan, ...] = ()
    stops: int = 0
    crashes: int = 0

    @property
    def share(self) -> float:
        """Running share of the period, 0 to 1; 0 for an empty period."""
        whole = self.running_s + self.stopped_s
        return self.running_s / whole if whole > 0 else 0.0


def uptime(events: Iterable[Event], since: datetime, until: datetime) -> Uptime:
    """Return what the events say of a period.

    A "started" that is followed by another one without a "stopped" between them is a crash:
    the time from the last sign of life (any event of that station) to the second start counts
    as stopped, since nobody knows better. The station itself writes a "stopped" with
    `details["crash"]` at its next start, with the time when it last was alive. A last
    "started" without an end counts as running until `until`: do not ask for the future.

    Args:
        events: Of one station or several, in any order; those of other kinds are taken as
            signs of life. They should reach back to the last "started", "paused" or "stopped"
            before `since`; without one the station counts as stopped at first.
        since: Begin of the period, timezone-aware.
        until: End of the period, after `since`.

    Raises:
        ValueError: The period ends before it begins.
    """
    if until < since:
        raise ValueError("a period cannot end before it begins")
    by_station: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.at < until:
            by_station[event.station].append(event)
    length = (until - since).total_seconds()
    running, faults, stops, crashes = 0.0, [], 0, 0
    for station in sorted(by_station):
        own = sorted(by_station[station], key=lambda event: (event.at, event.id))
        spans = _running_spans(own, until)
        running += sum(_inside(begin, end, since, until) for begin, end in spans)
        stops += sum(since <= end < until for _, end in spans)
        crashes += sum(since <= at < until for at in _crashes(own))
        faults += [span for span in _fault_spans(own) if span.ended is None or span.ended > since]
    faults.sort(key=lambda span: (span.began, span.station, span.cause))
    whole = length * max(1, len(by_station))
    return Uptime(running, max(0.0, whole - running), tuple(faults), stops, crashes)


def _running_spans(events: Sequence[Event], until: datetime) -> list[tuple[datetime, datetime]]:
    """Return (begin, end) of each time of judging; the last one may end at `until`."""
    spans: list[tuple[datetime, datetime]] = []
    begun: datetime | None = None
    alive: datetime | None = None
    for event in events:
        if event.kind in _STATES:
            if begun is not None:
                # A start without a stop before it: nothing is known after the last event.
                lost = event.kind == "started" and alive is not None
                spans.append((begun, alive if lost and alive is not None else event.at))
            begun = event.at if event.kind == "started" else None
        alive = event.at
    if begun is not None:
        spans.append((begun, until))
    return spans


def _crashes(events: Sequence[Event]) -> list[datetime]:
    """Return when the program ended without saying so, as far as events tell."""
    found: list[datetime] = []
    running = False
    for event in events:
        if event.kind not in _STATES:
            continue
        if event.details.get("crash") or (event.kind == "started" and running):
            found.append(event.at)
        running = event.kind == "started"
    return found


def _fault_spans(events: Sequence[Event]) -> list[FaultSpan]:
    spans: list[FaultSpan] = []
    begun: dict[str, Event] = {}
    for event in events:
        cause = str(event.details.get("cause", ""))
        if event.kind == "fault":
            begun.setdefault(cause, event)
        elif event.kind == "healed" and cause in begun:
            spans.append(_span(cause, begun.pop(cause), event.at))
        elif event.details.get("crash"):
            # Faults end with the program that saw them.
            spans += [_span(key, fault, event.at) for key, fault in begun.items()]
            begun.clear()
    return spans + [_span(cause, fault, None) for cause, fault in begun.items()]


def _span(cause: str, fault: Event, ended: datetime | None) -> FaultSpan:
    return FaultSpan(cause, fault.text, fault.at, ended, fault.station)


def _inside(begin: datetime, end: datetime, since: datetime, until: datetime) -> float:
    """Return how much of begin..end lies in since..until, seconds."""
    return max(0.0, (min(end, until) - max(begin, since)).total_seconds())
