"""Texts in the user's language, by gettext. English is the source language.

The catalogues are the .po files themselves, one per area in the folder of a language,
compiled in memory, so that no built file can be older than its source.
"""

from __future__ import annotations

import gettext
import io
import locale
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from babel.messages import mofile, pofile

from app import paths

LANGUAGES: dict[str, str] = {"en": "English", "ko": "한국어"}

_language = "en"
_spoken: ContextVar[str] = ContextVar("spoken", default="")


def N_(text: str) -> str:
    """Mark a constant for translation and return it unchanged; `tr` it when shown."""
    return text


def language() -> str:
    """Return the language in use, a key of `LANGUAGES`."""
    return _spoken.get() or _language


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use a language inside the block, in this thread alone: a report in another one."""
    before = _spoken.set(code if code in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(before)


def set_language(code: str) -> None:
    """Use another language from now on; an unknown code means English."""
    global _language
    _language = code if code in LANGUAGES else "en"


def system_language() -> str:
    """Return the language of the computer's user if we speak it, else English."""
    name = locale.getlocale()[0] or ""
    return "ko" if name.lower().startswith(("ko", "korean")) else "en"


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    joined: gettext.NullTranslations = gettext.NullTranslations()
    for file in sorted((paths.resources() / "i18n" / code).glob("*.po")):
        with file.open("rb") as stream:
            catalog = pofile.read_po(stream, locale=code)
        compiled = io.BytesIO()
        mofile.write_mo(compiled, catalog)
        compiled.seek(0)
        area = gettext.GNUTranslations(compiled)
        area.add_fallback(joined)
        joined = area
    return joined


def tr(text: str) -> str:
    """Return `text` in the language in use; placeholders are filled by the caller."""
    return _catalogue(language()).gettext(text) if text else text


def trn(one: str, many: str, number: int) -> str:
    """Return the singular or plural form for `number` in the language in use."""
    return _catalogue(language()).ngettext(one, many, number)
