"""Drift in words: which figure, since when, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime

from app.i18n import N_, tr
from app.quality.drift import Alarm, Direction

NAMES: dict[str, str] = {
    "score": N_("Score of OK parts"),
    "brightness": N_("Brightness"),
    "sharpness": N_("Focus"),
    "shift_x": N_("Position, left to right"),
    "shift_y": N_("Position, top to bottom"),
    "colour_a": N_("Colour, green to red"),
    "colour_b": N_("Colour, blue to yellow"),
}

UNITS: dict[str, str] = {
    "score": N_("image score"),
    "brightness": N_("mean grey value, 0 to 255"),
    "sharpness": N_("variance of the Laplacian"),
    "shift_x": N_("pixels from the middle"),
    "shift_y": N_("pixels from the middle"),
    "colour_a": N_("CIELAB a*"),
    "colour_b": N_("CIELAB b*"),
}

_SENTENCES: dict[tuple[str, Direction], str] = {
    ("score", "up"): N_(
        "Good parts score higher than before: look at the newest parts and judge the golden "
        "samples."
    ),
    ("score", "down"): N_(
        "Good parts score lower than before, defects may slip through: judge the golden samples."
    ),
    ("brightness", "up"): N_(
        "The pictures are getting brighter: check exposure, light and stray light."
    ),
    ("brightness", "down"): N_("The pictures are getting darker: check the light."),
    ("sharpness", "up"): N_(
        "The pictures are sharper or noisier than before: check focus, gain and exposure."
    ),
    ("sharpness", "down"): N_(
        "The pictures are getting blurred: check the focus and clean the lens."
    ),
    ("shift_x", "up"): N_(
        "The parts lie further to the right: check the fixture and the camera's mount."
    ),
    ("shift_x", "down"): N_(
        "The parts lie further to the left: check the fixture and the camera's mount."
    ),
    ("shift_y", "up"): N_(
        "The parts lie further down in the picture: check the fixture and the camera's mount."
    ),
    ("shift_y", "down"): N_(
        "The parts lie further up in the picture: check the fixture and the camera's mount."
    ),
    ("colour_a", "up"): N_("The pictures are turning reddish: check the colour of the light."),
    ("colour_a", "down"): N_("The pictures are turning greenish: check the colour of the light."),
    ("colour_b", "up"): N_("The pictures are turning yellowish: check the colour of the light."),
    ("colour_b", "down"): N_("The pictures are turning bluish: check the colour of the light."),
}


def name_of(figure: str) -> str:
    """Return what people call a figure, in the language in use."""
    return tr(NAMES[figure])


def unit_of(figure: str) -> str:
    """Return the unit of a figure in words, in the language in use."""
    return tr(UNITS[figure])


def sentence(alarm: Alarm) -> str:
    """Return what drifts and what to do, in the language in use."""
    return tr(_SENTENCES[alarm.figure, alarm.direction])


def sentence_with_time(alarm: Alarm, now: datetime | None = None) -> str:
    """Return the same with when it began, by the computer's clock; with the day if not today."""
    return tr("{sentence} Drifting since {time}.").format(
        sentence=sentence(alarm), time=local_time(alarm.since, now)
    )


def local_time(epoch: float, now: datetime | None = None) -> str:
    """Return a time of day, with the day if that is not the day of `now` (today if None)."""
    taken = datetime.fromtimestamp(epoch, UTC).astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    return f"{taken:%H:%M}" if taken.date() == today else f"{taken:%m-%d %H:%M}"


def number(figure: str, value: float) -> str:
    """Return a value of a figure with as many digits as matter."""
    if figure == "score":
        return f"{value:.4g}"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.1f}"
