"""Languages and placeholders."""

from __future__ import annotations

from app import i18n


def test_unknown_language_is_english() -> None:
    i18n.set_language("xx")
    assert i18n.language() == "en"
    assert i18n.tr("Start") == "Start"
    assert i18n.tr("") == ""


def test_korean_is_used_and_unknown_texts_come_back() -> None:
    i18n.set_language("ko")
    assert i18n.tr("Start") == "시작"
    assert i18n.tr("no such text anywhere") == "no such text anywhere"
    assert i18n.trn("%d thing never translated", "%d things never translated", 2).startswith("%d")


def test_the_system_language_is_one_of_ours() -> None:
    assert i18n.system_language() in i18n.LANGUAGES
