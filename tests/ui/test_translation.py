from __future__ import annotations

import re
import string

import pytest
from babel.messages import pofile
from PyQt5.QtCore import QCoreApplication
from PyQt5.QtWidgets import QAbstractButton, QLabel, QLineEdit, QMessageBox, QWidget

from app import i18n, paths
from app.ui.actions import ACTIONS
from app.ui.screens.live_layout import LiveLayout
from app.ui.widgets.part_dialog import PartDialog
from tests.ui.conftest import Desk
from tests.ui.source_texts import SourceText, source_texts

TEXTS = source_texts()

# Words that are the same in both languages, and names that come from data, not from us.
ALLOWED = {
    "OK", "NG", "AD-CLIP", "English", "paint", "Painted", "plate", "cpu", "fps", "ms", "px", "mm",
}  # fmt: skip


def korean() -> dict[str, tuple[str, ...]]:
    """Return msgid -> all translated forms, of all areas; no text stands in two of them."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((paths.resources() / "i18n" / "ko").glob("*.po")):
        with file.open("rb") as stream:
            catalog = pofile.read_po(stream, locale="ko", abort_invalid=True)
        assert not [m.id for m in catalog if m.id and m.fuzzy], f"fuzzy translations in {file.name}"
        for message in catalog:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = (message.string,) if isinstance(message.string, str) else message.string
            assert key == "" or key not in found, f"{key!r} is in two catalogues"
            found[key] = tuple(forms)
    return found


KOREAN = korean()


def placeholders(text: str) -> list[str]:
    return sorted(
        f"{name}!{conversion}:{spec}"
        for _, name, spec, conversion in string.Formatter().parse(text)
        if name is not None
    )


def test_the_search_finds_texts_of_every_kind() -> None:
    found = {text.text for text in TEXTS}
    assert {"Start", "No picture yet", "{count} region, {area} px"} <= found
    assert len(TEXTS) > 120


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.place}")
def test_every_text_is_translated_with_its_placeholders(text: SourceText) -> None:
    forms = KOREAN.get(text.text, ())
    assert forms, f"{text.place}: {text.text!r} is in no catalogue"
    assert all(forms), f"{text.place}: {text.text!r} is empty"
    for form in forms:
        assert placeholders(form) == placeholders(text.plural or text.text), text.place


def test_no_translation_is_left_over() -> None:
    assert set(KOREAN) - {text.text for text in TEXTS} - {""} == set()


def visible_texts(root: QWidget) -> list[str]:
    """Return what can be read on the screen, tooltips included."""
    texts: list[str] = []
    for widget in (root, *root.findChildren(QWidget)):
        if isinstance(widget, QLabel | QAbstractButton):
            texts.append(widget.text())
        elif isinstance(widget, QLineEdit):
            texts.append(widget.placeholderText())
        texts += [widget.toolTip(), widget.accessibleName(), widget.windowTitle()]
    return [text for text in texts if text]


def foreign(texts: list[str]) -> set[str]:
    """Return the Latin words longer than three letters that are not allowed."""
    without_keys = [re.sub(r"\((F\d+|Space|Ctrl\+\w)\)$", "", text) for text in texts]
    words = {word for text in without_keys for word in re.findall(r"[A-Za-z-]{4,}", text)}
    return words - ALLOWED


def in_korean(desk: Desk) -> LiveLayout:
    desk.press("language")
    assert i18n.language() == "ko"
    return desk.window.live.layout_


def test_no_visible_text_bypasses_gettext(desk: Desk) -> None:
    layout = in_korean(desk)
    texts = visible_texts(desk.window)
    assert "시작" in texts
    assert foreign(texts) == set()
    desk.scene.part = "ng"
    desk.run_until("NG")
    desk.wait(lambda: len(layout.strip.thumbnails) > 0)
    assert foreign(visible_texts(desk.window)) == set()
    desk.press("false_call")
    dialog = desk.window.findChild(PartDialog)
    # The record's id is 36 hexadecimal letters.
    assert foreign([text for text in visible_texts(dialog) if len(text) != 36]) == set()
    dialog.close()


def test_the_language_changes_everything_at_once_and_back(desk: Desk) -> None:
    before = visible_texts(desk.window)
    layout = in_korean(desk)
    assert [action.text() for action in desk.window.actions_.values()] == [
        i18n.tr(info.text) for info in ACTIONS
    ]
    assert layout.commands.buttons["start"].text() == "시작"
    assert layout.state.text() == "정지됨"
    assert desk.window.windowTitle() == "AD-CLIP 검사 스테이션"
    desk.press("language")
    assert visible_texts(desk.window) == before


def test_the_painted_texts_follow_the_language_too(desk: Desk) -> None:
    desk.run_until("OK")
    layout = desk.window.live.layout_
    english = layout.banner.grab().toImage()
    desk.press("language")
    assert layout.gauge.texts()[0].startswith("점수")
    assert layout.banner.accessibleName() == "OK: 양품: 다음 부품"
    assert layout.banner.grab().toImage() != english


def test_qts_own_buttons_are_korean_too(desk: Desk) -> None:
    in_korean(desk)
    box = QMessageBox(desk.window)
    box.setStandardButtons(QMessageBox.StandardButton.Cancel)
    button = box.button(QMessageBox.StandardButton.Cancel)
    assert button is not None
    assert button.text() == "취소"
    box.deleteLater()
    QCoreApplication.processEvents()


def test_an_open_dialog_follows_the_language(desk: Desk) -> None:
    desk.scene.part = "ng"
    desk.run_until("NG")
    desk.wait(lambda: len(desk.window.live.layout_.strip.thumbnails) > 0)
    desk.press("false_call")
    dialog = desk.window.findChild(PartDialog)
    desk.language.use("ko")
    assert dialog.windowTitle() == "NG 부품"
    assert "이유" in visible_texts(dialog)
    dialog.close()
