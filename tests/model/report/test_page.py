from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from model.errors import ModelError
from model.evaluate import Evaluation, Report
from model.figures import BOTH_LEVELS, Judged, by_product, figures_of, mean_figures, per_kind
from model.report.page import Table, cell, write_test_report, write_training_report
from model.training.config import Epoch
from model.types import Calibration
from tests.model.judged import judged, on_disk

LIMITS = Calibration(0.1, 0.5, 0.2, 0.6, 4, 0, "made up")
EPOCHS = [Epoch(n, 1e-4, {"total": 1 / n}, {"quality": n / 10}, 1.0) for n in (1, 2, 3)]


def evaluation(some: list[Judged], limit: float = 0.5) -> Evaluation:
    products = {name: figures_of(group, limit) for name, group in by_product(some).items()}
    mean = mean_figures(list(products.values()))
    values = {
        name: getattr(mean, name) for name in Report.__dataclass_fields__ if hasattr(mean, name)
    }
    report = Report(**values, per_kind=per_kind(some, limit), checkpoint="0" * 64,
                    images_per_second=2.0, per_product=products, metrics=BOTH_LEVELS)  # fmt: skip
    return Evaluation(report, tuple(some))


@pytest.fixture
def some(tmp_path: Path) -> list[Judged]:
    kinds = [("good", 0.2), ("good", 0.7), ("<script>alert(1)</script>", 0.3), ("dent", 0.9)]
    found = [judged(score, kind, folder=tmp_path / "pictures") for kind, score in kinds]
    return [on_disk(one) if "<" not in one.sample.kind else one for one in found]


class Reader(HTMLParser):
    """Text, addresses and tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())


def test_the_test_report_says_what_matters_first(some: list[Judged], tmp_path: Path) -> None:
    page = tmp_path / "out" / "report.html"
    result = evaluation(some)
    write_test_report(
        page, title="Test of x", facts={"back_bone": "tiny", "nothing": None, "empty": {}},
        report=result.report, judged=result.judged, calibration=LIMITS,
    )  # fmt: skip
    seen = Reader(page.read_text(encoding="utf-8"))
    text = " ".join(seen.text)
    assert "At the limit 0.5: 1 of 2 defective images pass (escapes)" in text
    assert "1 of 2 good images are called defective (false calls)" in text
    assert "back bone" in seen.text
    assert not {"nothing", "empty"} & set(seen.text)
    words = [word for word in seen.text if word in ("escape", "found", "false call", "passed")]
    assert words == ["escape", "found", "false call", "passed"]
    assert "mAP" in seen.text


def test_the_page_is_one_file_and_names_cannot_become_code(
    some: list[Judged], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    result = evaluation(some)
    write_test_report(
        page, title="<b>&", facts={"<i>": "<u>"}, report=result.report, judged=some,
        calibration=LIMITS, tables=[Table("<em>", ["<h1>"], [["<td>"]])],
    )  # fmt: skip
    seen = Reader(page.read_text(encoding="utf-8"))
    assert not {"script", "b>&", "i", "u", "em", "link", "iframe"} & set(seen.tags)
    assert seen.addresses
    assert all(address.startswith("data:image/") for address in seen.addresses)
    assert any("<script>" in word for word in seen.text)
    assert "<td>" in seen.text


def test_a_training_report_before_and_after_there_are_figures(
    some: list[Judged], tmp_path: Path
) -> None:
    page = tmp_path / "training.html"
    write_training_report(page, title="Run", facts={"epochs": 3}, epochs=EPOCHS, best=3)
    before = Reader(page.read_text(encoding="utf-8"))
    assert len(before.addresses) == 1
    result = evaluation(some)
    write_training_report(
        page, title="Run", facts={}, epochs=EPOCHS, best=3, report=result.report,
        judged=result.judged, calibration=LIMITS, most_tiles=1,
    )  # fmt: skip
    after = Reader(page.read_text(encoding="utf-8"))
    # curves, scores, ROC, precision; then two pictures for each of two tiles
    assert len(after.addresses) == 4 + 2 * 2
    assert sum("1 of 2." in word for word in after.text) == 2
    write_training_report(page, title="Nothing", facts={}, epochs=[])
    assert Reader(page.read_text(encoding="utf-8")).addresses == []


def test_without_limits_the_page_says_so(some: list[Judged], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    result = evaluation(some, float("nan"))
    write_test_report(
        page, title="x", facts={}, report=result.report, judged=some, calibration=Calibration()
    )
    text = " ".join(Reader(page.read_text(encoding="utf-8")).text)
    assert "no limit yet" in text
    assert re.search(r"no scale of its own", text)
    assert "At the limit in use" not in text


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old", encoding="utf-8")
    with pytest.raises(ModelError, match="Cannot write"):
        write_training_report(tmp_path / "file" / "x.html", title="x", facts={}, epochs=[])
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.123456, "0.1235"),
        (3, "3"),
        (True, "yes"),
        ("x", "x"),
        (["a", 0.5], "a, 0.5"),
        ({"train_good": 4, "test": None}, "train good 4, test –"),
    ],
)
def test_a_cell_is_words_for_people(value: object, text: str) -> None:
    assert cell(value) == text
