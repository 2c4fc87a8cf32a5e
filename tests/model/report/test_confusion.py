from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.images import read_image
from model.learning.classifier_figures import ClassFigures, FoldFigures, confusion_of, macro_f1
from model.report.confusion import confusion_plot, folds_table, labels_table, write_class_report
from model.report.plots import png
from model.training.config import Epoch

FIGURES = ClassFigures(
    ("good", "hole"),
    (FoldFigures(8, 4, 2, 1.0, 1.0), FoldFigures(8, 4, 3, 0.5, 0.75)),
    ((5, 1), (0, 2)),
    ("hole",),
)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_figures_of_a_confusion_are_scikit_learn_s(pairs: list[tuple[int, int]]) -> None:
    truth, named = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    table = confusion_of(truth, named, 4)
    figures = ClassFigures(("a", "b", "c", "d"), (), table)
    assert sum(map(sum, table)) == len(pairs)
    assert figures.accuracy == pytest.approx(np.mean([a == b for a, b in pairs]))
    occurring = [row[4] for number, row in enumerate(figures.per_label())
                 if number in truth or number in named]  # fmt: skip
    assert np.mean(occurring) == pytest.approx(macro_f1(truth, named))


def test_mean_and_spread_over_the_folds() -> None:
    assert FIGURES.mean == 0.75
    assert FIGURES.spread == pytest.approx(np.std([1.0, 0.5], ddof=1))
    assert ClassFigures(("a",), FIGURES.folds[:1], ((4,),)).spread == 0.0


def test_the_tables_say_which_labels_are_rare() -> None:
    table = folds_table(FIGURES)
    assert len(table.rows) == 3
    assert table.rows[-1][4] == "0.75 ± 0.35"
    assert "hole; their figures hang on single pictures" in table.note
    assert labels_table(FIGURES).rows[0][:2] == ["good", 6]


@pytest.mark.parametrize("count", [1, 2, 88])
def test_the_picture_holds_every_label(count: int) -> None:
    labels = [f"metal_nut-scratch_{number}" for number in range(count)]
    figure = confusion_plot(labels, np.eye(count, dtype=int).tolist(), "All")
    ticks = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert ticks == labels
    assert png(figure)[:4] == b"\x89PNG"


def test_the_report_is_a_page_with_tables_and_pictures(tmp_path: Path) -> None:
    epoch = Epoch(
        1, 1e-3, {"total": 1.0, "validation": 0.5}, {"macro_f1": 0.5, "quality": 0.5}, 2.0
    )
    facts = {"data": "<set>"}
    write_class_report(
        tmp_path / "r", title="Classifier x", facts=facts, figures=FIGURES, curve=[epoch],
        tested=FIGURES,
    )  # fmt: skip
    page = (tmp_path / "r" / "report.html").read_text("utf-8")
    for text in ("Classifier x", "&lt;set&gt;", "Folds", "Labels in the test", "does not measure"):
        assert text in page
    assert page.count("data:image/png") == 3
    with (tmp_path / "r" / "confusion.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream))[1:] == [["good", "5", "1"], ["hole", "0", "2"]]
    assert read_image(tmp_path / "r" / "confusion.png").shape[2] == 3
    assert (tmp_path / "r" / "folds.csv").is_file()
    head = (tmp_path / "r" / "curves.csv").read_text("utf-8").partition("\n")[0]
    assert head.endswith("loss_total,loss_validation,macro_f1")
