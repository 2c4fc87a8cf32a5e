"""What every step of teaching a product is."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, pyqtSignal
from PyQt5.QtWidgets import QWidget

from app.ui.screens.teach_state import TeachState


class TeachStep(QWidget):
    """One page of the flow.

    Args:
        state: The draft and its frames.
        parent: The flow.

    Attributes:
        needs_frames: Frames of the chosen camera come while it is shown.

    Signals:
        lacking: What the step lacks may be another thing than before.
        said: The person should read this. arg: one sentence, "" for nothing.
    """

    needs_frames = False

    lacking = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state

    def heading(self) -> str:
        """Return what is to be done here, one sentence in the language in use."""
        raise NotImplementedError

    def lack(self) -> str:
        """Return why one cannot go on yet, beside what `app.teaching.steps` says; "" if one can."""
        return ""

    def entered(self) -> None:
        """It is shown from now on."""

    def left(self) -> None:
        """It is no longer shown; whatever runs for it rests."""

    def confirmed(self) -> None:
        """The person goes on: keep what was chosen."""

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""

    def retranslate(self) -> None:
        """Set all texts anew."""

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
