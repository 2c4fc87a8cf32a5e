from __future__ import annotations

import math

import numpy as np
import pytest

from model.opencv import cv2
from model.report.plots import png, pr_plot, roc_plot, scores_plot
from tests.model.judged import judged

ALL = [judged(0.1), judged(0.3), judged(0.2, "dent"), judged(0.9, "dent")]


@pytest.mark.parametrize("plot", [roc_plot, pr_plot, scores_plot])
@pytest.mark.parametrize("some", [ALL, ALL[:2], ALL[2:]], ids=["both", "good", "bad"])
def test_each_plot_is_a_picture_whatever_is_missing(plot, some) -> None:  # type: ignore[no-untyped-def]
    data = png(plot(some, 0.25))
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture.std() > 5


def test_the_dot_stands_where_the_limit_does() -> None:
    (axes,) = roc_plot(ALL, 0.25).axes
    dot = next(line for line in axes.lines if line.get_gid() == "limit")
    # one of two good images and one of two defective ones lie at or above 0.25
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (0.5, 0.5)
    (axes,) = pr_plot(ALL, 0.25).axes
    dot = next(line for line in axes.lines if line.get_gid() == "limit")
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (0.5, 0.5)


def test_without_a_limit_there_is_no_dot() -> None:
    (axes,) = roc_plot(ALL, math.nan).axes
    assert all(line.get_gid() != "limit" for line in axes.lines)


def test_each_product_has_a_line() -> None:
    some = [judged(s, k, p) for p in ("nut", "bolt") for k, s in (("good", 0.1), ("dent", 0.4))]
    (axes,) = roc_plot(some).axes
    assert {"nut", "bolt"} <= {str(line.get_label()) for line in axes.lines}
