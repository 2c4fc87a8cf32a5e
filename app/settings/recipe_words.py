"""What the fields of a recipe and their values are called by people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.i18n import N_, tr, trn
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import Anchor, CameraSettings, Polygon

NOTHING = "–"

FIELDS: dict[str, str] = {
    "product": N_("Product"),
    "camera": N_("Camera"),
    "trigger": N_("Trigger"),
    "checkpoint": N_("Checkpoint"),
    "checkpoint_sha256": N_("Fingerprint of the checkpoint"),
    "ng_limit": N_("NG limit"),
    "review_limit": N_("Review limit"),
    "map_limit": N_("Limit of the heatmap"),
    "min_area_px": N_("Smallest defect area"),
    "region_of_interest": N_("Region of interest"),
    "exclusions": N_("Areas left out"),
    "mm_per_px": N_("Scale"),
    "tile_mm": N_("Side of a tile"),
    "scan_codes": N_("Scan codes"),
    "keep_ok_every": N_("Pictures of OK parts kept"),
    "evidence_format": N_("File format of kept pictures"),
    "stale_after_s": N_("Oldest picture that is judged"),
    "signal_first": N_("Signal before storing"),
    "review_ok_share": N_("OK parts drawn for review"),
    "second_opinion_share": N_("Parts for a second opinion"),
    "defect_kinds": N_("Names of defects"),
    "false_call_cost": N_("Cost of a false call"),
    "escape_cost": N_("Cost of an escape"),
    "golden_required": N_("Golden samples before production"),
    "keep_days_ok": N_("Pictures of OK parts are kept"),
    "keep_days_doubtful": N_("Pictures of REVIEW and ERROR are kept"),
    "keep_days_ng": N_("Pictures of NG and reviewed parts are kept"),
    "quota_gb": N_("Disk space for pictures"),
}
"""Field of a recipe -> its name, English source text. Fields with parts of their own, like
regions, alignment and camera settings, have their names below."""

CAMERA_FIELDS: dict[str, str] = {
    "width_px": N_("Camera: picture width"),
    "height_px": N_("Camera: picture height"),
    "fps": N_("Camera: pictures per second"),
    "auto_exposure": N_("Camera: automatic exposure"),
    "exposure": N_("Camera: exposure"),
    "gain": N_("Camera: gain"),
    "auto_white_balance": N_("Camera: automatic white balance"),
    "white_balance_k": N_("Camera: white balance"),
    "autofocus": N_("Camera: automatic focus"),
    "focus": N_("Camera: focus"),
}

ANCHOR_FIELDS: dict[str, str] = {
    "method": N_("Alignment: method"),
    "box": N_("Alignment: place of the mark"),
    "reach_px": N_("Alignment: farthest shift"),
    "max_turn_deg": N_("Alignment: largest turn"),
    "least_match": N_("Alignment: least match"),
}

REGION_FIELDS: dict[str, str] = {
    "ng_limit": N_("Region {name}: NG limit"),
    "review_limit": N_("Region {name}: review limit"),
    "map_limit": N_("Region {name}: limit of the heatmap"),
}

_TRIGGERS = {"free": N_("newest picture"), "every": N_("every picture in order")}
_METHODS = {"template": N_("grey values"), "edge": N_("outlines")}
_OF_CHECKPOINT = ("ng_limit", "map_limit")


def value_words(field: str, value: Any, recipe: Recipe) -> str:
    """Return a value as people read it, with its unit; a dash for none.

    Args:
        field: Name of the field in `Recipe`, `CameraSettings` or `RegionOfInterest`.
        value: Its value.
        recipe: The recipe that it belongs to.
    """
    if value is None:
        return tr("that of the checkpoint") if field in _OF_CHECKPOINT else NOTHING
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    special = _SPECIAL.get(field)
    if special is not None:
        return special(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or NOTHING
    return str(value) or NOTHING


def box_words(box: tuple[int, int, int, int]) -> str:
    """Return a rectangle in words."""
    x, y, width, height = box
    text = tr("{width} x {height} px at {x}, {y}")
    return text.format(width=width, height=height, x=x, y=y)


def outline_words(polygon: Polygon) -> str:
    """Return an outline in words: how many corners, in which box."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    left, top = round(min(xs)), round(min(ys))
    box = box_words((left, top, round(max(xs)) - left, round(max(ys)) - top))
    corners = trn("{count} corner", "{count} corners", len(polygon)).format(count=len(polygon))
    return f"{corners}, {box}"


def anchor_words(anchor: Anchor | None) -> str:
    """Return how parts are brought into place, in words."""
    if anchor is None:
        return tr("none, parts lie still")
    return f"{tr(_METHODS[anchor.method])}, {box_words(anchor.box)}"


def camera_settings_words(settings: CameraSettings, recipe: Recipe) -> str:
    """Return what is set at the camera, in words; a dash if it is left as it is."""
    said = [
        f"{tr(name).partition(': ')[2]} {value_words(field, getattr(settings, field), recipe)}"
        for field, name in CAMERA_FIELDS.items()
        if getattr(settings, field) is not None
    ]
    return ", ".join(said) or NOTHING


def _share(value: float) -> str:
    return f"{value * 100:.4g} %"


def _days(value: int) -> str:
    return trn("{count} day", "{count} days", value).format(count=value)


def _one_in(value: int) -> str:
    return tr("none") if value == 0 else tr("one in {count}").format(count=value)


_SPECIAL: dict[str, Callable[[Any], str]] = {
    "trigger": lambda value: tr(_TRIGGERS[value]),
    "method": lambda value: tr(_METHODS[value]),
    "checkpoint_sha256": lambda value: value[:12] or tr("any"),
    "min_area_px": lambda value: f"{value} px",
    "region_of_interest": box_words,
    "box": box_words,
    "mm_per_px": lambda value: f"{value:.5g} mm/px",
    "tile_mm": lambda value: f"{value:.5g} mm",
    "keep_ok_every": _one_in,
    "stale_after_s": lambda value: f"{value:.4g} s",
    "review_ok_share": _share,
    "second_opinion_share": _share,
    "least_match": _share,
    "keep_days_ok": _days,
    "keep_days_doubtful": _days,
    "keep_days_ng": _days,
    "quota_gb": lambda value: f"{value:.4g} GB",
    "width_px": lambda value: f"{value} px",
    "height_px": lambda value: f"{value} px",
    "reach_px": lambda value: f"{value} px",
    "max_turn_deg": lambda value: f"{value:.4g}°",
    "white_balance_k": lambda value: f"{value:.5g} K",
    "exclusions": lambda value: trn("{count} area", "{count} areas", len(value)).format(
        count=len(value)
    ),
}
