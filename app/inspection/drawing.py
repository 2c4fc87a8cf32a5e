"""Which parts are drawn for review: by chance, the same whenever it is asked again."""

from __future__ import annotations

import hashlib

from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict

_SAMPLE = b"adclip sample"
_SECOND = b"adclip second"


def is_sampled(record_id: str, verdict: Verdict, recipe: Recipe) -> bool:
    """Return whether an OK part is drawn for review.

    Every OK part has the same chance whatever came before it, so that the share of defects
    among the drawn parts estimates that among all OK parts without bias. Nobody who knows
    the order of the parts can tell which one is drawn.

    Args:
        record_id: A UUIDv7, whose last 74 bits are random.
        verdict: Only OK parts are drawn; all others are reviewed anyway.
        recipe: `review_ok_share` is the chance.
    """
    return verdict is Verdict.OK and drawn(record_id, recipe.review_ok_share, _SAMPLE)


def needs_second_opinion(record_id: str, is_queued: bool, recipe: Recipe) -> bool:
    """Return whether two persons are to review a part of the queue.

    Args:
        record_id: The record.
        is_queued: It is for review at all: NG, REVIEW, ERROR or a drawn OK part.
        recipe: `second_opinion_share` is the chance, independent of `is_sampled`.
    """
    return is_queued and drawn(record_id, recipe.second_opinion_share, _SECOND)


def drawn(record_id: str, share: float, salt: bytes) -> bool:
    """Return True for this share of the ids, evenly and independently for each salt.

    Args:
        record_id: Any text.
        share: 0 (none) to 1 (all).
        salt: At most 16 bytes.
    """
    digest = hashlib.blake2b(record_id.encode(), digest_size=8, salt=salt).digest()
    return int.from_bytes(digest, "big") < share * 2**64
