"""Curves of a training run as files: losses and figures per epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from model.report.files import csv_text, write_file
from model.report.plots import curves_plot, png
from model.training.config import Epoch

CURVES_CSV, CURVES_PNG = "curves.csv", "curves.png"


def write_curves(epochs: Sequence[Epoch], folder: Path, best: int | None = None) -> None:
    """Write curves.csv and curves.png, each whole or not at all.

    The CSV has a line per epoch: epoch, learning_rate, seconds, then `loss_NAME` and the
    validation figures by name; numbers are exact (17 digits), absent ones empty.

    Args:
        epochs: In order.
        folder: Made if it is missing.
        best: Number of the best epoch, marked in the plot.

    Raises:
        ModelError: The files cannot be written.
    """
    write_file(folder / CURVES_CSV, _table(epochs).encode("utf-8"))
    write_file(folder / CURVES_PNG, png(curves_plot(epochs, best)))


def _table(epochs: Sequence[Epoch]) -> str:
    losses = list(dict.fromkeys(name for epoch in epochs for name in epoch.losses))
    metrics = list(dict.fromkeys(name for epoch in epochs for name in epoch.metrics))
    header = ["epoch", "learning_rate", "seconds", *(f"loss_{n}" for n in losses), *metrics]
    rows = [
        [
            epoch.number,
            repr(epoch.learning_rate),
            f"{epoch.seconds:.3f}",
            *(_number(epoch.losses.get(name)) for name in losses),
            *(_number(epoch.metrics.get(name)) for name in metrics),
        ]
        for epoch in epochs
    ]
    return csv_text(header, rows)


def _number(value: float | None) -> str:
    return "" if value is None else repr(float(value))
