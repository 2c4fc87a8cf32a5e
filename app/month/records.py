"""Records of the made-up month, and the rates that they were drawn with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.stats import norm

from app import VERSION
from app.inspection.record import Context, InspectionRecord, Latencies, Optics
from app.inspection.verdict import Decision, Verdict, decide
from app.month.draws import Draws, draw
from app.month.timetable import FLAT, Month, Slot, Troubles, timetable
from model.types import Region

__all__ = ["FLAT", "HEIGHT", "WIDTH", "Month", "Troubles", "TrueRates", "records", "true_rates"]

WIDTH, HEIGHT = 640, 512
DETECTOR = "ad_clip"


@dataclass(frozen=True, slots=True)
class TrueRates:
    """What the machine really does, from the distributions and not from the draw.

    Attributes:
        good: Good parts that got a score.
        defective: Defective parts that got a score.
        false_call: Share of the good parts that is called NG.
        escape: Share of the defective parts that is called OK.
        review_good: Share of the good parts in the review band.
        review_defective: Share of the defective parts in the review band.
    """

    good: int
    defective: int
    false_call: float
    escape: float
    review_good: float
    review_defective: float


def records(month: Month) -> Iterator[InspectionRecord]:
    """Yield the month's records in order of time, without pictures."""
    for slot in timetable(month):
        yield from slot_records(month, slot)


def slot_records(month: Month, slot: Slot) -> list[InspectionRecord]:
    """Return the records of one slot in order of time."""
    return _Maker(month, slot, draw(month, slot)).all()


def true_rates(month: Month, recipe: str | None = None, version: int | None = None) -> TrueRates:
    """Return the known rates of a month, of one recipe or of one of its versions.

    Each part counts with the probability that its score falls on the wrong side of the limit
    in force; so drift and blur are in it, the luck of the draw is not.
    """
    good, bad = np.zeros(4), np.zeros(4)
    for slot in timetable(month):
        edition = slot.edition.recipe
        if recipe not in (None, edition.name) or version not in (None, edition.version):
            continue
        drawn, limits = draw(month, slot), slot.edition.limits
        above = norm.sf(limits.ng, drawn.mean, drawn.sd)
        start = limits.ng if limits.review is None else limits.review
        below = norm.cdf(start, drawn.mean, drawn.sd)
        columns = np.stack([np.ones_like(above), above, below, 1 - above - below])
        good += columns[:, ~drawn.defective & ~drawn.unreadable].sum(axis=1)
        bad += columns[:, drawn.defective & ~drawn.unreadable].sum(axis=1)
    goods, bads = max(1.0, good[0]), max(1.0, bad[0])
    return TrueRates(
        good=int(good[0]),
        defective=int(bad[0]),
        false_call=float(good[1] / goods),
        escape=float(bad[2] / bads),
        review_good=float(good[3] / goods),
        review_defective=float(bad[3] / bads),
    )


class _Maker:
    """Turns the arrays of one slot into records."""

    def __init__(self, month: Month, slot: Slot, drawn: Draws) -> None:
        self._month, self._slot, self._drawn = month, slot, drawn
        self._context = Context(month.station, slot.lot, slot.shift, slot.operator)
        self._limits = slot.edition.limits
        self._kinds = [kind for kind, _ in slot.product.kinds]
        rng = np.random.default_rng((month.seed, 4, slot.index))
        self._ids = [int.from_bytes(rng.bytes(10), "big") for _ in range(slot.count)]
        self._spent = rng.uniform((3, 4, 42, 1.5, 2), (9, 20, 60, 4, 9), (slot.count, 5)).tolist()
        self._serial = slot.index * 10_000

    def all(self) -> list[InspectionRecord]:
        drawn = self._drawn
        columns = zip(
            drawn.seconds.tolist(),
            drawn.score.tolist(),
            drawn.defective.tolist(),
            drawn.unreadable.tolist(),
            strict=True,
        )
        optics = np.column_stack([drawn.brightness, drawn.sharpness, drawn.shift, drawn.colour])
        seen = [Optics(*row) for row in optics.tolist()]
        return [
            self._one(number, seconds, None if unreadable else score, defective, seen[number])
            for number, (seconds, score, defective, unreadable) in enumerate(columns)
        ]

    def _one(
        self, number: int, seconds: float, score: float | None, defective: bool, optics: Optics
    ) -> InspectionRecord:
        drawn, recipe, slot = self._drawn, self._slot.edition.recipe, self._slot
        taken = slot.begin + timedelta(seconds=seconds)
        decision = self._decide(number, score)
        is_ok = decision.verdict is Verdict.OK
        probabilities = () if is_ok or score is None else self._probabilities(number)
        named = probabilities[0][0] if decision.verdict is Verdict.NG else ""
        return InspectionRecord(
            id=made_up_id(taken, self._ids[number]),
            context=self._context,
            recipe=recipe.name,
            recipe_version=recipe.version,
            serial=f"{self._serial + number:08d}",
            taken_utc=taken,
            taken_monotonic=seconds,
            source="made-up line",
            frame_width=0 if score is None else WIDTH,
            frame_height=0 if score is None else HEIGHT,
            checkpoint=recipe.checkpoint.removesuffix(".safetensors"),
            checkpoint_sha256=recipe.checkpoint_sha256,
            detector=DETECTOR,
            limits=self._limits,
            score=score,
            decision=decision,
            latencies=Latencies(*self._spent[number]),
            software=VERSION,
            defect=named,
            truth="ng" if defective else "ok",
            mm_per_px=recipe.mm_per_px,
            product=recipe.product,
            optics=None if score is None else optics,
            class_probabilities=probabilities,
            sampled=is_ok and bool(drawn.sampled[number]),
            second_opinion=bool(drawn.second_opinion[number])
            and (not is_ok or bool(drawn.sampled[number])),
        )

    def _decide(self, number: int, score: float | None) -> Decision:
        if score is None:
            return decide(None, self._limits, fault="frame-stale: 2.4 s")
        # Only what is above the map limit is a region, and the score follows the map's peak.
        if score < (self._limits.ng if self._limits.review is None else self._limits.review):
            return decide(score, self._limits)
        return decide(score, self._limits, (self._region(number, score),))

    def _region(self, number: int, score: float) -> Region:
        left, top = (self._drawn.place[number] * (WIDTH, HEIGHT)).tolist()
        half = 6 + 22 * float(self._drawn.size[number])
        x0, y0, x1, y1 = (int(side) for side in (left - half, top - half, left + half, top + half))
        peak = self._limits.map_limit + max(0.0, score - self._limits.ng) + 0.05
        polygon = ((x0, y0), (x1 - 1, y0), (x1 - 1, y1 - 1), (x0, y1 - 1))
        return Region(polygon, float((x1 - x0) * (y1 - y0)), peak, (x0, y0, x1, y1))

    def _probabilities(self, number: int) -> tuple[tuple[str, float], ...]:
        first = int(self._drawn.named[number])
        sure = float(self._drawn.confidence[number])
        rest = (1 - sure) / (len(self._kinds) - 1)
        others = [(kind, rest) for i, kind in enumerate(self._kinds) if i != first]
        return ((self._kinds[first], sure), *others)


_EPOCH_MS = 80


def made_up_id(at: datetime, noise: int) -> str:
    """Return a UUIDv7 of a given moment (RFC 9562, section 5.7).

    Args:
        at: Timezone-aware.
        noise: The 80 low bits; version and variant are put over them.
    """
    value = int(at.timestamp() * 1000) << _EPOCH_MS | noise
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
