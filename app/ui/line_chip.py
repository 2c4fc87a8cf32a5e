"""What the line does, for whoever looks at another screen than the live one."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSlot

from app.i18n import N_, tr
from app.station.status import StationState
from app.ui import theme
from app.ui.liveness import STATE_WORDS
from app.ui.pages import LIVE
from app.ui.screens.live import LiveScreen
from app.ui.verdict_look import LOOKS
from app.ui.widgets.page_bar import PageBar

_SHORT = 60
_FAULT = N_("FAULT: {sentence}")


class LineChip(QObject):
    """Says on the bar what the live screen's banner says; nothing while that is shown itself.

    It has no judgement of its own: a verdict that the live screen no longer stands by (camera
    lost, fault, too old) must not linger here either.
    """

    def __init__(self, live: LiveScreen, bar: PageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._live = live
        self._bar = bar
        self._is_hidden = True
        live.looked.connect(self._on_looked)

    def show_for(self, key: str) -> None:
        """Show or hide the words; `key` is that of the screen that is shown."""
        self._is_hidden = key == LIVE[0]
        self._on_looked()

    @pyqtSlot()
    def _on_looked(self) -> None:
        if self._is_hidden:
            self._bar.show_line("", "", "")
            return
        look, status = self._live.look, self._live.status
        if status.state is StationState.FAULT:
            sentence = status.fault
            if len(sentence) > _SHORT:
                sentence = sentence[: _SHORT - 1] + "…"
            text = tr(_FAULT).format(sentence=sentence)
        elif look in LOOKS.values():
            text = f"{tr(STATE_WORDS[status.state])} · {tr(look.word)}"
        else:
            text = f"{tr(look.word)} · {tr(look.advice)}"
        self._bar.show_line(text, theme.COLOURS[look.colour], look.ink)
