"""What a folder of labelled pictures holds, before anybody trains on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FolderLook:
    """Counts of the pictures; none was opened.

    Attributes:
        good: Good ones.
        defective: Defective ones.
        masks: Defective ones with a mask that says where.
        products: Products.
    """

    good: int
    defective: int
    masks: int
    products: int


def look_at_folder(folder: Path) -> FolderLook:
    """List the pictures of a data set. Blocks.

    Raises:
        DatasetError: It is none that can be recognised; the sentence says why.
    """
    # late: it brings torch along, which the window need not wait for
    from model.datasets.collection import read_collection

    found = read_collection(folder)
    samples = (*found.train, *found.test)
    defective = [one for one in samples if one.is_defective]
    return FolderLook(
        good=len(samples) - len(defective),
        defective=len(defective),
        masks=sum(one.mask is not None for one in defective),
        products=len(found.products),
    )
