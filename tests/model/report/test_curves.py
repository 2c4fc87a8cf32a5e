from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from model.errors import ModelError
from model.images import read_image
from model.report.curves import write_curves
from model.training.config import Epoch

EPOCHS = [
    Epoch(1, 1e-4, {"total": 2.0, "focal": 0.1 + 0.2}, {"quality": 0.5}, 1.5),
    Epoch(2, 5e-5, {"total": 1.0}, {"quality": 0.75, "image_auroc": 1 / 3}, 1.25),
]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "curves.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_number_comes_back_exactly(tmp_path: Path) -> None:
    write_curves(EPOCHS, tmp_path / "new", best=2)
    first, second = rows(tmp_path / "new")
    assert float(first["loss_focal"]) == 0.1 + 0.2
    assert float(second["image_auroc"]) == 1 / 3
    assert second["loss_focal"] == first["image_auroc"] == ""
    assert [int(row["epoch"]) for row in (first, second)] == [1, 2]
    assert float(second["learning_rate"]) == 5e-5


def test_the_plot_changes_with_the_curves(tmp_path: Path) -> None:
    write_curves(EPOCHS[:1], tmp_path)
    before = read_image(tmp_path / "curves.png")
    write_curves(EPOCHS, tmp_path)
    after = read_image(tmp_path / "curves.png")
    assert before.shape == after.shape
    assert not np.array_equal(before, after)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix) == [
        "curves.csv",
        "curves.png",
    ]


def test_no_epoch_yet_is_an_empty_table(tmp_path: Path) -> None:
    write_curves([], tmp_path)
    assert rows(tmp_path) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")
    with pytest.raises(ModelError, match=r"Cannot write .*curves\.csv"):
        write_curves(EPOCHS, tmp_path / "taken")
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "a file, no folder"
