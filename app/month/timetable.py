"""When the made-up line ran: days, shifts, lots, stops, and the known troubles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np

from app.month.products import PRODUCTS, Edition, Product

SLOT_S: Final = 4 * 3600.0
"""A shift is two slots; a lot is three slots, so that lots go on over shifts."""

_SHIFTS: Final = (("A", 6), ("B", 14), ("C", 22))
_SLOTS_A_LOT: Final = 3
_FREE_DAY: Final = 3
_OPERATORS: Final = ("Kim M.", "이서연", "Park D.", "최준호", "Lee S.")
_ORDER: Final = (0, 1, 0, 2)
_FAULTS: Final = (
    ("camera", "The camera does not answer; check its cable and its power."),
    ("line", "No part has come for a long time; look at the feeder."),
    ("store", "The database does not answer; records wait on the disk."),
)
_SHORTEST_STOP_S, _LONGEST_STOP_S = 180.0, 1500.0


@dataclass(frozen=True, slots=True)
class Troubles:
    """What goes wrong on known days, counted from 0; `None` leaves it out.

    Attributes:
        ramp_days: The lamp ages from the start of the first of these days to the end of the
            last, then it is changed.
        ramp_brightness: Grey values lost at the end of the ramp.
        ramp_sds: Good parts score so many standard deviations higher at its end.
        blur_day: The lens is out of focus during shift B of this day.
        blur_sharpness: Share of the sharpness that is left.
        blur_sds: Defective parts score so many standard deviations lower meanwhile.
        bad_lot_day: The first lot of this day has `bad_lot_factor` times the defects.
        bad_lot_factor: See above.
    """

    ramp_days: tuple[int, int] | None = (7, 13)
    ramp_brightness: float = 14.0
    ramp_sds: float = 0.35
    blur_day: int | None = 20
    blur_sharpness: float = 0.4
    blur_sds: float = 1.0
    bad_lot_day: int | None = 16
    bad_lot_factor: float = 4.0


FLAT: Final = Troubles(ramp_days=None, blur_day=None, bad_lot_day=None)
"""A month without troubles: the same distributions from the first part to the last."""


@dataclass(frozen=True, slots=True)
class Month:
    """A made-up month of one station.

    Attributes:
        seed: Chooses everything; the same month again for the same seed.
        records: Parts judged in the month.
        first_day: Its first day.
        days: Its length; the 4th, 11th, 18th ... are free.
        station: Name of the station.
        utc_offset_h: Clock of the plant against UTC, hours; shifts begin by this clock.
        troubles: What goes wrong.
    """

    seed: int = 1
    records: int = 200_000
    first_day: date = date(2026, 10, 1)
    days: int = 30
    station: str = "station-1"
    utc_offset_h: float = 0.0
    troubles: Troubles = Troubles()

    @property
    def start(self) -> datetime:
        """Midnight before the first day by the clock of the plant, UTC."""
        midnight = datetime.combine(self.first_day, time(), UTC)
        return midnight - timedelta(hours=self.utc_offset_h)


@dataclass(frozen=True, slots=True)
class Stop:
    """A time without parts, in seconds from the start of its slot."""

    begin_s: float
    length_s: float
    cause: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Four hours in which one lot of one product ran.

    Attributes:
        index: Counts the slots of the month.
        begin: UTC.
        day: Day of the month on which its shift began, from 0.
        shift: Name of the shift.
        opens_shift: It is the first slot of its shift.
        lot: Name of the lot.
        operator: Who stood at the line.
        product: What was made.
        edition: The recipe version in force.
        defective_share: Share of this lot's parts that are defective.
        count: Parts.
        stop: A fault that stopped the line, if there was one.
    """

    index: int
    begin: datetime
    day: int
    shift: str
    opens_shift: bool
    lot: str
    operator: str
    product: Product
    edition: Edition
    defective_share: float
    count: int
    stop: Stop | None


def timetable(month: Month) -> Iterator[Slot]:
    """Yield the slots of the month in order; the same for the same month."""
    places = _places(month)
    for index, (day, shift, half) in enumerate(places):
        lot_number = index // _SLOTS_A_LOT
        lot_begins = places[lot_number * _SLOTS_A_LOT]
        product = PRODUCTS[_ORDER[lot_number % len(_ORDER)]]
        rng = np.random.default_rng((month.seed, 1, index))
        name, hour = _SHIFTS[shift]
        yield Slot(
            index=index,
            begin=month.start + timedelta(days=day, hours=hour + 4 * half),
            day=day,
            shift=name,
            opens_shift=half == 0,
            lot=f"{product.name.upper()}-{lot_number + 1:03d}",
            operator=_OPERATORS[(day + shift * 2) % len(_OPERATORS)],
            product=product,
            # A lot is finished under the version that it began with.
            edition=product.edition(lot_begins[0]),
            defective_share=_share(month, product, lot_number, lot_begins),
            count=_upto(month, index + 1, places) - _upto(month, index, places),
            stop=_stop(rng),
        )


Place = tuple[int, int, int]


def _places(month: Month) -> list[Place]:
    """Return (day, number of the shift, half of the shift) of every slot."""
    return [
        (day, shift, half)
        for day in range(month.days)
        if day % 7 != _FREE_DAY
        for shift in range(len(_SHIFTS))
        for half in range(2)
    ]


def _upto(month: Month, index: int, places: list[Place]) -> int:
    """Return how many parts the first `index` slots have; all slots together have all."""
    return month.records * index // len(places)


def _share(month: Month, product: Product, lot: int, begins: Place) -> float:
    """Return a lot's share of defective parts: varies by some 10 %, much more in the bad lot."""
    rng = np.random.default_rng((month.seed, 2, lot))
    share = product.defective_share * float(rng.lognormal(0.0, 0.1))
    if begins == (month.troubles.bad_lot_day, 0, 0):
        share *= month.troubles.bad_lot_factor
    return min(share, 0.5)


def _stop(rng: np.random.Generator) -> Stop | None:
    if rng.random() >= 0.3:
        return None
    length = float(rng.uniform(_SHORTEST_STOP_S, _LONGEST_STOP_S))
    begin = float(rng.uniform(600, SLOT_S - length - 600))
    cause, sentence = _FAULTS[int(rng.integers(len(_FAULTS)))]
    return Stop(begin, length, cause, sentence)
