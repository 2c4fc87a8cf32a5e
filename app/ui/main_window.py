"""The window: holds the screens, does what the actions ask, asks before it closes."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QTimer, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QCloseEvent, QResizeEvent
from PyQt5.QtWidgets import QApplication, QMainWindow, QMessageBox, QWidget

from app.i18n import N_, tr
from app.paths import Home
from app.settings.station import StationSettings
from app.station.messages import Message
from app.station.station import Station
from app.station.status import StationState
from app.ui import actions, icons, theme
from app.ui.language import next_language
from app.ui.line_chip import LineChip
from app.ui.page_stack import PageStack
from app.ui.qa_desk import QaDesk
from app.ui.recipe_switch import RecipeSwitch
from app.ui.screens.live import LiveScreen
from app.ui.standing_notice import StandingNotice

_TITLE = N_("AD-CLIP Station")
_MESSAGE_MS = 8000


class MainWindow(QMainWindow):
    """The station's window; it asks the station and shows what it answers.

    Signals:
        language_wanted: The operator wants another language. arg: its code.
    """

    language_wanted = pyqtSignal(str)

    def __init__(
        self,
        station: Station,
        settings: StationSettings,
        home: Home,
        desk: QaDesk | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Build the window.

        Args:
            station: What is shown and asked.
            settings: Size of the window and how the heatmap is shown.
            home: Where the evidence files lie.
            desk: What the screens of the quality staff work with; None for the live screen alone.
            parent: Normally none.
        """
        super().__init__(parent)
        self._station = station
        self._scale = 1.0
        self._may_close = False
        self._question: QMessageBox | None = None
        self.actions_ = actions.build(self, self)
        evidence = desk.evidence.root if desk else home.evidence
        self.live = LiveScreen(station, self.actions_, evidence)
        self.live.false_call_wanted.connect(self.mark_false_call)
        self.recipe_switch = RecipeSwitch(desk, self.live, self) if desk else None
        self.pages = PageStack(desk, self.live, self)
        self.setCentralWidget(self.pages)
        actions.keep_to(self.live, self.actions_, self)
        self.live.setFocus()
        self._chip = LineChip(self.live, self.pages.bar, self)
        self.pages.shown.connect(self._chip.show_for)
        self._notice = StandingNotice(station, desk.drift if desk else None, self.pages.bar, self)
        self.pages.bar.notice_clicked.connect(self._on_notice_clicked)
        self.setWindowIcon(icons.icon("station"))
        self.setMinimumSize(1024, 640)
        self._message_timer = QTimer(self)
        self._message_timer.setSingleShot(True)
        self._message_timer.setInterval(_MESSAGE_MS)
        self._message_timer.timeout.connect(self._on_message_old)
        station.messages.listen(self._on_message)
        self._retranslate()
        self._take(settings)

    # -- Commands ------------------------------------------------------------------------

    def start(self) -> None:
        """Judge parts."""
        self._station.start()

    def pause(self) -> None:
        """Judge no more parts, keep the camera open."""
        self._station.pause()

    def stop(self) -> None:
        """Judge no more parts, close the camera."""
        self._station.stop()

    def single_shot(self) -> None:
        """Judge one part."""
        self._station.single_shot()

    def acknowledge(self) -> None:
        """Say that the fault was seen."""
        self._station.acknowledge()

    def false_call(self) -> None:
        """Show the newest NG part large, with the button that marks it.

        On a moving line "the newest" may have changed since the operator decided, so the
        part is shown before it is marked.
        """
        newest = self.live.history.newest
        if newest:
            self.live.open_part(newest)

    def show_overlay(self, visible: bool) -> None:
        """Show or hide the heatmap."""
        self.live.layout_.view.set_overlay_visible(visible)

    def show_contours(self, visible: bool) -> None:
        """Show or hide the outlines."""
        self.live.layout_.view.set_contours_visible(visible)

    def show_full_screen(self, full: bool) -> None:
        """Fill the screen or go back to a window."""
        if full:
            self.showFullScreen()
        else:
            self.showNormal()

    def change_language(self) -> None:
        """Go on to the next language."""
        self.language_wanted.emit(next_language())

    def reset_counters(self) -> None:
        """Ask, then count from zero."""
        self._ask(tr("Count the parts from zero? Stored verdicts stay."), self._on_reset_answered)

    # -- the rest ------------------------------------------------------------------------

    @pyqtSlot(str)
    def mark_false_call(self, record_id: str) -> None:
        """Ask the station to store that a part is good after all."""
        self._station.mark_false_call(record_id)

    def close_for_good(self) -> None:
        """Close without asking."""
        self._may_close = True
        self.pages.leave()
        self.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ask first while parts are being inspected."""
        idle = self._station.status().phase is StationState.IDLE
        if event is None or idle or self._may_close:
            super().closeEvent(event)
            return
        event.ignore()
        self._ask(
            tr("Parts are being inspected. Stop and close the program?"), self._on_close_answered
        )

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use larger letters and buttons in a larger window."""
        super().resizeEvent(event)
        scale = theme.scale_for(self.width(), self.height())
        app = QApplication.instance()
        if scale != self._scale and isinstance(app, QApplication):
            self._scale = scale
            app.setStyleSheet(theme.style_sheet(scale))
            self.live.set_scale(scale)
            self.pages.set_scale(scale)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language, and of the window's state by other means."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        elif event is not None and event.type() == QEvent.Type.WindowStateChange:
            self.actions_["full_screen"].setChecked(self.isFullScreen())

    def remembered(self) -> dict[str, object]:
        """Return what the next start should find as it is now, by name in the settings."""
        size = self.normalGeometry().size() if self.isVisible() else self.size()
        return {
            "window_width_px": size.width(),
            "window_height_px": size.height(),
            "full_screen": self.isFullScreen(),
            "overlay_opacity": self.live.layout_.opacity.value() / 100,
            "overlay_on": self.actions_["overlay"].isChecked(),
        }

    def _take(self, settings: StationSettings) -> None:
        self.resize(settings.window_width_px, settings.window_height_px)
        self.live.layout_.opacity.setValue(round(settings.overlay_opacity * 100))
        if not settings.overlay_on:
            self.actions_["overlay"].trigger()

    def _retranslate(self) -> None:
        self.setWindowTitle(tr(_TITLE))
        self.pages.bar.retranslate()
        self._notice.refresh()
        actions.retranslate(self.actions_)

    def _ask(self, question: str, answered: object) -> None:
        """Ask yes or no without stopping the event loop; one question at a time."""
        if self._question is not None:
            self._question.raise_()
            return
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr(_TITLE))
        box.setText(question)
        box.addButton(QMessageBox.StandardButton.Yes)
        box.addButton(QMessageBox.StandardButton.No)
        box.setDefaultButton(QMessageBox.StandardButton.No)
        box.finished.connect(self._on_question_finished)
        box.finished.connect(answered)  # type: ignore[arg-type]
        self._question = box
        box.open()

    @pyqtSlot()
    def _on_notice_clicked(self) -> None:
        self.pages.show_page("health")

    @pyqtSlot(int)
    def _on_question_finished(self, answer: int) -> None:
        if self._question is not None:
            self._question.deleteLater()
            self._question = None

    @pyqtSlot(int)
    def _on_close_answered(self, answer: int) -> None:
        if answer == QMessageBox.StandardButton.Yes:
            self.close_for_good()

    @pyqtSlot(int)
    def _on_reset_answered(self, answer: int) -> None:
        if answer == QMessageBox.StandardButton.Yes:
            self._station.reset_tally()

    @pyqtSlot(object)
    def _on_message(self, message: Message) -> None:
        label = self.live.layout_.message
        label.setText(message.text)
        label.setToolTip(message.text)
        self._message_timer.start()

    @pyqtSlot()
    def _on_message_old(self) -> None:
        self.live.layout_.message.setText("")
