"""Names and contents of the files of a training set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.errors import StoreError
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.review.labelled import UNNAMED
from model.datasets.safe_name import safe_name
from model.opencv import cv2

__all__ = ["FileNames", "encoded_png", "safe_name"]


class FileNames:
    """Names of folders for products and kinds of defects; any language, any file system.

    Args:
        records: All records of the set: several products have a folder each.
    """

    def __init__(self, records: Sequence[InspectionRecord]) -> None:
        self._several = len({_product_of(record) for record in records}) > 1
        self._kinds: dict[str, str] = {}

    def product(self, record: InspectionRecord) -> str:
        """Return the name of a record's product."""
        return safe_name(_product_of(record), "product")

    def base(self, record: InspectionRecord) -> str:
        """Return the folder of a record's product with "/", "" where there is one alone."""
        return f"{self.product(record)}/" if self._several else ""

    def kind(self, name: str) -> str:
        """Return the folder of a kind; names that differ in capitals alone share one."""
        safe = safe_name(name, UNNAMED)
        return self._kinds.setdefault(safe.casefold(), safe)


def encoded_png(image: npt.NDArray[np.uint8]) -> bytes:
    """Return a picture as the bytes of a PNG file.

    Raises:
        StoreError: OpenCV cannot encode it.
    """
    done, data = cv2.imencode(".png", image, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    if not done:
        raise StoreError(tr("The picture cannot be made into a file."))
    return bytes(data)


def _product_of(record: InspectionRecord) -> str:
    return record.product or record.recipe
