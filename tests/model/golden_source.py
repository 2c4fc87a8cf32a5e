"""The stored reference numbers, and the rule that makes the weights behind them."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

import numpy as np

from tests.shared_data import golden


@cache
def source() -> Any:
    """Return the module that makes deterministic weights and inputs."""
    spec = importlib.util.spec_from_file_location(
        "deterministic_weights", golden("deterministic_weights.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def stored(name: str) -> dict[str, Any]:
    """Return the arrays of a file of reference numbers."""
    with np.load(golden(name)) as archive:
        return dict(archive)
