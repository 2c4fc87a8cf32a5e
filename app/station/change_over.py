"""Another recipe for the running line: every step right, or the old one stays in force."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal


class ChangeOver(QObject):
    """Changes the station over to another recipe, all or nothing.

    Signals:
        progressed: A step begins. args: its text, its number from 1, how many there are.
        done: The recipe is in force. arg: the Recipe.
        failed: It is not, the old one stays in force. arg: why, one sentence.
    """

    progressed = pyqtSignal(str, int, int)
    done = pyqtSignal(object)
    failed = pyqtSignal(str)

    def begin(self, recipe: str, by: str, how: str = "button", version: int | None = None) -> bool:
        """Begin; returns at once, False if one is under way already.

        Args:
            recipe: Name of the recipe.
            by: Who wants it, "" if nobody gave a name.
            how: "button", "scan" or "command"; it is kept with the event.
            version: Which version; None for the newest that may be used.
        """
        raise NotImplementedError
