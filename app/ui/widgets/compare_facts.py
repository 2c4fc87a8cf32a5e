"""Two checkpoints in numbers, side by side."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.candidates.comparison import Comparison, Pair, Seen, Side
from app.i18n import tr
from app.inspection.verdict import Verdict

Row = tuple[str, str, str]
"""Name of a figure, its value for the checkpoint in force, its value for the candidate."""

_SAME = 0.05
_ROWS = 8


class CompareFacts(QWidget):
    """A heading and a few rows; what a person called good or defective comes last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self.summary = QLabel()
        self.summary.setProperty("role", "large")
        self.summary.setWordWrap(True)
        self.cells = [[QLabel() for _ in range(3)] for _ in range(_ROWS)]
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for number, row in enumerate(self.cells):
            for column, label in enumerate(row):
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setWordWrap(True)
                if column == 0:
                    label.setProperty("role", "faint")
                grid.addWidget(label, number, column)
        for column, share in enumerate((3, 4, 4)):
            grid.setColumnStretch(column, share)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(8)
        column_.addWidget(self.summary)
        column_.addLayout(grid)
        column_.addStretch(1)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show other numbers; None for none."""
        self._comparison = comparison
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        found = self._comparison
        rows = [] if found is None else rows_of(found)
        self.summary.setText("" if found is None else summary_of(found))
        for number, labels in enumerate(self.cells):
            texts = rows[number] if number < len(rows) else ("", "", "")
            for label, text in zip(labels, texts, strict=True):
                label.setText(text)
                label.setVisible(number < len(rows))


def summary_of(found: Comparison) -> str:
    """Return in a sentence how many verdicts differ."""
    count, other = len(found.pairs), sum(pair.differs for pair in found.pairs)
    if not other:
        text = tr("Both judged {count} pictures alike.").format(count=f"{count:,}")
    else:
        text = tr("{other} of {count} pictures get another verdict.").format(
            other=f"{other:,}", count=f"{count:,}"
        )
    if found.skipped:
        text += " " + tr("{count} could not be read.").format(count=f"{found.skipped:,}")
    return text


def rows_of(found: Comparison) -> list[Row]:
    """Return the rows of the table, translated."""
    current, candidate = found.current, found.candidate
    rows = [
        ("", tr("In force: {name}").format(name=current.name),
         tr("Candidate: {name}").format(name=candidate.name)),
        (tr("Time per part"), f"{current.model_ms:.0f} ms",
         f"{candidate.model_ms:.0f} ms{_speed(current.model_ms, candidate.model_ms)}"),
        (tr("Memory"), f"{current.memory_mb:,.0f} MB",
         f"{candidate.memory_mb:,.0f} MB{_room(current.memory_mb, candidate.memory_mb)}"),
        (tr("Time to load"), f"{current.load_s:.1f} s", f"{candidate.load_s:.1f} s"),
        (tr("NG limit"), _number(current), _number(candidate)),
    ]  # fmt: skip
    golden = [pair for pair in found.pairs if pair.kind == "golden" and pair.expected is not None]
    rows.append(_golden(golden))
    known = [pair for pair in found.pairs if pair.kind != "golden"]
    good = [pair for pair in known if pair.expected is Verdict.OK]
    defective = [pair for pair in known if pair.expected is Verdict.NG]
    if good:
        name = tr("False calls")
        rows.append((name, *_counts(good, _is_called)))
    if defective:
        rows.append((tr("Escapes"), *_counts(defective, _is_missed)))
    return rows


def _golden(pairs: list[Pair]) -> Row:
    name = tr("Golden samples")
    if not pairs:
        return name, tr("none"), tr("none")
    return name, *_right(pairs)


def _right(pairs: list[Pair]) -> tuple[str, str]:
    text = tr("{right} of {count} right")
    current = sum(pair.current.verdict is pair.expected for pair in pairs)
    candidate = sum(pair.candidate.verdict is pair.expected for pair in pairs)
    first, second = (text.format(right=right, count=len(pairs)) for right in (current, candidate))
    return first, second if candidate == len(pairs) else f"▲ {second}"


def _counts(pairs: list[Pair], is_wrong: Callable[[Seen], bool]) -> tuple[str, str]:
    text = tr("{wrong} of {count} reviewed")
    current = sum(is_wrong(pair.current) for pair in pairs)
    candidate = sum(is_wrong(pair.candidate) for pair in pairs)
    first, second = (text.format(wrong=n, count=len(pairs)) for n in (current, candidate))
    return first, second if candidate <= current else f"▲ {second}"


def _is_called(seen: Seen) -> bool:
    return seen.verdict in (Verdict.NG, Verdict.ERROR)


def _is_missed(seen: Seen) -> bool:
    return seen.verdict is Verdict.OK


def _number(side: Side) -> str:
    return tr("none") if side.ng_limit is None else f"{side.ng_limit:.4g}"


def _speed(before: float, after: float) -> str:
    if not before or abs(after - before) <= _SAME * before:
        return ""
    return ", " + (tr("slower") if after > before else tr("faster"))


def _room(before: float, after: float) -> str:
    if not before or abs(after - before) <= _SAME * before:
        return ""
    return ", " + (tr("more") if after > before else tr("less"))
