"""Change of language while the program runs: our texts and Qt's own."""

from __future__ import annotations

from PyQt5.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, QTranslator
from PyQt5.QtWidgets import QApplication

from app import i18n, log


class Language:
    """Holds Qt's translator for the language in use; one per application."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._translator: QTranslator | None = None

    def use(self, code: str) -> None:
        """Show everything in another language from now on; every widget sets its texts anew."""
        i18n.set_language(code)
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
            self._translator = None
        if i18n.language() != "en":
            self._install(i18n.language())
        for window in self._app.topLevelWidgets():
            QCoreApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))

    def close(self) -> None:
        """Take Qt's translator out again."""
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
            self._translator = None

    def _install(self, code: str) -> None:
        translator = QTranslator(self._app)
        folder = QLibraryInfo.location(QLibraryInfo.LibraryLocation.TranslationsPath)
        if translator.load(QLocale(code), "qtbase", "_", folder):
            self._app.installTranslator(translator)
            self._translator = translator
        else:
            log.ui.info("Qt has no texts of its own in %s", code)


def next_language() -> str:
    """Return the language that the language button leads to."""
    codes = list(i18n.LANGUAGES)
    return codes[(codes.index(i18n.language()) + 1) % len(codes)]
