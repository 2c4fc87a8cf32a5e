"""A time axis in the computer's time zone that reads alike in every language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pyqtgraph as pg

_DAY = 86_400

# Smallest distance of the ticks in seconds -> how they are written; no names of months or days
_FORMATS = ((300 * _DAY, "%Y"), (27 * _DAY, "%Y-%m"), (_DAY, "%m-%d"), (60, "%H:%M"))


class TimeAxis(pg.DateAxisItem):  # type: ignore[misc]
    """Days as 05-17, hours as 14:30; seconds since 1970 are shown."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the texts of ticks.

        Args:
            values: Where they are, epoch seconds.
            scale: Of no account: time has no prefix.
            spacing: Distance of the ticks, seconds.
        """
        finest = min(spec.spacing for spec in self.zoomLevel.tickSpecs)
        # The first of a month among days is a day; "2026-11" would cover its neighbours.
        distance = min(spacing, _DAY) if finest <= _DAY else spacing
        wanted = next((text for least, text in _FORMATS if distance >= least), "%H:%M:%S")
        return [f"{datetime.fromtimestamp(at, UTC).astimezone():{wanted}}" for at in values]
