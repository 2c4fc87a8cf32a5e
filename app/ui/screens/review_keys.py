"""What each key does on the review screen: one table; the legend is built from it."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeyEvent

from app.i18n import N_
from app.ui.key_presses import press_of

_CTRL = int(Qt.KeyboardModifier.ControlModifier)
_SHIFT = int(Qt.KeyboardModifier.ShiftModifier)


@dataclass(frozen=True, slots=True)
class ReviewKey:
    """One key.

    Attributes:
        name: In code.
        cap: What is printed on it.
        text: On its button, English source text; "" if it has none.
        keys: (key, modifiers) that do it.
        repeats: It may be held down.
    """

    name: str
    cap: str
    text: str
    keys: tuple[tuple[int, int], ...]
    repeats: bool = False


def _key(*keys: int) -> tuple[tuple[int, int], ...]:
    return tuple((key, 0) for key in keys)


KEYS: tuple[ReviewKey, ...] = (
    ReviewKey("confirm", "⏎", N_("Confirm"), _key(Qt.Key.Key_Return, Qt.Key.Key_Enter)),
    ReviewKey("overrule", "O", N_("Overrule"), _key(Qt.Key.Key_O)),
    ReviewKey("unsure", "U", N_("Unsure"), _key(Qt.Key.Key_U)),
    ReviewKey(
        "undo",
        "Z",
        N_("Take back"),
        ((Qt.Key.Key_Z, 0), (Qt.Key.Key_Z, _CTRL), (Qt.Key.Key_Backspace, 0)),
    ),
    ReviewKey(
        "previous",
        "↑",
        N_("Previous"),
        _key(Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_P),
        repeats=True,
    ),
    ReviewKey(
        "next",
        "↓",
        N_("Next"),
        _key(Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_N),
        repeats=True,
    ),
    ReviewKey("comment", "C", N_("Comment"), _key(Qt.Key.Key_C)),
    ReviewKey("blink", "B", N_("Raw"), _key(Qt.Key.Key_B, Qt.Key.Key_Space)),
    ReviewKey("heat", "H", N_("Heatmap"), _key(Qt.Key.Key_H)),
    ReviewKey("contours", "L", N_("Outlines"), _key(Qt.Key.Key_L)),
    ReviewKey("fit", "F", N_("Fit"), _key(Qt.Key.Key_F)),
    ReviewKey("one", "A", N_("1:1"), _key(Qt.Key.Key_A)),
    ReviewKey("eight", "E", N_("8:1"), _key(Qt.Key.Key_E)),
    ReviewKey("region", "G", "", _key(Qt.Key.Key_G)),
    ReviewKey("mask", "M", N_("Mask"), _key(Qt.Key.Key_M)),
    ReviewKey("why", "W", N_("Why"), _key(Qt.Key.Key_W)),
    ReviewKey("facts", "I", N_("Facts"), _key(Qt.Key.Key_I)),
    ReviewKey("history", "T", N_("History"), _key(Qt.Key.Key_T)),
    ReviewKey("earlier", "←", "", _key(Qt.Key.Key_Left), repeats=True),
    ReviewKey("later", "→", "", _key(Qt.Key.Key_Right), repeats=True),
    ReviewKey(
        "zoom_in",
        "+",
        "",
        ((Qt.Key.Key_Plus, 0), (Qt.Key.Key_Plus, _SHIFT), (Qt.Key.Key_Equal, 0)),
        repeats=True,
    ),
    ReviewKey("zoom_out", "−", "", _key(Qt.Key.Key_Minus), repeats=True),
    ReviewKey("pan_left", "", "", ((Qt.Key.Key_Left, _SHIFT),), repeats=True),
    ReviewKey("pan_right", "", "", ((Qt.Key.Key_Right, _SHIFT),), repeats=True),
    ReviewKey("pan_up", "", "", ((Qt.Key.Key_Up, _SHIFT),), repeats=True),
    ReviewKey("pan_down", "", "", ((Qt.Key.Key_Down, _SHIFT),), repeats=True),
    ReviewKey("filter", "/", "", ((Qt.Key.Key_Slash, 0), (Qt.Key.Key_F, _CTRL))),
    ReviewKey("second", "S", "", _key(Qt.Key.Key_S)),
    ReviewKey("reviewer", "Y", N_("Who reviews?"), _key(Qt.Key.Key_Y)),
    ReviewKey("teach", "X", N_("Teach from reviews"), _key(Qt.Key.Key_X)),
    ReviewKey("refresh", "R", "", _key(Qt.Key.Key_R)),
    ReviewKey("escape", "Esc", "", _key(Qt.Key.Key_Escape)),
)
BY_NAME: dict[str, ReviewKey] = {key.name: key for key in KEYS}
_FOUND: dict[tuple[int, int], ReviewKey] = {
    (int(code), modifiers): key for key in KEYS for code, modifiers in key.keys
}


def key_of(event: QKeyEvent) -> ReviewKey | None:
    """Return what a key press means; None if nothing, also for the digits."""
    return _FOUND.get(press_of(event))
