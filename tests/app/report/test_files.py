"""Reports as files: readable, complete, in both languages, whole or not at all."""

from __future__ import annotations

import io
import re
from datetime import UTC, timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pypdf
import pytest
from matplotlib.figure import Figure

from app.camera.frame import Frame
from app.errors import StoreError, UsageError
from app.inspection.judgement import Inspection
from app.inspection.recipe import Recipe
from app.inspection.record import Evidence
from app.report.charts import trend_chart
from app.report.facts import Facts
from app.report.gathering import gather
from app.report.saving import Cancelled, report_bytes, save_report
from app.report.scope import of_lot, of_time
from app.store.database import Database
from app.store.evidence import EvidenceStore
from tests.rigs import reported_lot as lot

NOW = lot.START + timedelta(days=1)


def kept_picture(evidence: EvidenceStore) -> Evidence:
    """Keep a picture of the first NG part."""
    record = lot.hundred()[lot.OK]
    image = np.full((512, 640, 3), 120, np.uint8)
    frame = Frame(image, 1, 0.0, record.taken_utc, "test")
    kept = evidence.save(Inspection(record, None, frame, Recipe(name=lot.RECIPE)))
    assert kept is not None
    return kept


@pytest.fixture
def facts(store: Database, evidence: EvidenceStore) -> Facts:
    lot.store_it(store, kept_picture(evidence))
    return gather(store, of_lot(store, lot.LOT), "정유진", now=NOW, zone=UTC)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Lot report", "What stands out", "NG rate per hour", "Golden samples", "dent"]),
        ("ko", ["로트 보고서", "주의할 점", "시간당 NG율", "골든 샘플", "서명", "dent"]),
    ],
)
def test_a_pdf_has_its_words_and_its_fonts(
    facts: Facts, evidence: EvidenceStore, language: str, words: list[str]
) -> None:
    data = report_bytes(facts, "pdf", evidence, language, UTC)
    reader = pypdf.PdfReader(io.BytesIO(data))
    text = "\n".join(page.extract_text() for page in reader.pages)
    for word in [*words, lot.LOT, "정유진", "90", "S0095"]:
        assert word in text
    assert reader.metadata is not None
    assert lot.LOT in str(reader.metadata.title)
    fonts = {name: file for page in reader.pages for name, file in embedded(page).items()}
    assert fonts
    assert all(fonts.values()), f"not embedded: {[n for n, file in fonts.items() if not file]}"
    assert {name.partition("+")[2] for name in fonts} == {"NanumGothic", "NanumGothicBold"}


def embedded(page: pypdf.PageObject) -> dict[str, bool]:
    """Return the fonts of a page, and whether their outlines are in the file."""
    found: dict[str, bool] = {}
    for reference in page["/Resources"]["/Font"].values():  # type: ignore[index]
        font = reference.get_object()
        descriptor = font.get("/FontDescriptor")
        found[str(font["/BaseFont"]).lstrip("/")] = bool(
            descriptor and "/FontFile2" in descriptor.get_object()
        )
    return found


def test_every_page_of_a_pdf_is_numbered_and_tables_repeat_their_heads(store: Database) -> None:
    lot.store_it(store)
    facts = gather(store, of_lot(store, lot.LOT), now=NOW, zone=UTC)
    many = [facts.ng.parts[0]] * 120
    from dataclasses import replace

    from app.report.facts import PartList

    long = replace(facts, ng=PartList(tuple(many), 120))
    reader = pypdf.PdfReader(io.BytesIO(report_bytes(long, "pdf", None, "en", UTC)))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) >= 4
    for number, text in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in text
    assert sum("Found on review" in text for text in pages if "S0095" in text) >= 3


class _Page(HTMLParser):
    """Collects addresses, tags and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = ("src", "href", "data", "action", "poster", "srcset", "xlink:href")
        self.addresses += [value or "" for name, value in attrs if name in names]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(data: bytes) -> _Page:
    page = _Page()
    page.feed(data.decode("utf-8"))
    return page


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_needs_nothing_from_outside(
    facts: Facts, evidence: EvidenceStore, language: str
) -> None:
    data = report_bytes(facts, "html", evidence, language, UTC)
    page = parsed(data)
    assert all(one.startswith(("data:image/jpeg;base64,", "#")) for one in page.addresses)
    outside = re.findall(r"url\((?!['\"]?#)[^)]*\)|@import", data.decode("utf-8"))
    assert outside == []
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert page.tags.count("svg") >= 3
    assert sum(one.startswith("data:") for one in page.addresses) == 1
    assert f'<html lang="{language}">' in data.decode("utf-8")


def test_names_cannot_become_markup(store: Database) -> None:
    evil = '<script>alert("x")</script>&amp;<b>$a$b'
    parts = lot.hundred(evil)
    store.add_many(parts, list(lot.said(parts)))
    facts = gather(store, of_lot(store, evil), "<img src=x onerror=1>", now=NOW, zone=UTC)
    page = parsed(report_bytes(facts, "html", None, "en", UTC))
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert evil in "".join(page.text)
    text = pypdf.PdfReader(io.BytesIO(report_bytes(facts, "pdf", None, "en", UTC)))
    assert evil in text.pages[0].extract_text().replace("\n", "")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("file_format", ["pdf", "html"])
def test_an_empty_time_is_a_short_report(store: Database, language: str, file_format: str) -> None:
    facts = gather(store, of_time(lot.START, NOW), now=NOW, zone=UTC)
    data = report_bytes(facts, file_format, None, language, UTC)  # type: ignore[arg-type]
    if file_format == "pdf":
        text = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    else:
        text = "".join(parsed(data).text)
    assert ("No part was judged here" if language == "en" else "판정된 부품이 없어") in text


def test_the_language_of_a_report_leaves_that_of_the_window_alone(facts: Facts) -> None:
    from app import i18n

    report_bytes(facts, "html", None, "ko", UTC)
    assert i18n.language() == "en"


def test_a_lost_picture_is_said_and_the_report_goes_on(
    facts: Facts, evidence: EvidenceStore
) -> None:
    kept = facts.ng.parts[-1].record.evidence
    assert kept is not None
    (evidence.root / kept.image).unlink()
    page = parsed(report_bytes(facts, "html", evidence, "en", UTC))
    assert "The stored picture is gone; it cannot be shown." in "".join(page.text)


def test_a_file_is_replaced_whole(facts: Facts, tmp_path: Path) -> None:
    file = tmp_path / "new" / "shift.html"
    save_report(facts, file, None, "en", UTC)
    first = file.read_bytes()
    save_report(facts, file, None, "ko", UTC)
    assert file.read_bytes() != first
    assert [one.name for one in file.parent.iterdir()] == ["shift.html"]


def test_a_cancelled_report_leaves_the_old_file(facts: Facts, tmp_path: Path) -> None:
    file = tmp_path / "shift.html"
    file.write_text("old", encoding="utf-8")

    def stop() -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        save_report(facts, file, None, "en", UTC, stop)
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.glob(".shift*")) == []


def test_a_place_that_cannot_be_written_is_a_sentence(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        save_report(facts, tmp_path / "file" / "shift.html", None, "en", UTC)
    with pytest.raises(UsageError, match="no known ending"):
        save_report(facts, tmp_path / "shift.doc", None, "en", UTC)


def test_a_shift_without_ng_has_a_sound_scale(store: Database) -> None:
    store.add_many([lot.part(number, 0.2) for number in range(150)])
    facts = gather(store, of_lot(store, lot.LOT), now=NOW, zone=UTC)
    assert facts.trend is not None
    figure = Figure()
    trend_chart(facts.trend, UTC).paint(figure)
    (axes,) = figure.axes
    assert axes.get_ylim() == (0.0, pytest.approx(0.5))
