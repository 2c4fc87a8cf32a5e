"""meta.json: the published form in which a data set lists its images (spec section 8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.atomic import whole_file
from model.data import Sample
from model.datasets.entry_path import relative, resolved
from model.errors import DatasetError

if TYPE_CHECKING:
    from model.datasets.collection import Collection

FILE = "meta.json"
PHASES = ("train", "test")


def read_meta(file: Path, root: Path) -> Iterator[tuple[str, Sample]]:
    """Yield (phase, sample) of a meta.json, classes in the order of the file.

    {"train": {class: [entry...]}, "test": {...}}, each entry with img_path, mask_path ("" for
    none), cls_name, specie_name and anomaly (0 or 1). "Train" and "Test" are read as well.

    Args:
        file: The file.
        root: Where its paths count from.

    Raises:
        DatasetError: The file cannot be read or has another form.
    """
    values = _parsed(file)
    phases = {str(key).lower(): value for key, value in values.items()}
    if not any(phase in phases for phase in PHASES):
        raise DatasetError(f"{file} has neither 'train' nor 'test'; make it anew (dataset meta).")
    filled: dict[str, bool] = {}
    for phase in PHASES:
        for name, entries in _classes(file, phase, phases.get(phase, {})):
            filled[name] = filled.get(name, False) or bool(entries)
            for entry in entries:
                yield phase, _sample(file, root, name, entry)
    if empty := [name for name, has_entries in filled.items() if not has_entries]:
        raise DatasetError(
            f"{file}: the class {empty[0]!r} has no image; add some or remove the class."
        )


def _classes(file: Path, phase: str, classes: object) -> Iterator[tuple[str, list[Any]]]:
    if not isinstance(classes, dict):
        raise DatasetError(f"{file}: {phase!r} must hold lists of images by class.")
    for name, entries in classes.items():
        if not isinstance(entries, list):
            raise DatasetError(f"{file}: the class {name!r} must hold a list of images.")
        yield name, entries


def _parsed(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DatasetError(f"Cannot read {file}: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{file} is not JSON; make it anew (dataset meta).") from error
    if not isinstance(values, dict):
        raise DatasetError(f"{file} is no list of images; make it anew (dataset meta).")
    return values


def _sample(file: Path, root: Path, name: str, entry: object) -> Sample:
    if not isinstance(entry, dict) or not isinstance(entry.get("img_path"), str):
        raise DatasetError(f"{file}: an entry of the class {name!r} has no img_path.")
    image, anomaly = entry["img_path"], entry.get("anomaly")
    mask, kind = entry.get("mask_path", ""), entry.get("specie_name", "")
    product = entry.get("cls_name", name)
    if not image or any(not isinstance(word, str) for word in (mask, kind, product)):
        raise DatasetError(f"{file}: an entry of the class {name!r} has a value of a wrong type.")
    if isinstance(anomaly, float | str) or anomaly not in (0, 1):
        raise DatasetError(f"{file}: 'anomaly' of {image} must be 0 or 1.")
    is_defective = bool(anomaly)
    return Sample(
        path=resolved(root, image),
        kind=(kind or "anomaly") if is_defective else "good",
        is_defective=is_defective,
        mask=resolved(root, mask) if mask else None,
        product=product,
    )


def meta_of(collection: Collection) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return the content of meta.json; each class stands in both phases, empty or not."""
    products = dict.fromkeys(one.product for one in (*collection.train, *collection.test))
    phases = {"train": collection.train, "test": collection.test}
    return {
        phase: {
            product: [_entry(collection.root, one) for one in samples if one.product == product]
            for product in products
        }
        for phase, samples in phases.items()
    }


def _entry(root: Path, sample: Sample) -> dict[str, Any]:
    return {
        "img_path": relative(root, sample.path),
        "mask_path": relative(root, sample.mask) if sample.mask is not None else "",
        "cls_name": sample.product,
        "specie_name": sample.kind,
        "anomaly": int(sample.is_defective),
    }


def write_meta(collection: Collection, file: Path) -> None:
    """Write meta.json, whole or not at all; its paths count from the collection's root.

    Raises:
        DatasetError: The file cannot be written.
    """
    text = json.dumps(meta_of(collection), indent=1, ensure_ascii=False)
    try:
        with whole_file(file) as part:
            part.write_text(text + "\n", encoding="utf-8")
    except UnicodeEncodeError as error:
        raise DatasetError(
            f"Cannot write {file}: the name of an image is not Unicode; rename the files."
        ) from error
    except OSError as error:
        raise DatasetError(f"Cannot write {file}: {error.strerror or error}.") from error
