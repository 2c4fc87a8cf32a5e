"""The tables of a comparison: for people with intervals, for programs with exact numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from model.comparison.comparison import Comparison
from model.comparison.figures import NAMES, Result
from model.comparison.record import Record
from model.comparison.resampling import LEVEL, Interval
from model.report.page import Table
from model.report.tables import Rows, percent

_MEGA, _GIGA = 1e6, 1e9
_SMALLEST = 0.01
_TITLES = {
    "image_auroc": "image AUROC",
    "image_ap": "image AP",
    "f1_max": "F1-max",
    "pixel_auroc": "pixel AUROC",
    "aupro": "AUPRO",
}
_FIGURES_NOTE = (
    f"In percent, with the {LEVEL:.0%} interval over resampled pictures in brackets (bootstrap; "
    "the same resamples for every detector). F1-max is the best F1 over all limits, found on "
    "these very test pictures: no limit set beforehand does better. False calls and escapes are "
    "those at the checkpoint's own limit, which a detector that learned here set without the "
    "test pictures."
)
_SPEED_NOTE = (
    "Whole predictions: picture in memory to score and map at its own size. p99: one picture in "
    "a hundred takes longer. CPU time: that of one picture, all cores added up, which other "
    "programs change little. The memory is that of the whole process; that of batches is the "
    "peak of both measurements. Parameters include a frozen "
    "backbone; beside them stand memory banks and statistics. GFLOPs: convolutions, matrix "
    "products and attention of one input, a multiplication and an addition counting as two."
)


def tables(comparison: Comparison) -> list[Table]:
    """Return the tables of the report, without those that would be empty."""
    found = [Table("How well", *figures_table(comparison), _figures_note(comparison))]
    found.append(Table("How fast and how large", *speed_table(comparison), _speed_note(comparison)))
    if any(one.learning is not None for one in comparison.records):
        found.append(Table("Learning", *learning_table(comparison)))
    found.append(Table("Image AUROC by kind of defect", *kinds_table(comparison), _KINDS_NOTE))
    if comparison.choice.ahead:
        title = f"How far {comparison.choice.name} is ahead"
        found.append(Table(title, *ahead_table(comparison), _AHEAD_NOTE))
    failed = failures_table(comparison)
    return [one for one in (*found, Table("Without figures", *failed)) if one.rows]


_KINDS_NOTE = "In percent; each kind, with its number of pictures, against all good pictures."
_AHEAD_NOTE = (
    "Difference in F1-max in percent points, from the same resamples of both. Where the interval "
    "holds 0 these pictures do not tell the two apart."
)


def figures_table(comparison: Comparison) -> tuple[list[str], Rows]:
    """Return how well each judged detector does."""
    header = ["detector", *_TITLES.values(), "false calls", "escapes"]
    good, bad = _counts(comparison)
    return header, [_figures_row(one, good, bad) for one in comparison.results]


def speed_table(comparison: Comparison) -> tuple[list[str], Rows]:
    """Return how fast and how large each judged detector is; no column without a number."""
    header = ["detector", *_SPEED_COLUMNS]
    rows: Rows = [
        [one.name, *(tell(one.record) for tell in _SPEED_COLUMNS.values())]
        for one in comparison.results
    ]
    return header, rows


def learning_table(comparison: Comparison) -> tuple[list[str], Rows]:
    """Return what learning took."""
    header = ["detector", "learned in", "good pictures", "defective", "epochs", "peak RAM (MiB)"]
    rows: Rows = []
    for one in comparison.records:
        if (facts := one.learning) is not None:
            counts = (facts.good, facts.defects, facts.epochs or None)
            ram = _whole(facts.resources.peak_ram_mib)
            rows.append([one.contender.name, duration(facts.seconds), *counts, ram])
    return header, rows


def kinds_table(comparison: Comparison) -> tuple[list[str], Rows]:
    """Return a line for each judged detector and a column for each kind of defect."""
    kinds = Counter(one.kind for one in comparison.split.test if one.is_defective)
    header = ["detector", *(f"{kind} ({kinds[kind]})" for kind in sorted(kinds))]
    rows: Rows = [
        [one.name, *(percent(one.by_kind[kind]) for kind in sorted(kinds))]
        for one in comparison.results
    ]
    return header, rows


def ahead_table(comparison: Comparison) -> tuple[list[str], Rows]:
    """Return the difference in F1-max to each other judged detector."""
    choice = comparison.choice
    rows: Rows = []
    for name, found in choice.ahead.items():
        verdict = "too slow" if name in choice.too_slow else ""
        if not verdict:
            verdict = "not told apart" if name in choice.equals else "behind"
        rows.append([name, with_interval(found, sign="+"), verdict])
    return ["detector", "ahead of it by", "so it is"], rows


def failures_table(comparison: Comparison) -> tuple[list[str], Rows]:
    """Return why detectors have no figures."""
    rows: Rows = [
        [one.contender.name, one.failure.stage, one.failure.sentence, one.failure.log or None]
        for one in comparison.records
        if one.failure is not None
    ]
    return ["detector", "while it was to", "why", "more in"], rows


def terminal_tables(comparison: Comparison) -> list[tuple[list[str], Rows]]:
    """Return the tables of the terminal."""
    found = [figures_table(comparison), speed_table(comparison), failures_table(comparison)]
    return [one for one in found if one[1]]


def with_interval(found: Interval, sign: str = "") -> str | None:
    """Return a share in percent with its interval in brackets; None where it is not defined."""
    if found.value is None:
        return None
    value = f"{100 * found.value:{sign}.1f}"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({100 * found.low:{sign}.1f} to {100 * found.high:{sign}.1f})"


def duration(seconds: float) -> str:
    """Return a time for people."""
    if seconds < 100:
        return f"{seconds:.3g} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _figures_row(one: Result, good: int, bad: int) -> list[object]:
    cells: list[object] = [one.name, *(with_interval(one.figures[name]) for name in NAMES)]
    if one.own is None:
        return [*cells, None, None]
    return [*cells, f"{one.own.false_calls} of {good}", f"{one.own.escapes} of {bad}"]


def _counts(comparison: Comparison) -> tuple[int, int]:
    bad = sum(one.is_defective for one in comparison.split.test)
    return len(comparison.split.test) - bad, bad


def _figures_note(comparison: Comparison) -> str:
    good, bad = _counts(comparison)
    note = (
        f"{_FIGURES_NOTE} The test has {good} good and {bad} defective pictures; "
        f"calling all of them defective gives F1 {100 * comparison.choice.trivial:.1f}."
    )
    judged = [(one.name, one.record.judging) for one in comparison.results]
    names = [name for name, facts in judged if facts is not None and facts.explains]
    if names:
        note += (
            f" The map of {', '.join(names)} explains the verdict and does not measure the defect,"
            " so there are no pixel figures."
        )
    return note


def _speed_note(comparison: Comparison) -> str:
    judged = [one.judging for one in comparison.records if one.judging is not None]
    program = [one.program_mib for one in judged if one.program_mib is not None]
    if not program:
        return _SPEED_NOTE
    return f"{_SPEED_NOTE} Python and libraries alone take about {max(program):.0f} MiB of the RAM."


def _speed(tell: Callable[[Any], object]) -> Callable[[Record], object]:
    return lambda one: None if one.judging is None else tell(one.judging)


def _short(value: float | None) -> str | None:
    """Return three digits, without an exponent."""
    if value is None:
        return None
    if 0 < value < _SMALLEST:
        return f"<{_SMALLEST:g}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _whole(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f}"


def _use(mean: float | None, peak: float | None) -> str | None:
    return None if mean is None or peak is None else f"{mean:.0%} (peak {peak:.0%})"


_SPEED_COLUMNS: dict[str, Callable[[Record], object]] = {
    "images/s one by one": _speed(lambda it: _short(it.speed.images_per_second)),
    "p50 (ms)": _speed(lambda it: _short(it.speed.p50_ms)),
    "p99 (ms)": _speed(lambda it: _short(it.speed.p99_ms)),
    "CPU time (ms)": _speed(lambda it: _short(it.speed.cpu_ms)),
    "images/s in batches": _speed(lambda it: _short(it.speed.batch_images_per_second)),
    "peak RAM (MiB)": _speed(lambda it: _whole(it.speed.alone.peak_ram_mib)),
    "peak RAM in batches": _speed(lambda it: _whole(it.speed.batched.peak_ram_mib)),
    "GPU (MiB)": _speed(lambda it: _whole(it.speed.alone.gpu_mib)),
    "GPU use": _speed(lambda it: _use(it.speed.alone.gpu_use, it.speed.alone.gpu_use_peak)),
    "parameters (M)": _speed(lambda it: _short(it.cost.parameters / _MEGA)),
    "beside them (M)": _speed(lambda it: _short(it.cost.other_values / _MEGA)),
    "GFLOPs": _speed(lambda it: _short(it.cost.flops / _GIGA) if it.cost.flops else None),
    "input (px)": _speed(lambda it: it.cost.input_side),
    "file (MiB)": _speed(lambda it: _short(it.cost.file_mib)),
}
