"""Everything that belongs to one product: camera, checkpoint, limits, keeping."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from dataclasses import replace
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.errors import RecipeError
from app.inspection.recipe_parts import (
    Anchor,
    CameraSettings,
    Polygon,
    RegionOfInterest,
    box_of,
    with_settings,
)
from app.inspection.verdict import Limits
from model.types import Calibration

FORMAT: Literal[1] = 1


class Recipe(BaseModel):
    """A product's settings; immutable, a change makes a new version.

    Attributes:
        format: Format number of this document.
        name: Unique name of the recipe.
        version: Counts the changes of this recipe from 1.
        product: Product name shown to the operator.
        camera: Source URI (`sim:`, `folder:`, `file:`, `index:`, `rtsp://`, `http://`).
        trigger: "free" judges the newest frame, older ones are dropped and counted;
            "every" judges every frame in order, a full buffer is a fault.
        checkpoint: File name or path of the checkpoint.
        checkpoint_sha256: Hash that the checkpoint must have; "" accepts any.
        ng_limit: Overrides the checkpoint's limit, raw unit; None uses the checkpoint's.
        review_limit: Start of the REVIEW band, raw unit; None for no band.
        map_limit: Overrides the checkpoint's map limit, raw unit.
        min_area_px: Regions smaller than this are not listed, source pixels.
        region_of_interest: (x, y, width, height) source pixels; None for the whole frame.
        regions: Several regions, each judged by itself, the part by the worst; they take the
            place of `region_of_interest`.
        exclusions: Areas that are not judged, pixels of the reference picture.
        anchor: Brings shifted and turned parts into place; None for parts that lie still.
        mm_per_px: Scale; None when not set.
        tile_mm: Side of the square tiles that large parts and webs are judged in, so that a hole
            has the same size in every tile; None leaves the tiling to the model. Needs mm_per_px.
        camera_settings: Exposure, gain, white balance and size of the camera.
        scan_codes: Texts that a barcode reader types to call this recipe up.
        keep_ok_every: Evidence of one OK in this many is kept; 0 keeps none.
        evidence_format: File format of the raw image.
        stale_after_s: A frame older than this when its turn comes is an ERROR, seconds.
        signal_first: Outputs may leave before the row is committed (tight reject windows).
        review_ok_share: Share of the OK parts that are drawn for review, 0 to 1; the only way
            to learn the escape rate.
        second_opinion_share: Share of the parts for review that two persons look at, 0 to 1.
        defect_kinds: Names that a reviewer can give with the keys 1 to 9.
        false_call_cost: Cost of one good part thrown away, the user's currency; None: not given.
        escape_cost: Cost of one defect that leaves the plant; None: not given.
        golden_required: Production starts only after the golden samples were right.
        keep_days_ok: Pictures of OK parts are kept this many days; None: by the quota alone.
        keep_days_doubtful: The same for REVIEW and ERROR.
        keep_days_ng: The same for NG and for whatever a person reviewed.
        quota_gb: Pictures of this recipe may take this much, 10^9 bytes; None: no own quota.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal[1] = FORMAT
    name: str = Field(min_length=1, max_length=80)
    version: int = Field(default=1, ge=1)
    product: str = Field(default="", max_length=200)
    camera: str = Field(default="sim:", min_length=1)
    trigger: Literal["free", "every"] = "free"
    checkpoint: str = Field(default="default.safetensors", min_length=1)
    checkpoint_sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    ng_limit: float | None = None
    review_limit: float | None = None
    map_limit: float | None = None
    min_area_px: int = Field(default=16, ge=0)
    region_of_interest: tuple[int, int, int, int] | None = None
    regions: tuple[RegionOfInterest, ...] = Field(default=(), max_length=32)
    exclusions: tuple[Polygon, ...] = Field(default=(), max_length=64)
    anchor: Anchor | None = None
    mm_per_px: float | None = Field(default=None, gt=0)
    tile_mm: float | None = Field(default=None, gt=0)
    camera_settings: CameraSettings = CameraSettings()
    scan_codes: tuple[str, ...] = Field(default=(), max_length=32)
    keep_ok_every: int = Field(default=20, ge=0)
    evidence_format: Literal["png", "jpg"] = "png"
    stale_after_s: float = Field(default=2.0, gt=0)
    signal_first: bool = False
    review_ok_share: float = Field(default=0.02, ge=0, le=1)
    second_opinion_share: float = Field(default=0.05, ge=0, le=1)
    defect_kinds: tuple[str, ...] = Field(default=(), max_length=9)
    false_call_cost: float | None = Field(default=None, ge=0)
    escape_cost: float | None = Field(default=None, ge=0)
    golden_required: bool = False
    keep_days_ok: int | None = Field(default=None, ge=1)
    keep_days_doubtful: int | None = Field(default=None, ge=1)
    keep_days_ng: int | None = Field(default=None, ge=1)
    quota_gb: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _band_is_below_limit(self) -> Self:
        if self.review_limit is not None and self.ng_limit is not None:
            if self.review_limit > self.ng_limit:
                raise ValueError("review_limit must not be above ng_limit")
        if self.region_of_interest is not None:
            x, y, width, height = self.region_of_interest
            if min(x, y) < 0 or min(width, height) < 1:
                raise ValueError("region_of_interest needs x, y >= 0 and a positive size")
        if self.regions and self.region_of_interest is not None:
            raise ValueError("regions take the place of region_of_interest; give one of the two")
        if len({region.name for region in self.regions}) != len(self.regions):
            raise ValueError("every region needs a name of its own")
        if self.tile_mm is not None and self.mm_per_px is None:
            raise ValueError("tile_mm needs mm_per_px")
        return self

    def limits(self, calibration: Calibration) -> Limits | None:
        """Return the limits in force, or None if there are none that can be used.

        A checkpoint without calibration is used only if the recipe sets both limits by hand;
        the heatmap then starts at 0.
        """
        ng = calibration.limit if self.ng_limit is None else self.ng_limit
        map_limit = calibration.map_limit if self.map_limit is None else self.map_limit
        typical = calibration.map_typical
        if None not in (self.ng_limit, self.map_limit) and not math.isfinite(typical):
            typical = 0.0
        if not all(math.isfinite(number) for number in (ng, map_limit, typical)):
            return None
        return Limits(ng, self.review_limit, map_limit, typical)

    def limits_of(self, region: str, calibration: Calibration) -> Limits | None:
        """Return the limits of one region, or None if there are none that can be used.

        Args:
            region: Name of a region; any other name has the limits of the recipe.
            calibration: Of the checkpoint.
        """
        for one in self.regions:
            if one.name == region:
                own = {
                    name: value
                    for name in ("ng_limit", "review_limit", "map_limit")
                    if (value := getattr(one, name)) is not None
                }
                found = self.model_copy(update=own).limits(calibration)
                # A band of the recipe that begins above the region's own limit is empty there.
                if found and found.review is not None and one.review_limit is None:
                    return replace(found, review=min(found.review, found.ng))
                return found
        return self.limits(calibration)

    def all_limits(self, calibration: Calibration) -> tuple[Limits | None, ...]:
        """Return the limits of every region, of the whole part for a recipe without regions."""
        names = [region.name for region in self.regions] or [""]
        return tuple(self.limits_of(name, calibration) for name in names)

    @property
    def is_plain(self) -> bool:
        """True if one upright box of the frame is judged as it is."""
        return not (self.regions or self.exclusions or self.anchor or self.tile_mm)

    @property
    def view(self) -> Hashable:
        """What of a frame the model is shown, for comparing: another view gives other scores."""
        if self.is_plain:
            return self.region_of_interest
        outlines = tuple((region.name, region.polygon) for region in self.regions)
        tiles = self.tile_mm and (self.tile_mm, self.mm_per_px)
        return self.region_of_interest, outlines, self.exclusions, self.anchor, tiles

    @property
    def judged_box(self) -> tuple[int, int, int, int] | None:
        """What the anomaly map covers: (x, y, width, height) pixels of the frame.

        None for the whole frame, also for parts that shift: the same for all parts of a recipe.
        """
        if self.anchor is not None or not self.regions:
            return None if self.anchor else self.region_of_interest
        return box_of([region.polygon for region in self.regions])

    @property
    def source_uri(self) -> str:
        """Source URI with the camera's settings, as `app.camera.uri` reads it."""
        return with_settings(self.camera, self.camera_settings)

    def with_checkpoint(self, checkpoint: str) -> Recipe:
        """Return the recipe with another checkpoint, a name or path, and with that one's limits."""
        # Raw scores of two detectors cannot be compared, so the recipe's own limits fall.
        limits = dict.fromkeys(("ng_limit", "review_limit", "map_limit"))
        regions = tuple(region.model_copy(update=limits) for region in self.regions)
        changes = {"checkpoint": checkpoint, "checkpoint_sha256": "", "regions": regions}
        return self.model_copy(update=changes | limits)

    def to_json(self) -> str:
        """Return the recipe as a JSON document."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read a JSON document.

        Raises:
            RecipeError: Not JSON, of a newer format, or a value is out of range.
        """
        try:
            found = json.loads(text)
            if isinstance(found, dict) and found.get("format", FORMAT) != FORMAT:
                raise RecipeError(
                    f"The recipe has format {found['format']!r} but this program reads {FORMAT}; "
                    "update the program."
                )
            return cls.model_validate(found)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "recipe"
            raise RecipeError(f"The recipe is not valid at {where}: {first['msg']}.") from error
        except json.JSONDecodeError as error:
            raise RecipeError(f"The recipe is not valid JSON: {error}.") from error
