from __future__ import annotations

from datetime import datetime

import pytest
from PyQt5.QtWidgets import QApplication

from app.ui.widgets.plot_style import plain_plot
from app.ui.widgets.time_axis import TimeAxis

BEGIN = datetime(2026, 10, 22, 6, 30).astimezone().timestamp()
HOUR, DAY = 3600.0, 86_400.0


def texts(length: float) -> list[str]:
    """Return what an axis of a thousand pixels says of a span."""
    axis = TimeAxis()
    plot = plain_plot()
    plot.setAxisItems({"bottom": axis})
    plot.resize(1000, 300)
    plot.grab()
    found = [
        text
        for spacing, values in axis.tickValues(BEGIN, BEGIN + length, 1000)
        for text in axis.tickStrings(values, 1.0, spacing)
    ]
    plot.close()
    plot.deleteLater()
    return found


@pytest.mark.parametrize(
    ("length", "wanted"),
    [(20.0, "06:30:10"), (4 * HOUR, "08:00"), (30 * DAY, "11-01"), (900 * DAY, "2027")],
)
def test_times_have_no_names_of_months_or_days(
    app: QApplication, length: float, wanted: str
) -> None:
    found = texts(length)
    assert wanted in found
    assert not any(letter.isalpha() for text in found for letter in text)
