"""Choose where pictures come from, see them live and set the camera."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QWidget

from app.inspection.recipe_parts import CameraSettings
from app.station.frame_feed import FrameFeed


class CameraPicker(QWidget):
    """Running line, camera of this computer, network, folder, video or demo; with its picture.

    Args:
        feed: Brings the frames; the caller goes on with it when a camera was chosen.
        parent: Window that it belongs to.

    Signals:
        changed: Another address or other settings were chosen, or frames came or stayed away.
    """

    changed = pyqtSignal()

    def __init__(self, feed: FrameFeed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.feed = feed

    @property
    def address(self) -> str:
        """Camera address as a recipe keeps it; "" while none is chosen or it is not right."""
        return ""

    @property
    def settings(self) -> CameraSettings:
        """What is to be set at the camera."""
        return CameraSettings()

    @property
    def has_picture(self) -> bool:
        """Whether frames come from what is chosen."""
        return False

    def set_camera(self, address: str, settings: CameraSettings | None = None) -> None:
        """Choose an address and settings, as a recipe has them; "" for the running line."""

    def stop(self) -> None:
        """Watch nothing any more; call it when the widget is left."""
