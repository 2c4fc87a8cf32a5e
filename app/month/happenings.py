"""What happened on the made-up line: starts, stops, faults, golden checks, new versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from app.inspection.event import Event, EventKind
from app.month.draws import BRIGHTNESS
from app.month.people import REVIEWERS
from app.month.records import made_up_id
from app.month.timetable import SLOT_S, Month, Slot, timetable
from app.quality.drift import Alarm
from app.quality.drift_words import sentence

_GOLDEN = (("good 1", "OK"), ("good 2", "OK"), ("scratch", "NG"), ("dent", "NG"))
_TOLERANCE = 0.03


def happenings(month: Month) -> Iterator[Event]:
    """Yield the month's events, those of one slot after the other."""
    before: Slot | None = None
    for slot in timetable(month):
        yield from _Teller(month, slot).all(before)
        before = slot


class _Teller:
    """Tells what happened in one slot."""

    def __init__(self, month: Month, slot: Slot) -> None:
        self._month, self._slot = month, slot
        self._rng = np.random.default_rng((month.seed, 6, slot.index))

    def all(self, before: Slot | None) -> Iterator[Event]:
        slot, recipe = self._slot, self._slot.edition.recipe
        earlier = None if before is None else before.edition.recipe
        if earlier is None or earlier != recipe:
            yield from self._changed(earlier is None or earlier.name != recipe.name)
        if slot.opens_shift:
            yield from self._golden()
            yield self._event(0, "started", "Parts are judged.", by=slot.operator)
        if slot.opens_shift and slot.shift == "B" and slot.day == self._alarm_day():
            yield self._alarm()
        if slot.stop is not None:
            stop, told = slot.stop, {"cause": slot.stop.cause}
            yield self._event(stop.begin_s, "fault", stop.sentence, told)
            end = stop.begin_s + stop.length_s
            yield self._event(end, "healed", stop.sentence, told)
        if not slot.opens_shift:
            yield self._event(SLOT_S - 0.001, "stopped", "The shift is over.", by=slot.operator)

    def _changed(self, other_product: bool) -> Iterator[Event]:
        edition, recipe = self._slot.edition, self._slot.edition.recipe
        told = {
            "name": recipe.name,
            "version": recipe.version,
            "checkpoint": recipe.checkpoint.removesuffix(".safetensors"),
            "checkpoint_sha256": recipe.checkpoint_sha256,
        }
        by = self._slot.operator if other_product else edition.author
        text = f"Recipe {recipe.name}, version {recipe.version}, is in force."
        yield self._event(-240, "recipe", text, told, by)
        if not other_product:
            limits = {"ng": recipe.ng_limit, "review": recipe.review_limit}
            yield self._event(-235, "limits", edition.reason, {**told, **limits}, by)

    def _golden(self) -> Iterator[Event]:
        """Judge the golden samples; out of focus, the defective ones move and a person goes on."""
        scores, limits = self._slot.edition.scores, self._slot.edition.limits
        blurred = self._slot.day == self._month.troubles.blur_day and self._slot.shift == "B"
        samples: list[dict[str, Any]] = []
        for name, verdict in _GOLDEN:
            expected = scores.bad_mean if verdict == "NG" else scores.good_mean
            moved = -0.09 if blurred and verdict == "NG" else 0.0
            score = expected + moved + float(self._rng.normal(0, 0.005))
            found = "NG" if score >= limits.ng else "OK"
            problem = "score" if abs(score - expected) > _TOLERANCE else ""
            samples.append(
                {
                    "id": made_up_id(self._month.start, len(samples)),
                    "name": name,
                    "expected": verdict,
                    "found": found,
                    "expected_score": expected,
                    "score": score,
                    "limit": limits.ng,
                    "tolerance": _TOLERANCE,
                    "compared": True,
                    "problem": "verdict" if found != verdict else problem,
                    "details": "",
                    "passed": found == verdict and not problem,
                }
            )
        passed = all(sample["passed"] for sample in samples)
        text = "Golden samples: all as expected." if passed else "Golden samples have moved."
        recipe = self._slot.edition.recipe
        told = {
            "passed": passed,
            "why": "shift",
            "recipe_version": recipe.version,
            "checkpoint": recipe.checkpoint.removesuffix(".safetensors"),
            "checkpoint_sha256": recipe.checkpoint_sha256,
            "problem": "",
            "samples": samples,
        }
        yield self._event(-120, "golden", text, told, self._slot.operator)
        if not passed:
            reason = "The first parts were looked at by hand; the lens is set at the break."
            yield self._event(
                -30, "override", reason, {"samples": ["scratch", "dent"]}, REVIEWERS[0]
            )

    def _alarm(self) -> Event:
        """The lamp is found to age; a station that knows its baseline would say so earlier."""
        ramp = self._month.troubles.ramp_days or (self._slot.day, self._slot.day)
        at = self._slot.begin.timestamp() + 5400
        alarm = Alarm(
            figure="brightness",
            direction="down",
            since=self._month.start.timestamp() + ramp[0] * 86400,
            at=at,
            value=BRIGHTNESS - 0.7 * self._month.troubles.ramp_brightness,
            baseline=BRIGHTNESS,
            low=BRIGHTNESS - 0.6,
            high=BRIGHTNESS + 0.6,
        )
        return self._event(5400, "alarm", sentence(alarm), asdict(alarm))

    def _alarm_day(self) -> int | None:
        ramp = self._month.troubles.ramp_days
        return None if ramp is None else ramp[0] + (ramp[1] - ramp[0]) * 2 // 3

    def _event(
        self,
        seconds: float,
        kind: EventKind,
        text: str,
        details: dict[str, Any] | None = None,
        by: str = "",
    ) -> Event:
        at: datetime = self._slot.begin + timedelta(seconds=seconds)
        noise = int.from_bytes(self._rng.bytes(10), "big")
        recipe, station = self._slot.edition.recipe.name, self._month.station
        return Event(at, kind, station, recipe, by, text, details or {}, made_up_id(at, noise))
