"""What a change of recipe is doing, and how it ended, in one line."""

from __future__ import annotations

from PyQt5.QtCore import QTimer, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.i18n import tr
from app.inspection.recipe import Recipe
from app.station.change_over import ChangeOver

_SEEN_MS = 12_000


class RecipeNotice(QFrame):
    """Steps with a bar while a change-over goes on, then its end, until somebody has read it.

    What worked goes by itself after a while; what is wrong stays.

    Signals:
        toggled: It was shown or hidden.
    """

    toggled = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipeNotice")
        self.text, self.bar, self.ok_button = QLabel(), QProgressBar(), QPushButton()
        self.text.setWordWrap(True)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(220)
        # What stands below must not jump when the button comes at the end.
        self.setMinimumHeight(58)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.addWidget(self.text, 1)
        row.addWidget(self.bar)
        row.addWidget(self.ok_button)
        self._seen = QTimer(self)
        self._seen.setSingleShot(True)
        self._seen.setInterval(_SEEN_MS)
        self._seen.timeout.connect(self._on_read)
        self.ok_button.clicked.connect(self._on_read)
        self.retranslate()
        self.hide()

    def follow(self, change: ChangeOver) -> None:
        """Show what this change-over does from now on."""
        change.progressed.connect(self._on_progress)
        change.done.connect(self._on_done)
        change.failed.connect(self.show_problem)

    def show_said(self, text: str) -> None:
        """Show that something worked."""
        self._show(f"✓ {text}", alarm=False)
        self._seen.start()

    @pyqtSlot(str)
    def show_problem(self, text: str) -> None:
        """Show what is wrong."""
        self._show(f"✕ {text}", alarm=True)

    def retranslate(self) -> None:
        """Set the texts anew that are always the same."""
        self.ok_button.setText(tr("Close"))

    @pyqtSlot()
    def _on_read(self) -> None:
        self._seen.stop()
        self.hide()
        self.toggled.emit()

    @pyqtSlot(str, int, int)
    def _on_progress(self, text: str, number: int, of: int) -> None:
        said = tr("Change of recipe, step {number} of {of}: {text} …")
        self._show(said.format(number=number, of=of, text=text), alarm=False)
        self.bar.setRange(0, of)
        self.bar.setValue(number - 1)
        self.bar.show()
        self.ok_button.hide()

    @pyqtSlot(object)
    def _on_done(self, recipe: Recipe) -> None:
        text = tr("Recipe {name}, version {version}, is in force.")
        self.show_said(text.format(name=recipe.name, version=recipe.version))

    def _show(self, text: str, *, alarm: bool) -> None:
        self._seen.stop()
        self.text.setText(text)
        self.bar.hide()
        self.ok_button.show()
        if self.property("alarm") != alarm:
            self.setProperty("alarm", alarm)
            for widget in (self, self.text):
                style = widget.style()
                if style is not None:
                    style.unpolish(widget)
                    style.polish(widget)
        self.show()
        self.toggled.emit()
