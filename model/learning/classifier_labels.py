"""The labels of a material, checked: every product can come out OK and can come out NG."""

from __future__ import annotations

from collections import defaultdict

from model.errors import DatasetError
from model.learning.material import GOOD, Label, Material


def labels_of(material: Material) -> tuple[Label, ...]:
    """Return the labels that occur, in the order of their names.

    Raises:
        DatasetError: There is no picture, or a product has no good or no defective ones: its
            parts would always be NG, or always OK.
    """
    if not len(material):
        raise DatasetError("There is no picture to learn from.")
    found = sorted(set(material.labels), key=lambda label: label.name)
    if all(label.is_good for label in found):
        raise DatasetError(
            "Every picture is good; the classifier learns from labelled defects too. Give "
            "defective pictures by kind, or take a detector that needs good ones alone."
        )
    states: dict[str, set[str]] = defaultdict(set)
    for label in found:
        if not label.state:
            raise DatasetError("A picture has an empty label; name what it shows.")
        states[label.product].add(label.state)
    for product, some in states.items():
        of = f" of {product}" if product else ""
        if GOOD not in some:
            raise DatasetError(
                f"There is no good picture{of}: none of its parts could ever be OK. Add good "
                "ones or leave the product out."
            )
        if len(some) < 2:
            raise DatasetError(
                f"There is no defective picture{of}: none of its parts could ever be NG. Add "
                "some by kind or leave the product out."
            )
    if len({label.name for label in found}) < len(found):
        raise DatasetError("Two labels have the same name; rename a product or a state.")
    return tuple(found)
