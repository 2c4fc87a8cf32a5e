"""Settings of one station; one TOML file in its home."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.settings.files import Upgrade, good_values, read_toml, upgraded, write_toml

VERSION: Literal[1] = 1

# Version n -> the function that turns the values of version n into those of n + 1.
UPGRADES: dict[int, Upgrade] = {}


_SHIFT = r"^([01]\d|2[0-3]):[0-5]\d \S.{0,79}$"


class StationSettings(BaseModel):
    """What belongs to the place, not to a product; immutable.

    Attributes:
        version: Version of this file's keys.
        station: Name of the station in every record.
        language: "en" or "ko"; "" for that of the computer's user.
        database_url: SQLAlchemy URL; "" for the SQLite file in the home folder.
        evidence_folder: Where the stored pictures lie, a share of the network for instance; ""
            for the folder in the home.
        device: Where the model runs: "auto" takes CUDA if there is one, else the CPU.
        runtime: What runs the model there: "auto" takes OpenVINO on CPUs where it is installed,
            faster and gives the same results; "torch"; "openvino"; "tensorrt" where it is
            installed and gives the same results.
        evidence_quota_gb: Images and maps may take this much of the disk, 10^9 bytes.
        preview_side_px: Longer side of the picture that the window gets, pixels.
        window_width_px: Window width, pixels.
        window_height_px: Window height, pixels.
        full_screen: Open in full screen.
        overlay_opacity: Opacity of the heatmap, 0 to 1.
        overlay_on: Show heatmap and contours.
        recipe: Recipe used last; "" for the first one.
        recipe_version: Its version that was in force last; 0 if it is not known.
        approval_required: A version of a recipe is used for production only after a second
            person, other than its author, approved it.
        lot: Lot in hand.
        shift: Shift in hand.
        shifts: When each shift begins, like "06:00 A"; then they begin by themselves, with a
            check of the golden samples. None: a person names the shift.
        reviewer: Name of the person who reviews at this desk.
        tally_since: Parts taken before are not counted; None for the whole lot.
        start_judging: Begin to judge as soon as the program has started.
        slowdown_limit: A training is held while it costs the line more than this share of its
            speed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    version: Literal[1] = VERSION
    station: str = Field(default="station-1", min_length=1, max_length=80)
    language: Literal["", "en", "ko"] = ""
    database_url: str = ""
    evidence_folder: str = ""
    device: str = Field(default="auto", min_length=1, max_length=20)
    runtime: Literal["auto", "torch", "openvino", "tensorrt"] = "auto"
    evidence_quota_gb: float = Field(default=20.0, gt=0)
    preview_side_px: int = Field(default=1280, ge=320, le=8192)
    window_width_px: int = Field(default=1280, ge=640, le=16384)
    window_height_px: int = Field(default=800, ge=480, le=16384)
    full_screen: bool = False
    overlay_opacity: float = Field(default=0.6, ge=0, le=1)
    overlay_on: bool = True
    recipe: str = Field(default="", max_length=80)
    recipe_version: int = Field(default=0, ge=0)
    approval_required: bool = False
    lot: str = Field(default="", max_length=200)
    shift: str = Field(default="", max_length=80)
    shifts: tuple[Annotated[str, Field(pattern=_SHIFT)], ...] = Field(default=(), max_length=12)
    reviewer: str = Field(default="", max_length=80)
    tally_since: datetime | None = None
    start_judging: bool = True
    slowdown_limit: float = Field(default=0.2, gt=0, lt=1)


def load(file: Path) -> StationSettings:
    """Return the settings of a file; what is missing, bad or unknown gets its default."""
    values = upgraded(read_toml(file), UPGRADES, VERSION)
    return good_values(StationSettings, values, file)


def save(file: Path, settings: StationSettings) -> None:
    """Write the settings: the whole new file or none of it.

    Raises:
        StoreError: It cannot be written.
    """
    # TOML has no null: a key that is absent has its default.
    write_toml(file, settings.model_dump(exclude_none=True))
