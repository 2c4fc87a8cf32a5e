"""A candidate beside the checkpoint in force: the same pictures, judged by both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from app.inspection.verdict import Verdict
from app.quality.intervals import Interval, clopper_pearson

Kind = Literal["part", "golden", "picture"]


@dataclass(frozen=True, slots=True)
class Seen:
    """How one checkpoint judged one picture.

    Attributes:
        verdict: Its verdict.
        score: Image score, raw unit of that checkpoint; None without a prediction.
        share: The score on a scale of both: 0 is a typical normal part, 1 the NG limit; None
            without a score or limits.
        model_ms: Time of the model, milliseconds.
        reasons: What the verdict says of itself.
    """

    verdict: Verdict
    score: float | None
    share: float | None
    model_ms: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture, judged by both.

    Attributes:
        kind: "part" (a stored record), "golden" (a golden sample) or "picture" (a file).
        id: Id of the record or the sample; the path of a file.
        name: What people call it.
        picture: Absolute path of the image file.
        expected: What it must get: of a golden sample, or as a person reviewed it; None if
            nobody knows.
        current: By the checkpoint in force.
        candidate: By the candidate.
        taken_utc: When the picture was taken, ISO 8601; "" if unknown.
    """

    kind: Kind
    id: str
    name: str
    picture: str
    expected: Verdict | None
    current: Seen
    candidate: Seen
    taken_utc: str = ""

    @property
    def differs(self) -> bool:
        """True if the two verdicts are not the same."""
        return self.current.verdict is not self.candidate.verdict


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two checkpoints.

    Attributes:
        name: Name for people.
        file: Its file.
        sha256: Its hash.
        detector: Name in the detector registry.
        ng_limit: NG limit in force, raw unit; None if there is none.
        typical: Score of a typical normal part, raw unit; None if not calibrated.
        load_s: Time to load it, seconds.
        model_ms: Median time of the model per picture, milliseconds.
        memory_mb: What it holds in memory, 10^6 bytes.
    """

    name: str
    file: str
    sha256: str
    detector: str
    ng_limit: float | None
    typical: float | None
    load_s: float
    model_ms: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two checkpoints on the same pictures.

    Attributes:
        recipe: Name of the recipe.
        recipe_version: Its version.
        current: The checkpoint in force.
        candidate: The other one.
        pairs: Every picture that both judged, differing verdicts first, then by how far the
            shares are apart.
        skipped: Pictures that could not be read.
        device: Where both ran.
        made_utc: When, ISO 8601.
    """

    recipe: str
    recipe_version: int
    current: Side
    candidate: Side
    pairs: tuple[Pair, ...]
    skipped: int
    device: str
    made_utc: str

    @property
    def differing(self) -> tuple[Pair, ...]:
        """Return the pairs with two verdicts."""
        return tuple(pair for pair in self.pairs if pair.differs)

    @property
    def agreement(self) -> Interval:
        """Return the 95 % interval of the share of pictures with the same verdict, 0 to 1."""
        return clopper_pearson(len(self.pairs) - len(self.differing), len(self.pairs))

    def changed(self, before: Verdict, now: Verdict) -> tuple[Pair, ...]:
        """Return the pairs that get one verdict now and the other from the candidate."""
        return tuple(
            pair
            for pair in self.pairs
            if pair.current.verdict is before and pair.candidate.verdict is now
        )

    def wrong(self, which: Literal["current", "candidate"], kind: Kind) -> tuple[Pair, ...]:
        """Return the pairs of which it is known what they must get and that get another verdict.

        REVIEW is not wrong on a part: a person decides it. On a golden sample it is.

        Args:
            which: Whose verdict.
            kind: Which pictures.
        """
        return tuple(
            pair
            for pair in self.pairs
            if pair.kind == kind and _is_wrong(pair, getattr(pair, which))
        )

    def to_json(self) -> dict[str, Any]:
        """Return JSON values; `from_json` reads them."""
        values: dict[str, Any] = asdict(self)
        for pair in values["pairs"]:
            pair["expected"] = pair["expected"].value if pair["expected"] else None
            for which in ("current", "candidate"):
                pair[which]["verdict"] = pair[which]["verdict"].value
        counts = {
            "pictures": len(self.pairs),
            "differing": len(self.differing),
            "ok_to_ng": len(self.changed(Verdict.OK, Verdict.NG)),
            "ng_to_ok": len(self.changed(Verdict.NG, Verdict.OK)),
            "agreement": [self.agreement.low, self.agreement.high],
            "golden_wrong": {
                "current": len(self.wrong("current", "golden")),
                "candidate": len(self.wrong("candidate", "golden")),
            },
        }
        finite: dict[str, Any] = _finite(values)
        return {"counts": counts, **finite}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Comparison:
        """Return what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: It did not write this.
        """
        plain = {
            name: values[name]
            for name in ("recipe", "recipe_version", "skipped", "device", "made_utc")
        }
        return cls(
            current=Side(**values["current"]),
            candidate=Side(**values["candidate"]),
            pairs=tuple(_pair(one) for one in values["pairs"]),
            **plain,
        )


def in_order(pairs: list[Pair]) -> tuple[Pair, ...]:
    """Return pairs with two verdicts first, then by how far apart the shares are."""
    return tuple(sorted(pairs, key=lambda pair: (not pair.differs, -_apart(pair))))


def _apart(pair: Pair) -> float:
    if pair.current.share is None or pair.candidate.share is None:
        return 0.0
    return abs(pair.current.share - pair.candidate.share)


def _is_wrong(pair: Pair, seen: Seen) -> bool:
    if pair.expected is None or seen.verdict is pair.expected:
        return False
    return pair.kind == "golden" or seen.verdict is not Verdict.REVIEW


def _pair(values: Mapping[str, Any]) -> Pair:
    expected = values["expected"]
    seen = {which: _seen(values[which]) for which in ("current", "candidate")}
    known = None if expected is None else Verdict(expected)
    return Pair(**{**values, **seen, "expected": known})


def _seen(values: Mapping[str, Any]) -> Seen:
    changes = {"verdict": Verdict(values["verdict"]), "reasons": tuple(values["reasons"])}
    return Seen(**{**values, **changes})


def _finite(value: Any) -> Any:
    """Return JSON values without numbers that JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
