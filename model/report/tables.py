"""The tables of a report: header and rows, shares in percent as the papers print them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from model.evaluate import Report
from model.figures import Figures

Rows = list[list[object]]
TABLE_NOTE = (
    "In percent. Precision and recall are those at the limit of the highest F1; mAP is the mean "
    "over the kinds of defect of the average precision of that kind against the good images."
)
LIMIT_NOTE = "The last line adds up the counts; its shares are the plain mean over the objects."

_COLUMNS = {
    "pixel_auroc": "pixel_auroc",
    "pixel_aupro": "aupro",
    "image_auroc": "image_auroc",
    "image_ap": "image_ap",
    "f1_max": "f1_max",
    "precision": "precision_at_f1_max",
    "recall": "recall_at_f1_max",
    "mAP": "mean_ap",
}
_LIMIT_COLUMNS = {
    "good": "n_good",
    "defective": "n_defective",
    "false calls": "false_calls",
    "escapes": "escapes",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
}
_COUNTS = ("n_good", "n_defective", "false_calls", "escapes", "n")
_KIND_COLUMNS = {
    "images": "n",
    "pixel_auroc": "pixel_auroc",
    "pixel_aupro": "aupro",
    "image_auroc": "image_auroc",
    "image_ap": "image_ap",
    "f1_max": "f1_max",
    "escapes": "escapes",
    "recall": "recall",
}


def percent(value: float | None) -> str | None:
    """Return a share times 100 with one decimal; None where it is not defined."""
    return None if value is None else f"{100 * value:.1f}"


def figures_table(report: Report) -> tuple[list[str], Rows]:
    """Return the papers' table: a line per product, the plain mean last."""
    rows = [_line(name, figures) for name, figures in _products(report).items()]
    rows.append(_line("mean", report))
    return ["objects", *_COLUMNS], rows


def limit_table(report: Report) -> tuple[list[str], Rows]:
    """Return what the limit in use does to each product; the last line adds up the counts."""
    lines = _products(report) | {"all": report}
    keys = tuple(_LIMIT_COLUMNS.values())
    rows = [[name, *_cells(asdict(one), keys)] for name, one in lines.items()]
    return ["objects", *_LIMIT_COLUMNS], rows


def kinds_table(report: Report) -> tuple[list[str], Rows]:
    """Return the figures of each kind of defect against the good images of its product."""
    keys = tuple(_KIND_COLUMNS.values())
    rows = [[kind, *_cells(values, keys)] for kind, values in report.per_kind.items()]
    return ["kind", *_KIND_COLUMNS], rows


def _products(report: Report) -> dict[str, Figures]:
    return {name or "all": figures for name, figures in report.per_product.items()}


def _line(name: str, figures: Figures) -> list[object]:
    return [name, *(percent(getattr(figures, key)) for key in _COLUMNS.values())]


def _cells(values: Mapping[str, Any], keys: tuple[str, ...]) -> list[object]:
    return [values[key] if key in _COUNTS else percent(values[key]) for key in keys]
