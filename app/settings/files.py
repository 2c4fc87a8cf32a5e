"""Settings files: tolerant reading, atomic writing, upgrades from older versions."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import tomli_w
from pydantic import BaseModel, ValidationError

from app import log
from app.errors import StoreError
from app.i18n import tr

Values = dict[str, Any]
Upgrade = Callable[[Values], Values]
Model = TypeVar("Model", bound=BaseModel)


def read_toml(file: Path) -> Values:
    """Return the values of a TOML file; a damaged file is put aside and counts as empty.

    A missing file is an empty one: the first start needs no configuration.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        log.station.warning("%s cannot be read (%s); it is put aside", file, error)
        _put_aside(file)
        return {}
    except OSError as error:
        log.station.warning("%s cannot be read (%s); defaults are used", file, error)
        return {}


def write_toml(file: Path, values: Mapping[str, Any]) -> None:
    """Write a TOML file: the whole new one or none of it.

    Raises:
        StoreError: It cannot be written.
    """
    write_text(file, tomli_w.dumps(values))


def write_text(file: Path, text: str) -> None:
    """Write a text file in UTF-8: the whole new one or none of it.

    Raises:
        StoreError: It cannot be written.
    """
    name = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}.", delete=False
        ) as part:
            name = part.name
            part.write(text)
            part.flush()
            os.fsync(part.fileno())
        Path(name).replace(file)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise StoreError(
            tr("{file} cannot be written: {error}. Check the disk and its rights.").format(
                file=file, error=error.strerror or error
            )
        ) from error


def upgraded(values: Values, upgrades: Mapping[int, Upgrade], version: int) -> Values:
    """Return the values of an older file as those of `version`.

    Args:
        values: What the file holds; its key "version" says its version, 1 if absent.
        upgrades: Per version, the function that makes its values those of the next.
        version: The version that this program writes. A newer file is read as it is: what
            it has that we do not know is dropped by `good_values`.
    """
    found = values.get("version", 1)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        found = 1
    for number in range(found, version):
        values = upgrades[number](values)
    return {**values, "version": version}


def good_values(model: type[Model], values: Values, source: Path) -> Model:
    """Return a model of the values that are good; a bad or unknown key is dropped with a warning.

    Args:
        model: Every field must have a default.
        values: What a file holds.
        source: The file, for the warning.
    """
    known = {key: value for key, value in values.items() if key in model.model_fields}
    for key in sorted(values.keys() - known.keys()):
        log.station.warning("%s: unknown setting %s is ignored", source, key)
    while True:
        try:
            return model.model_validate(known)
        except ValidationError as error:
            bad = {str(detail["loc"][0]): detail["msg"] for detail in error.errors()}
            for key, reason in bad.items():
                log.station.warning("%s: setting %s is ignored: %s", source, key, reason)
                del known[key]


def _put_aside(file: Path) -> None:
    try:
        file.replace(file.with_name(f"{file.name}.damaged"))
    except OSError as error:
        log.station.warning("%s cannot be put aside: %s", file, error)
