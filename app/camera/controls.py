"""Exposure, gain, white balance and size of a camera: set before its first frame, read back."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from app.i18n import N_, tr
from model.opencv import cv2


class Settable(Protocol):
    """What is needed of a `cv2.VideoCapture`."""

    def set(self, prop: int, value: float, /) -> bool:
        """Set a property; False if the driver refuses it."""

    def get(self, prop: int, /) -> float:
        """Return a property, 0 or -1 if the driver does not say."""


@dataclass(frozen=True, slots=True)
class Control:
    """One setting of a camera.

    Attributes:
        prop: OpenCV's property.
        word: What people call it.
        manual: Name of the switch that has to be off for it to be taken, "" for none.
    """

    prop: int
    word: str
    manual: str = ""


# In the order in which drivers want them: the size decides what else can be had, and a switch
# comes before the value that it would overrule.
CONTROLS: dict[str, Control] = {
    "width_px": Control(cv2.CAP_PROP_FRAME_WIDTH, N_("frame width")),
    "height_px": Control(cv2.CAP_PROP_FRAME_HEIGHT, N_("frame height")),
    "fps": Control(cv2.CAP_PROP_FPS, N_("frames per second")),
    "auto_exposure": Control(cv2.CAP_PROP_AUTO_EXPOSURE, N_("automatic exposure")),
    "exposure": Control(cv2.CAP_PROP_EXPOSURE, N_("exposure"), "auto_exposure"),
    "gain": Control(cv2.CAP_PROP_GAIN, N_("gain")),
    "auto_white_balance": Control(cv2.CAP_PROP_AUTO_WB, N_("automatic white balance")),
    "white_balance_k": Control(
        cv2.CAP_PROP_WB_TEMPERATURE, N_("white balance"), "auto_white_balance"
    ),
    "autofocus": Control(cv2.CAP_PROP_AUTOFOCUS, N_("autofocus")),
    "focus": Control(cv2.CAP_PROP_FOCUS, N_("focus"), "autofocus"),
}

SWITCHES = frozenset({"auto_exposure", "auto_white_balance", "autofocus"})

_ROUNDING = 0.02
"""Drivers keep whole steps of a value, e.g. 4550 K as 4500 K."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A setting that a camera did not take.

    Attributes:
        name: Key of `CONTROLS`.
        wanted: What was set.
        found: What the camera has; None if it does not say.
    """

    name: str
    wanted: float
    found: float | None


def apply(
    capture: Settable, wanted: Mapping[str, float], platform: str = sys.platform
) -> tuple[Refusal, ...]:
    """Set what is wanted and read it back; in the thread that reads the frames.

    A value that a switch would overrule (exposure, white balance, focus) has its switch turned
    off, unless `wanted` names the switch.

    Args:
        capture: An open capture that has given no frame yet.
        wanted: Keys of `CONTROLS`; switches are 0 or 1.
        platform: As `sys.platform`; drivers count the exposure's switch differently.

    Returns:
        What was not taken; empty if all was.
    """
    refused = []
    for name, control in CONTROLS.items():
        if name not in wanted:
            continue
        if control.manual and control.manual not in wanted:
            _switch(capture, control.manual, False, platform)
        value = wanted[name]
        if name in SWITCHES:
            if not _switch(capture, name, bool(value), platform):
                refused.append(Refusal(name, value, None))
        else:
            taken = capture.set(control.prop, value)
            found = capture.get(control.prop)
            if not _is_near(value, found, taken):
                refused.append(Refusal(name, value, found if found > 0 or taken else None))
    return tuple(refused)


def read_back(capture: Settable) -> dict[str, float]:
    """Return what an open capture says it has, by keys of `CONTROLS`; what it cannot say lacks."""
    found = {name: float(capture.get(control.prop)) for name, control in CONTROLS.items()}
    # Drivers answer -1 or 0 for what they do not know; a switch that is off is a 0 too.
    return {
        name: value
        for name, value in found.items()
        if value == value and (value not in (-1.0, 0.0) or name in SWITCHES)
    }


def sentence(camera: str, refused: tuple[Refusal, ...]) -> str:
    """Return what a camera did not take, as one sentence; "" if it took all.

    Args:
        camera: Description of the camera.
        refused: What `apply` returned.
    """
    if not refused:
        return ""
    text = tr("{name} did not take these settings: {settings}; correct them in the recipe.")
    return text.format(name=camera, settings=", ".join(map(_words, refused)))


def _words(refusal: Refusal) -> str:
    word = tr(CONTROLS[refusal.name].word)
    if refusal.name in SWITCHES:
        return word
    if refusal.found is None:
        return f"{word} {refusal.wanted:g}"
    text = tr("{setting} {wanted} (it has {found})")
    return text.format(setting=word, wanted=f"{refusal.wanted:g}", found=f"{refusal.found:g}")


def _switch(capture: Settable, name: str, on: bool, platform: str) -> bool:
    """Turn a switch and return whether the driver took it."""
    prop = CONTROLS[name].prop
    for value in _positions(name, on, platform):
        if capture.set(prop, value):
            found = capture.get(prop)
            # 0 and -1 are also what drivers answer that cannot say
            if found <= 0 or found == value or platform == "win32":
                return True
    return False


def _positions(name: str, on: bool, platform: str) -> tuple[float, ...]:
    """Return the values that stand for on or off, the likeliest first."""
    if name != "auto_exposure":
        return (float(on),)
    if platform == "win32":  # today's DirectShow, then that of earlier versions
        return (1.0, 0.75) if on else (0.0, 0.25)
    return (3.0, 0.0) if on else (1.0,)  # V4L2: aperture priority, automatic; manual


def _is_near(wanted: float, found: float, taken: bool) -> bool:
    if abs(found - wanted) <= max(_ROUNDING * abs(wanted), 0.01):
        return True
    return taken and found in (-1.0, 0.0)
