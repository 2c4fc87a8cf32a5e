"""A stored picture of a recipe's product, read on a pool thread."""

from __future__ import annotations

from app import log
from app.camera.frame import Image
from app.errors import StoreError
from app.store.base import Query
from app.ui.qa_desk import QaDesk

_LOOKED_AT = 200


def newest_picture(desk: QaDesk, recipe: str) -> Image | None:
    """Return the newest stored picture of a recipe, (H, W, 3) uint8 BGR; None without one.

    Raises:
        StoreError: The database fails.
    """
    for record in desk.store.find(Query(recipe=recipe, limit=_LOOKED_AT)):
        if record.evidence is None:
            continue
        try:
            return desk.evidence.load_image(record.evidence)
        except StoreError as error:
            log.ui.info("a stored picture is passed over: %s", error)
    return None
