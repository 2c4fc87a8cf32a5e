"""Scrolls a widget only where there is less room than it needs at least."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, QSize
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QFrame, QScrollArea, QWidget


class _Holder(QWidget):
    """Has the size of its child without a layout.

    With one that holds wrapped texts, a scroll area would ask for the height that they would
    like best, and scroll where nothing has to be scrolled.
    """

    def __init__(self, child: QWidget) -> None:
        super().__init__()
        self._child = child
        child.setParent(self)
        child.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        """Ask for what the child needs."""
        return self._child.minimumSizeHint()

    def sizeHint(self) -> QSize:
        """Ask for what the child needs."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fill the place."""
        self._child.setGeometry(self.rect())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Ask anew when the child has changed."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.setMinimumSize(self._child.minimumSizeHint())
        return False


class TeachScroll(QScrollArea):
    """A frameless scroll area around one widget.

    Args:
        child: What is shown.
    """

    def __init__(self, child: QWidget) -> None:
        super().__init__()
        self.setObjectName("teachScroll")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setWidget(_Holder(child))
