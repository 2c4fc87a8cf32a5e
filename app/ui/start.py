"""From a station to a running window, and back to an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QObject, Qt, QTimer, pyqtSlot
from PyQt5.QtWidgets import QApplication, QMainWindow

from app import i18n, log
from app.errors import UsageError
from app.i18n import tr
from app.paths import Home
from app.settings.keeper import SettingsKeeper
from app.settings.station import StationSettings
from app.station import tasks
from app.station.messages import sentence_of
from app.station.station import Station
from app.ui import display, theme
from app.ui.heartbeat import Heartbeat
from app.ui.language import Language
from app.ui.main_window import MainWindow
from app.ui.office_window import OfficeWindow
from app.ui.pages import LIVE, pages_for
from app.ui.qa_desk import QaDesk
from app.ui.screenshot import Screenshot

# Qt's objects, the station's timers among them, die with the application object; whoever
# closes the station does it after the window is gone. So it lives as long as the process.
_application: list[QApplication] = []


def application() -> QApplication:
    """Return the one QApplication with our font, palette and style.

    Raises:
        UsageError: There is no display to show a window on.
    """
    found = QApplication.instance()
    if isinstance(found, QApplication):
        theme.apply(found)
        return found
    if problem := display.problem():
        raise UsageError(problem)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_EnableHighDpiScaling)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_UseHighDpiPixmaps)
    app = QApplication(sys.argv[:1])
    _application.append(app)
    app.setApplicationName("AD-CLIP Station")
    theme.apply(app)
    return app


def run(
    station: Station,
    keeper: SettingsKeeper,
    home: Home,
    quit_after_s: float | None = None,
    screenshot: Path | None = None,
    desk: QaDesk | None = None,
    page: str = "",
) -> int:
    """Show the window until it is closed; return the exit code.

    The station is neither started nor closed here: `begin` and `close` belong to whoever
    made it. The language in use is that of `app.i18n`.

    Args:
        station: What the window shows and asks.
        keeper: Size, how the heatmap is shown; changes are given back to it.
        home: Where the evidence lies.
        quit_after_s: Close without asking after this time; None to run until closed.
        screenshot: PNG file for a picture of the window, taken while an NG part is shown or,
            if none comes, on closing.
        desk: What the screens of the quality staff work with; None for the live screen alone.
        page: Screen to begin with, "" for the live one.

    Raises:
        UsageError: There is no display.
    """
    app = application()
    language = Language(app)
    language.use(i18n.language())
    window = MainWindow(station, keeper.settings, home, desk)
    window.language_wanted.connect(language.use)
    saver = _Saver(keeper, station.messages.warning, window)
    window.language_wanted.connect(saver.save_language)
    heartbeat = Heartbeat(window)
    is_live = desk is None or page in ("", LIVE[0])
    camera = Screenshot(window, screenshot, window.live if is_live else None)
    _show(window, keeper.settings)
    if not is_live:
        window.pages.show_page(page)
    heartbeat.start()
    if quit_after_s is not None:
        QTimer.singleShot(round(quit_after_s * 1000), window.close_for_good)
    try:
        code = app.exec()
    finally:
        heartbeat.stop()
        camera.finish()
        keeper.change(**window.remembered())
        language.close()
        sip.delete(window)
    p99, worst = heartbeat.percentile_ms(99), heartbeat.percentile_ms(100)
    log.ui.info("event loop delay: p99 %.1f ms, worst %.1f ms", p99, worst)
    return int(code)


def run_office(
    desk: QaDesk,
    quit_after_s: float | None = None,
    screenshot: Path | None = None,
    page: str = "",
) -> int:
    """Show the window of an office PC until it is closed; return the exit code.

    Args:
        desk: What the screens work with; its station is None.
        quit_after_s: Close after this time; None to run until closed.
        screenshot: PNG file for a picture of the window, taken on closing.
        page: Screen to begin with, "" for the review.

    Raises:
        UsageError: There is no display, or the screen needs a station.
    """
    if page not in ("", LIVE[0], *(info.key for info in pages_for(has_station=False))):
        raise UsageError(f"The screen {page!r} needs a station; leave --office out.")
    app = application()
    language = Language(app)
    language.use(i18n.language())
    window = OfficeWindow(desk)
    window.language_wanted.connect(language.use)
    saver = _Saver(desk.keeper, log.ui.warning, window)
    window.language_wanted.connect(saver.save_language)
    camera = Screenshot(window, screenshot, None)
    _show(window, desk.keeper.settings)
    if page not in ("", LIVE[0]):
        window.pages.show_page(page)
    if quit_after_s is not None:
        QTimer.singleShot(round(quit_after_s * 1000), window.close_for_good)
    try:
        code = app.exec()
    finally:
        camera.finish()
        desk.keeper.change(**window.remembered())
        tasks.wait_all(10.0)
        language.close()
        sip.delete(window)
    return int(code)


def _show(window: QMainWindow, settings: StationSettings) -> None:
    """Show the window; one that is as large as the screen is shown maximised instead."""
    screen = window.screen()
    room = screen.availableGeometry().size() if screen is not None else window.size()
    if settings.full_screen:
        window.showFullScreen()
    elif window.width() >= room.width() or window.height() >= room.height():
        window.resize(window.size().boundedTo(room))
        window.showMaximized()
    else:
        window.show()


class _Saver(QObject):
    """Writes the language as soon as it is chosen, away from the GUI thread."""

    def __init__(
        self, keeper: SettingsKeeper, warn: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self._warn = warn

    @pyqtSlot(str)
    def save_language(self, code: str) -> None:
        """Keep a language for the next start."""
        tasks.run(lambda: self._keeper.change(language=code), self._on_saved, self._on_failed)

    def _on_saved(self, saved: bool) -> None:
        if not saved:
            self._warn(tr("The settings could not be saved; see the log."))

    def _on_failed(self, error: Exception) -> None:
        self._warn(sentence_of(error))
