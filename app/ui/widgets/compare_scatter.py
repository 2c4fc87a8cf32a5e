"""The pictures of a comparison as marks, with a legend in words."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.candidates.comparison import Comparison, Pair
from app.i18n import tr, trn
from app.ui.widgets.compare_plot import Mark, ScorePlot


class CompareScatter(QWidget):
    """One mark a picture: across by the checkpoint in force, up by the candidate.

    Both axes run from a typical good part (0) to the NG limit (1), so that detectors with
    other units can be compared. A dot: same verdict. A diamond: another one. A star: golden.

    Signals:
        opened: A mark was pressed. arg: the `Pair`.
    """

    opened = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left_out = 0
        self.plot, self.legend = ScorePlot(), QLabel()
        self.legend.setProperty("role", "faint")
        self.legend.setWordWrap(True)
        self.plot.opened.connect(self.opened)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.plot, 1)
        column.addWidget(self.legend)
        self.set_scale(1.0)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show the pictures of a comparison; None for an empty plot."""
        pairs = () if comparison is None else comparison.pairs
        marks = [mark for mark in map(mark_of, pairs) if mark is not None]
        self._left_out = len(pairs) - len(marks)
        names = ("", "")
        if comparison is not None:
            names = (comparison.current.name, comparison.candidate.name)
        self.plot.show_marks(marks, names)
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self.plot.set_scale(scale)
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.plot.retranslate()
        notes = [legend_text()]
        beyond, left_out = self.plot.beyond, self._left_out
        if beyond:
            text = trn(
                "{n} beyond the edge stands on it.", "{n} beyond the edge stand on it.", beyond
            )
            notes.append(text.format(n=beyond))
        if left_out:
            text = trn(
                "{n} without a score is not drawn.", "{n} without scores are not drawn.", left_out
            )
            notes.append(text.format(n=left_out))
        self.legend.setText(" ".join(notes))


def legend_text() -> str:
    """Return what marks and lines mean, translated."""
    return tr(
        "● same verdict   ◆ other verdict   ★ golden sample   dashed: both NG limits, 0 is a "
        "typical good part. Press a mark to see the picture."
    )


def mark_of(pair: Pair) -> Mark | None:
    """Return the mark of a picture; None if one of the two gave no score."""
    across, up = pair.current.share, pair.candidate.share
    if across is None or up is None:
        return None
    if pair.differs:
        return Mark(across, up, "other", pair)
    return Mark(across, up, "golden" if pair.kind == "golden" else "same", pair)
