"""The report of a comparison: what it says, what it shows, and that names cannot become code."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from model.comparison.comparison import Comparison
from model.comparison.contender import Contender
from model.comparison.figures import results_of
from model.comparison.record import Failure, Learning, Record
from model.comparison.resampling import Interval
from model.comparison.resources import Resources
from model.comparison.rule import choose
from model.comparison.run import Plan
from model.comparison.split import Wish
from model.report.comparison import write_comparison
from model.report.comparison_rows import exact_rows
from model.report.comparison_tables import duration, tables, with_interval
from tests.model.comparison.made import record, split_of
from tests.model.judged import judged, on_disk
from tests.model.report.test_page import Reader

TRUTH = [False] * 6 + [True] * 6
GOOD = [i / 20 for i in range(6)] + [0.6 + i / 20 for i in range(6)]
POOR = [*GOOD[:5], 0.95, 0.05, *GOOD[7:]]
BAD_NAME = "<script>alert(1)</script>"


def comparison(folder: Path, names: dict[str, list[float]], min_fps: float = 0.0) -> Comparison:
    split = split_of(TRUTH, folder)
    test = [replace(judged(0.1, folder=folder).sample, path=one.path) for one in split.test]
    for one in test:
        on_disk(replace(judged(0.1), sample=one))
    records = [record(name, scores, TRUTH) for name, scores in names.items()]
    took = Resources(peak_ram_mib=900.0)
    records[0] = replace(records[0], learning=Learning(75.5, 5, 0, 3, took))
    failed = Record(Contender("lost", spec="lost"), failure=Failure("learn", "No teacher.", ""))
    results = results_of(records, split, seed=0, resamples=50)
    plan = Plan("data", Wish(), split.sha256, "a machine", "cpu")
    choice = choose(results, split, min_fps)
    return Comparison("tiles", plan, split, (*records, failed), results, choice, min_fps)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "train.png").write_bytes(b"x")
    for i in range(len(TRUTH)):
        (folder / f"{i}.png").write_bytes(b"x")
    return comparison(folder, {"sharp": GOOD, BAD_NAME: POOR}, min_fps=4.0)


def test_the_page_states_the_rule_and_shows_what_is_disputed(
    made: Comparison, tmp_path: Path
) -> None:
    page, *_ = write_comparison(made, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    seen = Reader(text)
    words = " ".join(seen.text)
    assert "Rule: Highest F1-max among the detectors that judge at least 4 images/s" in words
    assert "By this rule: sharp, F1-max 100.0 %" in words
    assert "2 of 2 (of 12 test pictures), the most divided first" in words
    assert "dent pictures/6.png: 1 of 2 right" in words
    assert "No teacher." in words
    assert "script" not in seen.tags
    assert all(address.startswith("data:") for address in seen.addresses)
    assert "None" not in words.split()
    assert "nan" not in words.lower().split()


def test_the_csv_holds_every_detector_and_exact_numbers(made: Comparison, tmp_path: Path) -> None:
    write_comparison(made, tmp_path)
    with (tmp_path / "comparison.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["detector"]: row for row in csv.DictReader(stream)}
    assert list(rows) == ["sharp", BAD_NAME, "lost"]
    assert float(rows["sharp"]["image_auroc"]) == 1
    assert rows["sharp"]["learning_seconds"] == "75.5"
    assert rows["sharp"]["alone_peak_ram_mib"] == "700.0"
    assert rows["lost"]["why"] == "No teacher."
    assert rows["lost"]["image_auroc"] == rows["lost"]["alone_gpu_mib"] == ""
    assert exact_rows(made)[1]["own_escapes"] == 1


def test_there_is_a_report_where_all_have_failed(made: Comparison, tmp_path: Path) -> None:
    none = replace(made, results=(), records=made.records[-1:], choice=choose((), made.split, 4.0))
    page, *others = write_comparison(none, tmp_path)
    assert "No detector was judged to the end." in page.read_text(encoding="utf-8")
    assert not any(path.suffix == ".png" for path in others)


def test_a_busy_machine_is_told(made: Comparison, tmp_path: Path) -> None:
    first = made.records[0]
    assert first.judging is not None
    alone = Resources(others=0.6)
    speed = replace(first.judging.speed, alone=alone)
    busy = replace(first, judging=replace(first.judging, speed=speed))
    page, *_ = write_comparison(replace(made, records=(busy, *made.records[1:])), tmp_path)
    assert "took up to 60% of the processor" in page.read_text(encoding="utf-8")


def test_empty_tables_are_left_out(made: Comparison) -> None:
    assert [table.title for table in tables(made)] == [
        "How well", "How fast and how large", "Learning", "Image AUROC by kind of defect",
        "How far sharp is ahead", "Without figures",
    ]  # fmt: skip
    kinds = next(table for table in tables(made) if "kind" in table.title)
    assert list(kinds.header) == ["detector", "dent (3)", "spot (3)"]
    for table in tables(made):
        assert all(len(row) == len(table.header) for row in table.rows)


def test_numbers_for_people() -> None:
    assert with_interval(Interval()) is None
    assert with_interval(Interval(0.5)) == "50.0"
    assert with_interval(Interval(0.02, -0.01, 0.05), "+") == "+2.0 (-1.0 to +5.0)"
    assert [duration(seconds) for seconds in (3.14159, 600, 36_000)] == ["3.14 s", "10.0 min",
                                                                       "10.0 h"]  # fmt: skip
