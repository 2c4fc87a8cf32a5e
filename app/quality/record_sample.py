"""From stored records to the scores that limits are set from, or a refusal.

What makes a record usable: it was judged (not ERROR), by the one checkpoint, in the one region
of interest. Scores of other checkpoints or regions are other quantities.

Limits may have moved within the records. Then a part is taken to be known for certain only if
its score reaches the highest of them; flagged parts below that are thinned by chance to the
share that was drawn of the others. So they stand for as many parts as a drawn one, and the
sample is what it would have been with the highest limit throughout. Likewise, where the share
drawn has changed, all are thinned to the smallest one. Thinning is by a hash of the record's
id: the same whenever it is asked again, and blind to the score.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.drawing import drawn
from app.inspection.verdict import Verdict
from app.quality.score_sample import Population, ScoreSample

COLUMNS = (
    "id",
    "score",
    "verdict",
    "sampled",
    "part",
    "recipe_version",
    "checkpoint_sha256",
    "limit_ng",
    "limit_review",
    "reviewers",
)
"""Columns of the records that `sample_of_records` reads."""

Columns = Mapping[str, npt.NDArray[Any]]
_SALT = b"adclip limits"
# So many standard deviations off, a draw was not made by the share: one in 3 million.
_MOST_SPREADS = 5.0


class UnusableRecords(ExpectedError):
    """Limits cannot be set from these records; the sentence says what to do."""

    code = "unusable-records"


@dataclass(frozen=True, slots=True)
class Edition:
    """What a recipe version means for the scores and for the drawing.

    Attributes:
        ok_share: Share of the OK parts that were drawn for review, 0..1.
        region: What of the frame was judged, see `Recipe.view`; None for the whole frame.
    """

    ok_share: float
    region: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Records with a judgement, as arrays of equal length (N,)."""

    ids: npt.NDArray[np.object_]
    score: npt.NDArray[np.float64]
    flagged: npt.NDArray[np.bool_]
    sampled: npt.NDArray[np.bool_]
    good: npt.NDArray[np.bool_]
    defective: npt.NDArray[np.bool_]
    ok_share: npt.NDArray[np.float64]
    starts: npt.NDArray[np.float64]
    once: npt.NDArray[np.bool_]
    moved: bool

    @property
    def open(self) -> npt.NDArray[np.bool_]:
        """Nobody has decided what the part is."""
        return ~(self.good | self.defective)


def sample_of_records(columns: Columns, editions: Mapping[int, Edition]) -> ScoreSample:
    """Return what the records say of good and defective parts.

    Args:
        columns: `COLUMNS` of the records of one recipe, (N,) each, as `Figures.columns`
            gives them.
        editions: The recipe's versions.

    Raises:
        UnusableRecords: There are none, they mix checkpoints or regions, were not drawn as
            the recipe says, or nobody has reviewed them.
    """
    judged = _judged(columns, editions)
    flagged, taken = judged.flagged, ~judged.flagged & judged.sampled
    _check_drawn(judged, flagged)
    _check_reviewed(judged, flagged, taken)
    shares = judged.ok_share[~flagged]
    share = float(shares.min()) if shares.size else 1.0
    complete_from = float(judged.starts.max())
    complete = flagged & (judged.score >= complete_from)
    chances = np.where(flagged, share, share / np.where(judged.ok_share, judged.ok_share, 1.0))
    lucky = _thinned(judged.ids, (flagged | taken) & (share > 0), chances)
    random = taken & lucky | flagged & ~complete & lucky
    effective = share * _decided(judged, taken) / max(_decided(judged, flagged), 1e-9)
    kinds = [
        Population(
            np.sort(judged.score[complete & kind]),
            np.sort(judged.score[random & kind]),
            min(1.0, effective),
            complete_from,
        )
        for kind in (judged.good, judged.defective)
    ]
    # An open part counts as a normal here: that can only make the promise safer.
    normals = Population(
        np.sort(judged.score[complete & ~judged.defective]),
        np.sort(judged.score[random & ~judged.defective]),
        share,
        complete_from,
    )
    return ScoreSample(
        kinds[0],
        kinds[1],
        normals,
        is_mix_real=True,
        flagged_open=int((flagged & judged.open).sum()),
        drawn_open=int((taken & judged.open).sum()),
        found_otherwise=int((~flagged & ~judged.sampled & judged.defective).sum()),
        limits_moved=judged.moved,
        seen_once=int((taken & judged.defective & judged.once).sum()),
    )


def _judged(columns: Columns, editions: Mapping[int, Edition]) -> _Judged:
    score = np.asarray(columns["score"], np.float64)
    usable = (columns["verdict"] != Verdict.ERROR.value) & np.isfinite(score)
    if not usable.any():
        raise UnusableRecords(tr("There are no judged parts in these records; choose others."))
    found = {name: np.asarray(values)[usable] for name, values in columns.items()}
    _check_checkpoint(found["checkpoint_sha256"])
    versions = found["recipe_version"].astype(int)
    used = _editions_used(np.unique(versions), editions)
    ok_share = np.array([edition.ok_share for edition in used.values()])
    places = np.searchsorted(np.array(list(used)), versions)
    review = np.asarray(found["limit_review"], np.float64)
    ng = np.asarray(found["limit_ng"], np.float64)
    starts = np.where(np.isfinite(review), review, ng)
    return _Judged(
        ids=found["id"],
        score=score[usable],
        flagged=np.asarray(found["verdict"] != Verdict.OK.value, np.bool_),
        sampled=found["sampled"] == 1,
        good=np.asarray(found["part"] == "good", np.bool_),
        defective=np.asarray(found["part"] == "defective", np.bool_),
        ok_share=ok_share[places],
        starts=starts,
        once=found["reviewers"] < 2,
        moved=bool(np.unique(starts).size > 1),
    )


def _check_checkpoint(sha256: npt.NDArray[np.object_]) -> None:
    names = sorted(set(sha256.tolist()))
    if len(names) > 1:
        raise UnusableRecords(
            tr(
                "{count} checkpoints judged these records ({names}), and their scores cannot be "
                "compared; choose one checkpoint."
            ).format(count=len(names), names=", ".join(name[:12] or "?" for name in names))
        )


def _editions_used(
    versions: npt.NDArray[np.int_], editions: Mapping[int, Edition]
) -> dict[int, Edition]:
    """Return the editions of these versions in order of the version.

    Raises:
        UnusableRecords: One is not known, or they look at different regions.
    """
    used: dict[int, Edition] = {}
    for version in versions.tolist():
        if version not in editions:
            raise UnusableRecords(
                tr(
                    "Version {version} of the recipe is not in this database, so its share of "
                    "drawn parts is not known; choose other records."
                ).format(version=version)
            )
        used[version] = editions[version]
    regions = {edition.region for edition in used.values()}
    if len(regions) > 1:
        newest = max(used)
        first = min(v for v, one in used.items() if one.region == used[newest].region)
        raise UnusableRecords(
            tr(
                "The region of interest changed within these records, so their scores cannot "
                "be compared; take the records since version {version}."
            ).format(version=first)
        )
    return used


def _check_drawn(judged: _Judged, flagged: npt.NDArray[np.bool_]) -> None:
    """Refuse records that were not drawn as their recipe says, e.g. before drawing began."""
    for share in np.unique(judged.ok_share).tolist():
        of_share = ~flagged & (judged.ok_share == share)
        count, seen = int(of_share.sum()), int((of_share & judged.sampled).sum())
        spread = (count * share * (1 - share)) ** 0.5
        if abs(seen - count * share) > _MOST_SPREADS * spread + 1:
            raise UnusableRecords(
                tr(
                    "{seen} of {count} OK parts were drawn for review, but the recipe asks for "
                    "{share:.3g} %; take the records since drawing by this share began."
                ).format(seen=f"{seen:,}", count=f"{count:,}", share=100 * share)
            )


def _check_reviewed(
    judged: _Judged, flagged: npt.NDArray[np.bool_], taken: npt.NDArray[np.bool_]
) -> None:
    seen = flagged | taken
    if not (seen & ~judged.open).any():
        raise UnusableRecords(
            tr("Nobody has reviewed these records; review the flagged and the drawn parts first.")
        )
    if flagged.any() and not (flagged & ~judged.open).any():
        raise UnusableRecords(
            tr("None of the {count} flagged parts is reviewed; review them first.").format(
                count=int(flagged.sum())
            )
        )


def _decided(judged: _Judged, among: npt.NDArray[np.bool_]) -> float:
    """Return which share of some records was decided on; 1 if there are none."""
    count = int(among.sum())
    return 1 - int((among & judged.open).sum()) / count if count else 1.0


def _thinned(
    ids: npt.NDArray[np.object_], among: npt.NDArray[np.bool_], chances: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Return which of some records are kept, each with its own chance."""
    kept = np.zeros(ids.size, np.bool_)
    for place in np.flatnonzero(among).tolist():
        kept[place] = chances[place] >= 1 or drawn(ids[place], chances[place], _SALT)
    return kept
