"""A candidate beside the checkpoint in force: the same pictures, judged by both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.inspection.verdict import Verdict

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
