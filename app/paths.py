"""Where everything lies. The only place that knows folders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Home:
    """One station's own folder: settings, database, evidence, weights, logs."""

    root: Path

    @property
    def settings(self) -> Path:
        """Station settings (TOML)."""
        return self.root / "station.toml"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the default SQLite database."""
        return f"sqlite:///{(self.root / 'station.db').as_posix()}"

    @property
    def evidence(self) -> Path:
        """Raw images and maps of judged parts."""
        return self.root / "evidence"

    @property
    def golden(self) -> Path:
        """Pictures of the golden samples."""
        return self.root / "golden"

    @property
    def weights(self) -> Path:
        """Downloaded or added backbone weights."""
        return self.root / "weights"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints made on this station."""
        return self.root / "checkpoints"

    @property
    def jobs(self) -> Path:
        """The queue of trainings, each job a file."""
        return self.root / "jobs"

    @property
    def runtimes(self) -> Path:
        """OpenVINO forms of checkpoints, and how fast they are here; may be deleted."""
        return self.root / "runtimes"

    @property
    def logs(self) -> Path:
        """Rotating logs and crash reports."""
        return self.root / "logs"


def home(override: Path | None = None) -> Home:
    """Return the station's folder: `override`, else ADCLIP_HOME, else the platform's."""
    if override is None and (variable := os.environ.get("ADCLIP_HOME")):
        override = Path(variable)
    if override is None:
        override = Path(platformdirs.user_data_path("adclip-station", appauthor=False))
    return Home(override.expanduser().absolute())


def resources() -> Path:
    """Return the folder of icons, texts and styles."""
    return _ROOT / "resources"


def shipped_checkpoints() -> Path:
    """Return the folder of the checkpoints that come with the program."""
    return _ROOT / "checkpoints"
