"""The large buttons below the picture."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt5.QtCore import QSize
from PyQt5.QtWidgets import QAction, QHBoxLayout, QPushButton, QSizePolicy, QWidget


class ActionButton(QPushButton):
    """A push button that follows an action: text, icon, enabled, switched on."""

    def __init__(self, action: QAction, large: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setProperty("target", "large" if large else "normal")
        self.setCheckable(action.isCheckable())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        self.setText(self._action.text())
        self.setIcon(self._action.icon())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(self._action.text())
        self.setEnabled(self._action.isEnabled())
        self.setChecked(self._action.isChecked())

    def set_icon_side(self, side_px: int) -> None:
        """Set the icon's size in pixels."""
        self.setIconSize(QSize(side_px, side_px))


class CommandBar(QWidget):
    """A row of groups of buttons, the groups set apart."""

    def __init__(
        self, groups: Iterable[Iterable[QAction | QWidget]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.buttons: dict[str, ActionButton] = {}
        for number, group in enumerate(groups):
            if number:
                row.addSpacing(10)
            for item in group:
                if isinstance(item, QWidget):
                    row.addWidget(item, 1)
                else:
                    button = ActionButton(item, large=True)
                    self.buttons[item.objectName()] = button
                    row.addWidget(button, 1)

    def set_icon_side(self, side_px: int) -> None:
        """Set the size of all icons in pixels."""
        for button in self.buttons.values():
            button.set_icon_side(side_px)
