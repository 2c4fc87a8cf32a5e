from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from model.data import Sample
from model.errors import ModelError
from model.figures import Judged
from model.images import read_image
from model.report.results import save_results
from model.report.tables import figures_table, limit_table
from model.types import Calibration
from tests.model.judged import judged, on_disk
from tests.model.report.test_page import evaluation
from tests.shared_data import golden

LIMITS = Calibration(0.1, 0.5, 0.2, 0.6, 4, 0, "made up")


def test_everything_is_saved_and_agrees(tmp_path: Path) -> None:
    root = tmp_path / "set"
    some = [
        on_disk(judged(score, kind, product, folder=root / product))
        for product in ("nut", "bolt")
        for kind, score in (("good", 0.2), ("good", 0.6), ("dent", 0.4), ("dent", 1 / 3))
    ]
    result = evaluation(some)
    out = tmp_path / "out"
    files = save_results(out, result, LIMITS, title="t", facts={}, root=root)
    assert sorted(path.name for path in files) == sorted(path.name for path in out.iterdir())
    stored = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert stored["image_auroc"] == result.report.image_auroc
    assert set(stored["per_product"]) == {"nut", "bolt"}
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        scores = list(csv.DictReader(file))
    assert [row["verdict"] for row in scores] == ["escape"] * 4 + ["false call"] * 2 + [
        "passed"
    ] * 2
    assert float(scores[0]["score"]) == 1 / 3
    assert scores[0]["path"] == f"bolt/dent_{1 / 3}.png"
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(row["of"], row["name"]) for row in lines[:3]] == [
        ("product", "nut"), ("product", "bolt"), ("mean", "mean")
    ]  # fmt: skip
    assert float(lines[2]["image_auroc"]) == result.report.image_auroc
    for name in ("roc.png", "pr.png"):
        assert read_image(out / name).shape[0] > 300


def test_the_table_is_that_of_the_papers() -> None:
    some = [judged(0.2), judged(0.6), judged(0.4, "dent")]
    report = evaluation(some).report
    header, rows = figures_table(report)
    assert header == [
        "objects", "pixel_auroc", "pixel_aupro", "image_auroc", "image_ap", "f1_max", "precision",
        "recall", "mAP",
    ]  # fmt: skip
    assert [row[0] for row in rows] == ["all", "mean"]
    assert rows[0][3] == "50.0"
    assert limit_table(report)[1][-1][:5] == ["all", 2, 1, 1, 1]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    result = evaluation([judged(0.2), judged(0.4, "dent")])
    with pytest.raises(ModelError, match="Cannot write"):
        save_results(tmp_path / "out", result, LIMITS, title="t", facts={})


@pytest.mark.parametrize("layers", ["24", "6-12-18-24"])
def test_the_line_of_each_product_is_that_of_the_reference(layers: str) -> None:
    """The table that the authors' test program has logged, from its own maps and scores."""
    with np.load(golden("e2e_tiny24.npz")) as file:
        arrays = dict(file)
    some = []
    for product in ("01", "02", "03"):
        found = [
            arrays[f"test_{layers}_{product}_{key}"]
            for key in ("labels", "scores", "maps", "masks")
        ]
        for number, (label, score, heat, mask) in enumerate(zip(*found, strict=True)):
            kind = "bad" if label else "good"
            sample = Sample(Path(f"{number}.png"), kind, bool(label), None, product)
            some.append(Judged(sample, float(score), heat, mask > 0))
    rows = figures_table(evaluation(some).report)[1]
    log = str(arrays[f"test_{layers}_log"])
    logged = [line.strip("|").split("|") for line in log.splitlines() if line.startswith("| ")]
    expected = [[cell.strip() for cell in line] for line in logged[1:]]
    assert [row[0] for row in rows] == [line[0] for line in expected]
    for row, line in zip(rows, expected, strict=True):
        assert [float(str(cell)) for cell in row[1:5]] == [float(cell) for cell in line[1:]]
