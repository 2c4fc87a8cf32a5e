"""What each key does while pictures are labelled: one table; the buttons are built from it."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeyEvent

from app.i18n import N_
from app.ui.key_presses import press_of

_CTRL = int(Qt.KeyboardModifier.ControlModifier)
_SHIFT = int(Qt.KeyboardModifier.ShiftModifier)


@dataclass(frozen=True, slots=True)
class LabelKey:
    """One key.

    Attributes:
        name: In code.
        cap: What is printed on it.
        text: On its button, English source text.
        tip: What it does in full, English source text.
        keys: (key, modifiers) that do it.
    """

    name: str
    cap: str
    text: str
    tip: str
    keys: tuple[tuple[int, int], ...]


KEYS: tuple[LabelKey, ...] = (
    LabelKey(
        "good",
        "G",
        N_("Good"),
        N_("Nothing is wrong with the marked pictures"),
        ((Qt.Key.Key_G, 0),),
    ),
    LabelKey(
        "defective",
        "D",
        N_("Defective"),
        N_("The marked pictures show a defect"),
        ((Qt.Key.Key_D, 0),),
    ),
    LabelKey(
        "skip",
        "S",
        N_("Skip"),
        N_("Nobody can tell: the marked pictures stay out of the data set"),
        ((Qt.Key.Key_S, 0),),
    ),
    LabelKey(
        "page",
        "⏎",
        N_("Rest of the page is good"),
        N_("Mark the defects of a page first; all others in sight are good. Then the next page"),
        ((Qt.Key.Key_Return, 0), (Qt.Key.Key_Enter, 0)),
    ),
    LabelKey(
        "undo",
        "Z",
        N_("Take back"),
        N_("Takes the last step back, also a whole page; as often as you like"),
        ((Qt.Key.Key_Z, 0), (Qt.Key.Key_Z, _CTRL), (Qt.Key.Key_Backspace, 0)),
    ),
    LabelKey(
        "larger",
        "+",
        N_("Larger"),
        N_("Larger pictures, fewer on a page"),
        ((Qt.Key.Key_Plus, 0), (Qt.Key.Key_Plus, _SHIFT), (Qt.Key.Key_Equal, 0)),
    ),
    LabelKey(
        "smaller",
        "−",
        N_("Smaller"),
        N_("Smaller pictures, more on a page"),
        ((Qt.Key.Key_Minus, 0),),
    ),
    LabelKey(
        "source",
        "V",
        N_("Source picture"),
        N_("The picture that it was cut from, and where"),
        ((Qt.Key.Key_V, 0),),
    ),
    LabelKey(
        "show",
        "F",
        N_("Show"),
        N_("Which pictures are shown"),
        ((Qt.Key.Key_F, 0),),
    ),
)
BY_NAME: dict[str, LabelKey] = {key.name: key for key in KEYS}
_FOUND: dict[tuple[int, int], LabelKey] = {
    (int(code), modifiers): key for key in KEYS for code, modifiers in key.keys
}


def key_of(event: QKeyEvent) -> LabelKey | None:
    """Return what a key press means; None if nothing, also for the digits."""
    return _FOUND.get(press_of(event))
