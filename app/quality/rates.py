"""False-call rate and escape rate of a set of records, from what people found on review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.quality.intervals import Interval, clopper_pearson

Floats = npt.NDArray[np.float64]

_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated share.

    Attributes:
        value: Best guess, 0..1.
        interval: Holds the truth with the confidence that was asked for.
        events: How often it was seen.
        trials: Parts that people looked at for it.
    """

    value: float
    interval: Interval
    events: int
    trials: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """The records of one verdict.

    Attributes:
        parts: All of them.
        good: Good according to people, among those that count for an estimate.
        defective: Defective, the same way.
    """

    parts: int = 0
    good: int = 0
    defective: int = 0

    @property
    def reviewed(self) -> int:
        """Decided by people."""
        return self.good + self.defective


@dataclass(frozen=True, slots=True)
class Rates:
    """What is known of the machine's mistakes. None: not known, too little was reviewed.

    Attributes:
        ng: NG parts and what reviews say of them.
        review: REVIEW parts and what reviews say of them.
        ok: OK parts and what reviews say of those that were drawn.
        drawn: OK parts drawn for review, decided or not.
        known_escapes: Defective OK parts that people came across in any way.
        false_calls: Good parts among the NG parts.
        false_call_rate: NG parts among the good parts.
        missed: Defective parts among the OK parts.
        escape_rate: OK parts among the defective parts.
    """

    ng: Stratum
    review: Stratum
    ok: Stratum
    drawn: int
    known_escapes: int
    false_calls: Estimate | None
    false_call_rate: Estimate | None
    missed: Estimate | None
    escape_rate: Estimate | None


def groups_of(
    verdicts: Sequence[str], parts: Sequence[str | None], sampled: Sequence[Any]
) -> list[tuple[tuple[Any, ...], int]]:
    """Return records as `estimate_rates` wants them; the three are columns of equal length."""
    counted = Counter(zip(verdicts, parts, map(bool, sampled), strict=True))
    return list(counted.items())


def estimate_rates(
    groups: Iterable[tuple[tuple[Any, ...], int]], confidence: float = 0.95
) -> Rates:
    """Return the rates of a set of records.

    The OK parts that were drawn by chance speak for all OK parts; OK parts that people came
    across otherwise do not, they are only counted. Which NG and REVIEW parts were reviewed is
    the reviewers' choice: an operator marks false calls and passes over true ones. So the
    interval spans every outcome of those that nobody has decided yet (Manski, 1989, Journal
    of Human Resources 24(3), 343-360), while the best guess takes them to be like the others.
    The guess and the interval meet when the queue has been worked through.

    The intervals of the two rates combine the exact intervals of their shares by melding
    (Fay, Proschan and Brittain, 2015, Biometrics 71(1), 146-156); where only one share is
    uncertain that is Clopper and Pearson's interval. ERROR parts were not judged and do not
    count.

    Args:
        groups: ((verdict, part, sampled), how many) in any order: verdict "OK", "NG",
            "REVIEW" or "ERROR", part "good", "defective" or None, sampled true or false, as
            one `GROUP BY` gives them.
        confidence: Between 0 and 1.
    """
    counts: Counter[tuple[str, str | None, bool]] = Counter()
    for (verdict, part, sampled), count in groups:
        counts[(str(verdict), part or None, bool(sampled))] += int(count)
    ng, review = _stratum(counts, "NG"), _stratum(counts, "REVIEW")
    every_ok = _stratum(counts, "OK")
    drawn = {part: counts[("OK", part, True)] for part in ("good", "defective", None)}
    ok = Stratum(every_ok.parts, drawn["good"], drawn["defective"])
    return Rates(
        ng=ng,
        review=review,
        ok=ok,
        drawn=sum(drawn.values()),
        known_escapes=every_ok.defective,
        false_calls=_share(ng.good, ng, confidence, chosen=True),
        false_call_rate=_false_call_rate(ng, review, ok, confidence),
        missed=_share(ok.defective, ok, confidence, chosen=False),
        escape_rate=_escape_rate(ng, review, ok, confidence),
    )


def _stratum(counts: Counter[tuple[str, str | None, bool]], verdict: str) -> Stratum:
    found: Counter[str | None] = Counter()
    for (name, part, _), count in counts.items():
        if name == verdict:
            found[part] += count
    return Stratum(found.total(), found["good"], found["defective"])


def _share(events: int, stratum: Stratum, confidence: float, *, chosen: bool) -> Estimate | None:
    trials = stratum.reviewed
    if trials == 0:
        return None
    waiting = stratum.parts - trials if chosen else 0
    low = clopper_pearson(events, trials + waiting, confidence).low
    high = clopper_pearson(events + waiting, trials + waiting, confidence).high
    return Estimate(events / trials, Interval(low, high), events, trials)


def _false_call_rate(
    ng: Stratum, review: Stratum, ok: Stratum, confidence: float
) -> Estimate | None:
    """Return the share of NG among the good parts; it needs to be known what OK parts are."""
    if not _is_known(ng) or not ok.reviewed:
        return None
    good_ok = ok.parts * ok.good / ok.reviewed
    called = _guess(ng, ng.good)
    good = called + good_ok + _guess(review, review.good)
    rng = np.random.default_rng(0)
    low, high = _bounds(ng.good, ng, rng), _bounds(review.good, review, rng)
    missed = _drawn_share(ok.defective, ok.reviewed, rng)
    weight = _weight(ng, ok, rng)
    ends = []
    # rises with the good NG parts and with the missed ones, falls with the good REVIEW parts
    for side, other in ((0, 1), (1, 0)):
        a = weight[side] * low[side]
        b = (1 - weight[side]) * (1 - missed[side])
        c = high[other] * review.parts / max(1, ng.parts + ok.parts)
        ends.append(a / np.maximum(a + b + c, 1e-300))
    value = called / good if good else 0.0
    return _melded(value, ends, confidence, ng.good, ng.reviewed)


def _escape_rate(ng: Stratum, review: Stratum, ok: Stratum, confidence: float) -> Estimate | None:
    """Return the share of OK among the defective parts."""
    if not _is_known(ng) or not ok.reviewed:
        return None
    escaped = ok.parts * ok.defective / ok.reviewed
    defective = escaped + _guess(ng, ng.defective) + _guess(review, review.defective)
    if not defective:
        return None
    rng = np.random.default_rng(0)
    caught, held = _bounds(ng.defective, ng, rng), _bounds(review.defective, review, rng)
    missed = _drawn_share(ok.defective, ok.reviewed, rng)
    weight = _weight(ng, ok, rng)
    ends = []
    # rises with the missed parts, falls with the defective ones among NG and REVIEW
    for side, other in ((0, 1), (1, 0)):
        a = (1 - weight[other]) * missed[side]
        b = weight[other] * caught[other]
        c = held[other] * review.parts / max(1, ng.parts + ok.parts)
        ends.append(a / np.maximum(a + b + c, 1e-300))
    return _melded(escaped / defective, ends, confidence, ok.defective, ok.reviewed)


def _is_known(ng: Stratum) -> bool:
    return ng.reviewed > 0 or ng.parts == 0


def _guess(stratum: Stratum, events: int) -> float:
    """Return how many of the stratum it is; a stratum that nobody reviewed is left out."""
    return stratum.parts * events / stratum.reviewed if stratum.reviewed else 0.0


def _drawn_share(events: int, trials: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return draws of the lower and the upper confidence distribution of a share."""
    size, none = _DRAWS, trials - events
    low = rng.beta(events, none + 1, size) if events else np.zeros(size)
    high = rng.beta(events + 1, none, size) if none else np.ones(size)
    return low, high


def _bounds(events: int, stratum: Stratum, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the same where those not decided may all be or all not be it."""
    waiting = stratum.parts - stratum.reviewed
    low, _ = _drawn_share(events, stratum.parts, rng)
    _, high = _drawn_share(events + waiting, stratum.parts, rng)
    return low, high


def _weight(ng: Stratum, ok: Stratum, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the share of NG among NG and OK."""
    return _drawn_share(ng.parts, ng.parts + ok.parts, rng)


def _melded(
    value: float, ends: Sequence[Floats], confidence: float, events: int, trials: int
) -> Estimate:
    tail = (1 - confidence) / 2
    low = float(np.quantile(ends[0], tail))
    high = float(np.quantile(ends[1], 1 - tail))
    return Estimate(value, Interval(min(low, value), max(high, value)), events, trials)
