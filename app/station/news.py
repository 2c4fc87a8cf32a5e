"""What the station announces."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal


class News(QObject):
    """The station's signals; all are sent in the thread that the station lives in.

    Signals:
        status_changed: At every change of state, else at most 5 times a second.
            arg: StationStatus.
        inspected: A part was judged and its row is committed. arg: The InspectionRecord.
        picture_ready: `take_picture` has a newer picture; not sent again before it is taken.
        checkpoint_swapped: Another checkpoint judges from the next frame on.
            arg: CheckpointInfo.
        recipe_taken: A recipe asked for by `use_recipe`, or loaded at the start, is in force.
            arg: the Recipe.
        recipe_refused: It cannot be used; what was in force stays. arg: why, one sentence.
        reviewed: A review is stored. arg: The record's id.
        happened: Something beside the line, for the journal of events. arg: Event.
        faulted: A new fault. arg: The sentence.
        finished: The line has ended, by itself or by `stop`, and all rows are stored.
    """

    status_changed = pyqtSignal(object)
    inspected = pyqtSignal(object)
    picture_ready = pyqtSignal()
    checkpoint_swapped = pyqtSignal(object)
    recipe_taken = pyqtSignal(object)
    recipe_refused = pyqtSignal(str)
    reviewed = pyqtSignal(str)
    happened = pyqtSignal(object)
    faulted = pyqtSignal(str)
    finished = pyqtSignal()
