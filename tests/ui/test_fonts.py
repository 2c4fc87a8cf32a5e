from __future__ import annotations

import pytest
from PyQt5.QtWidgets import QApplication

from app.ui import theme


def test_the_program_brings_a_font_with_hangul(app: QApplication) -> None:
    theme._load_shipped.cache_clear()
    assert theme._load_shipped() & set(theme.FAMILIES)


def test_without_an_installed_family_the_shipped_one_is_loaded(
    app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter((None, "NanumGothic"))
    monkeypatch.setattr(theme, "_installed", lambda: next(found))
    theme._load_shipped.cache_clear()
    assert theme.font_family() == "NanumGothic"
    assert theme._load_shipped.cache_info().currsize == 1
