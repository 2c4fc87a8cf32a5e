"""The packages that an export or another runtime needs; the station runs without them."""

from __future__ import annotations

import importlib
import sys
from importlib import metadata
from types import ModuleType
from typing import cast

from model.errors import ModelError


class MissingPackage(ModelError):
    """A package that is not installed is needed; the sentence says which."""


def need(*names: str) -> ModuleType:
    """Return the first of some packages after all of them have been imported.

    Raises:
        MissingPackage: One is not installed or does not load.
    """
    if "openvino" in names:
        # Its converter reports every use to its maker over the network, from a thread of its
        # own; it does without where that package is not to be had.
        sys.modules.setdefault("openvino_telemetry", cast(ModuleType, None))
    found = []
    for name in names:
        try:
            found.append(importlib.import_module(name))
        except ImportError as error:
            raise MissingPackage(
                f"The package {name} is not installed or does not load ({error}); "
                f"install it with: pip install {name}."
            ) from error
    return found[0]


def version_of(name: str) -> str:
    """Return the version of a package, "" if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
