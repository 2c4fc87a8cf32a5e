"""The settings in use, and their file."""

from __future__ import annotations

import threading
from pathlib import Path

from app import log
from app.errors import StoreError
from app.settings.station import StationSettings, load, save


class SettingsKeeper:
    """Holds the station's settings and writes every change; any thread may call it.

    Args:
        file: The TOML file; read once, here.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._settings = load(file)
        self._writing = threading.Lock()

    @property
    def settings(self) -> StationSettings:
        """The settings in use."""
        return self._settings

    def change(self, **changes: object) -> bool:
        """Change some settings and write the file; do nothing if they are so already.

        A file that cannot be written is logged; the change holds for this run.

        Returns:
            Whether the file now holds the settings.

        Raises:
            ValueError: A value is out of range or a name is unknown.
        """
        with self._writing:
            values = {**self._settings.model_dump(), **changes}
            changed = StationSettings.model_validate(values)
            if changed == self._settings:
                return True
            self._settings = changed
            try:
                save(self._file, changed)
            except StoreError as error:
                log.station.warning("%s", error)
                return False
            return True
