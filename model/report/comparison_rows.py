"""A comparison for programs: every number of every detector by stable names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model.comparison.comparison import Comparison
from model.comparison.figures import NAMES, Result
from model.comparison.record import Record
from model.comparison.resampling import Interval
from model.comparison.rule import in_words

_SPEED = (
    "images", "images_per_second", "p50_ms", "p99_ms", "cpu_ms", "batch", "batch_images_per_second",
)  # fmt: skip
_COST = ("parameters", "other_values", "flops", "input_side", "file_mib")
_RESOURCES = ("peak_ram_mib", "gpu_mib", "gpu_total_mib", "gpu_use", "gpu_use_peak", "others")


def exact_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return every number of every detector by stable names; None where there is none."""
    results = {one.name: one for one in comparison.results}
    return [_exact(one, results.get(one.contender.name)) for one in comparison.records]


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON values."""
    split, choice = comparison.split, comparison.choice
    return {
        "data": comparison.plan.root,
        "train_good": len(split.good),
        "train_defects": len(split.defects),
        "test": len(split.test),
        "machine": comparison.plan.machine,
        "others_share": comparison.busy,
        "rule": choice.rule,
        "best": choice.name or None,
        "in_words": list(in_words(choice)),
        "notes": list(split.notes),
        "detectors": exact_rows(comparison),
    }


def _exact(record: Record, result: Result | None) -> dict[str, Any]:
    found: dict[str, Any] = {"detector": record.contender.name}
    found["state"] = "judged" if result is not None else "failed"
    found["why"] = "" if record.failure is None else record.failure.sentence
    for name in NAMES:
        figure = Interval() if result is None else result.figures[name]
        found |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    best, own = (None, None) if result is None else (result.best, result.own)
    for prefix, at in (("f1_max", best), ("own", own)):
        for key in ("limit", "false_calls", "escapes"):
            found[f"{prefix}_{key}"] = None if at is None else getattr(at, key)
    found |= _flat("", record.judging, [f"speed.{name}" for name in _SPEED])
    for prefix, part in (("alone", "speed.alone"), ("batched", "speed.batched")):
        found |= _flat(f"{prefix}_", record.judging, [f"{part}.{name}" for name in _RESOURCES])
    found |= _flat("", record.judging, [f"cost.{name}" for name in _COST])
    found |= _flat("kind_", record.judging, ("detector", "backbone", "device"))
    found |= _flat("", record.judging, ("program_mib",))
    found |= _flat("learning_", record.learning, ("seconds", "good", "defects", "epochs"))
    names = [f"resources.{name}" for name in _RESOURCES]
    return found | _flat("learning_", record.learning, names)


def _flat(prefix: str, value: object, paths: Sequence[str]) -> dict[str, Any]:
    """Return some values of nested dataclasses by the last part of their path."""
    found: dict[str, Any] = {}
    for path in paths:
        one: Any = value
        for part in path.split("."):
            one = None if one is None else getattr(one, part)
        found[prefix + path.rpartition(".")[2]] = one
    return found
