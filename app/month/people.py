"""What the people of the made-up plant said of the parts that they were shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from app.inspection.record import InspectionRecord
from app.inspection.review import Part, Review, finding_for
from app.inspection.verdict import Verdict
from app.month.draws import Draws
from app.month.records import made_up_id
from app.month.timetable import Month, Slot

REVIEWERS: Final = ("Han J.", "정유진")
MISTAKEN: Final = 0.02
"""Share of the reviews of flagged parts in which a person takes good for defective or back.

Drawn OK parts are never mistaken: one good part in a hundred taken for defective would make
the escape rate many times what it is.
"""

_UNSURE = 0.01
_MARKED_ON_THE_LINE = 0.15
_LEFT_OUT = 0.03
_WAITING = timedelta(hours=30)


def slot_reviews(
    month: Month, slot: Slot, drawn: Draws, judged: Sequence[InspectionRecord]
) -> list[Review]:
    """Return the reviews of one slot's records.

    What waits in the queue of the month's last 30 hours has not been reviewed yet, and of the
    rest a few were left out; a share was looked at by both persons.
    """
    rng = np.random.default_rng((month.seed, 5, slot.index))
    end = month.start + timedelta(days=month.days) - _WAITING
    kinds = [kind for kind, _ in slot.product.kinds]
    said: list[Review] = []
    for number, record in enumerate(judged):
        if record.verdict is Verdict.OK and not record.sampled:
            continue
        defective = bool(drawn.defective[number])
        kind = kinds[int(drawn.kind[number])]
        if record.verdict is Verdict.NG and not defective and rng.random() < _MARKED_ON_THE_LINE:
            at = record.taken_utc + timedelta(seconds=float(rng.uniform(8, 90)))
            own = made_up_id(at, int.from_bytes(rng.bytes(10), "big"))
            said.append(Review(record.id, at, slot.operator, "marked", id=own))
        first = int(rng.random() < 0.4)
        if record.taken_utc >= end or rng.random() < _LEFT_OUT:
            continue
        mistaken = 0.0 if record.verdict is Verdict.OK else MISTAKEN
        for person in (first, 1 - first)[: 1 + record.second_opinion]:
            at = record.taken_utc + timedelta(hours=float(rng.uniform(2, 20)))
            part: Part = "defective" if defective != (rng.random() < mistaken) else "good"
            said.append(_review(rng, record, at, REVIEWERS[person], part, kind))
    return said


def _review(
    rng: np.random.Generator,
    record: InspectionRecord,
    at: datetime,
    by: str,
    part: Part,
    kind: str,
) -> Review:
    unsure = rng.random() < _UNSURE
    return Review(
        record_id=record.id,
        at=at,
        by=by,
        finding="unsure" if unsure else finding_for(record.verdict, part),
        defect=kind if part == "defective" and not unsure else "",
        id=made_up_id(at, int.from_bytes(rng.bytes(10), "big")),
    )
