from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit

from app.inspection.judgement import Inspection
from app.inspection.verdict import Verdict
from app.review.filtering import Period
from app.ui import theme
from app.ui.language import Language
from tests.rigs.review_desk import a_part
from tests.ui.review.conftest import Bench

K = Qt.Key
# The bar of the screens takes 52 pixels of the window.
SIZES = [(1280, 748), (1920, 1020)]


@pytest.fixture
def parts() -> list[Inspection]:
    """One part of every verdict; the longest words are those of OK and ERROR."""
    return [
        a_part(number, verdict, sampled=verdict is Verdict.OK, second_opinion=True)
        for number, verdict in enumerate(Verdict, start=1)
    ]


@pytest.fixture
def language(app: QApplication) -> Iterator[Language]:
    made = Language(app)
    yield made
    made.use("en")
    made.close()
    app.setStyleSheet(theme.style_sheet(1.0))


def show_at(bench: Bench, size: tuple[int, int]) -> None:
    scale = theme.scale_for(size[0], size[1] + 60)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet(theme.style_sheet(scale))
    bench.page.set_scale(scale)
    bench.bot.wait(30)
    bench.page.resize(*size)
    bench.bot.wait(30)


def clipped(bench: Bench) -> list[str]:
    """Texts of labels and buttons that have less room than they need."""
    found: list[str] = []
    for widget in bench.page.findChildren(QLabel) + bench.page.findChildren(QAbstractButton):
        inside = widget is not bench.page.layout_.notice
        inside &= not bench.page.layout_.facts.isAncestorOf(widget)  # it scrolls
        if not widget.isVisible() or not widget.text() or not inside:
            continue
        wanted = widget.sizeHint()
        height = widget.heightForWidth(widget.width())
        needed = height if height > 0 else wanted.height()
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        if (not wraps and widget.width() < wanted.width()) or widget.height() < needed:
            found.append(f"{widget.text()}: {widget.size()} < {wanted}")
    return found


def small_targets(bench: Bench) -> list[str]:
    kinds = (QAbstractButton, QComboBox, QLineEdit)
    found = [w for kind in kinds for w in bench.page.findChildren(kind) if w.isVisible()]
    inner = [w for w in found if isinstance(w.parent(), QLineEdit | QComboBox)]
    return [
        f"{type(w).__name__} {w.accessibleName()} {w.size()}"
        for w in found
        if w not in inner and min(w.width(), w.height()) < 40
    ]


def keep(bench: Bench, name: str) -> None:
    """Keep a picture for a person to look at, if ADCLIP_SCREENSHOTS names a folder."""
    if folder := os.environ.get("ADCLIP_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        assert bench.page.grab().save(str(Path(folder) / f"{name}.png"))


@pytest.mark.parametrize("code", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_is_clipped_or_small(
    bench: Bench, language: Language, size: tuple[int, int], code: str
) -> None:
    language.use(code)
    show_at(bench, size)
    for serial in ("0004", "0003", "0002", "0001"):
        bench.wait_for(serial)
        assert (bench.page.width(), bench.page.height()) == size
        bench.wait(lambda: clipped(bench) == [])
        assert small_targets(bench) == []
        keep(bench, f"review-{serial}-{code}-{size[0]}")
        bench.press(K.Key_Down)


@pytest.mark.parametrize("code", ["en", "ko"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_all_filters_and_a_fault_fit_too(
    bench: Bench, language: Language, size: tuple[int, int], code: str
) -> None:
    language.use(code)
    show_at(bench, size)
    filters = bench.page.layout_.filters
    filters.period_box.setCurrentIndex(filters.period_box.findData(Period.SPAN))
    filters.period_box.activated.emit(filters.period_box.currentIndex())
    bench.wait(lambda: bench.shown() is not None and not bench.page.layout_.model.is_loading)
    bench.press(K.Key_Escape)
    bench.store.broken = True
    bench.press(K.Key_Return)
    bench.wait(lambda: bool(bench.page.layout_.fault.text))
    bench.wait(lambda: clipped(bench) == [])
    assert small_targets(bench) == []
    assert (bench.page.width(), bench.page.height()) == size
    keep(bench, f"review-filters-{code}-{size[0]}")
