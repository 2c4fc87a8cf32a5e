"""The small print at the bottom: camera, speed, age, model, losses, device, checkpoint."""

from __future__ import annotations

from PyQt5.QtCore import QEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.i18n import N_, tr

# Key of a field -> (what it is called, what it means), in the order shown.
FIELDS: dict[str, tuple[str, str]] = {
    "camera": (N_("Camera"), N_("Whether pictures arrive from the camera")),
    "fps": (N_("Speed"), N_("Parts judged / pictures taken, per second")),
    "age": (N_("Age"), N_("How long ago the last judged picture was taken")),
    "model": (N_("Model"), N_("Time that the model needs for one picture")),
    "lost": (N_("Skipped"), N_("Pictures that were replaced by newer ones before being judged")),
    "device": (N_("Device"), N_("What the model runs on")),
    "checkpoint": (N_("Checkpoint"), N_("The model that judges")),
}


class StatusBar(QFrame):
    """One line of name and value pairs; a value can be marked as abnormal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 10, 3)
        row.setSpacing(0)
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, QLabel] = {}
        for key in FIELDS:
            name, value = QLabel(), QLabel("–")
            name.setProperty("role", "faint")
            self._names[key], self._values[key] = name, value
            row.addWidget(name)
            row.addWidget(value)
            row.addSpacing(6)
        row.addStretch(1)
        self._values["checkpoint"].setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred
        )
        self.retranslate()

    def show_value(self, key: str, text: str, alarm: bool = False) -> None:
        """Show a field's value, marked if it is abnormal.

        Args:
            key: One of `FIELDS`.
            text: Translated text with its unit.
            alarm: True if an operator has to know.
        """
        label = self._values[key]
        if label.text() != text:
            label.setText(text)
        if bool(label.property("alarm")) != alarm:
            label.setProperty("alarm", alarm)
            style = label.style()
            if style is not None:
                style.unpolish(label)
                style.polish(label)

    def value(self, key: str) -> str:
        """Return a field's text."""
        return self._values[key].text()

    def retranslate(self) -> None:
        """Set all names anew."""
        for key, (name, meaning) in FIELDS.items():
            self._names[key].setText(tr(name))
            for label in (self._names[key], self._values[key]):
                label.setToolTip(tr(meaning))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
