"""The three steps from reviewed parts to a checkpoint in use, a widget each."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.review.improvement import Improvement, way_for
from app.review.labelled import Selection
from app.ui import improve_texts

_PERMILLE = 1000


class ChooseStep(QWidget):
    """What there is to learn from, and the name of the new checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.machine_masks = QCheckBox()
        self.minutes = QDoubleSpinBox()
        self.minutes.setRange(5, 600)
        self.minutes.setDecimals(0)
        self.minutes.setValue(20)
        self.minutes.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.minutes.setMinimumHeight(40)
        self.machine_masks.setMinimumHeight(40)
        self.sentence = _wrapped()
        self._facts = [(QLabel(), QLabel()) for _ in range(3)]
        self._minutes_name, self._name_name = QLabel(), QLabel()
        self._found: Selection | None = None
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(18)
        for name, value in self._facts:
            name.setProperty("role", "faint")
            form.addRow(name, value)
        for label in (self._name_name, self._minutes_name):
            label.setMinimumHeight(40)
        form.addRow(self._name_name, self.name)
        form.addRow(self._minutes_name, self.minutes)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(form)
        rows.addWidget(self.machine_masks)
        rows.addWidget(self.sentence)
        rows.addStretch(1)
        self.minutes.valueChanged.connect(lambda _: self.retranslate())

    @property
    def can_start(self) -> bool:
        """Whether there is enough to learn from."""
        found = self._found
        return found is not None and way_for(found.good, found.defective) is not None

    def show_counts(self, found: Selection) -> None:
        """Show what there is to learn from."""
        self._found = found
        self.retranslate()

    def show_problem(self, sentence: str) -> None:
        """Say why nothing can be counted."""
        self._found = None
        self.retranslate()
        self.sentence.setText(sentence)

    def retranslate(self) -> None:
        """Set all texts anew."""
        found = self._found
        shown = Selection() if found is None else found
        for (name, value), (text, count) in zip(
            self._facts, improve_texts.counted(shown), strict=True
        ):
            name.setText(text)
            value.setText("–" if found is None else count)
        self._name_name.setText(tr("Name of the new checkpoint"))
        self._minutes_name.setText(tr("Minutes for training"))
        trains = found is not None and way_for(found.good, found.defective) == "train"
        self._minutes_name.setVisible(trains)
        self.minutes.setVisible(trains)
        self.machine_masks.setText(tr("Take the machine's areas where nobody drew a mask"))
        self.machine_masks.setVisible(trains)
        counting = tr("Counting the reviewed parts …")
        self.sentence.setText(
            counting if found is None else improve_texts.way_sentence(found, self.minutes.value())
        )


class LearnStep(QWidget):
    """How far the learning is."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setRange(0, _PERMILLE)
        self.bar.setTextVisible(False)
        self.bar.setMinimumHeight(28)
        self.stage, self.left, self._note = QLabel(), QLabel(), _wrapped()
        self.stage.setProperty("role", "large")
        self._note.setProperty("role", "faint")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(10)
        for widget in (self.stage, self.bar, self.left, self._note):
            rows.addWidget(widget)
        rows.addStretch(1)
        self._stage = "read"
        self._seconds: float | None = None
        self._stopping = False

    def begin(self) -> None:
        """Start from nothing."""
        self._stopping = False
        self.show_progress("read", 0.0, None)

    def show_progress(self, stage: str, share: float, seconds_left: float | None) -> None:
        """Show stage, share done (0..1) and time left."""
        self._stage, self._seconds = stage, seconds_left
        self.bar.setValue(round(share * _PERMILLE))
        self.retranslate()

    def show_stopping(self) -> None:
        """Say that it is coming to an end."""
        self._stopping = True
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.stage.setText(tr("Stopping …") if self._stopping else self._stage_text())
        self.left.setText(f"{self.bar.value() / 10:.0f} % · {self._left()}")
        self._note.setText(
            tr("The line goes on. This runs beside it, slower, and can be stopped at any time.")
        )

    def _stage_text(self) -> str:
        return tr(improve_texts.STAGES[self._stage])

    def _left(self) -> str:
        return improve_texts.time_left(self._seconds)


class CompareStep(QWidget):
    """Old against new, in numbers and in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence, self.note = _wrapped(), _wrapped()
        self.sentence.setProperty("role", "large")
        self.note.setProperty("role", "faint")
        self.reason = QLineEdit()
        self.reason.setMaxLength(200)
        self._reason_name = QLabel()
        self._made: Improvement | None = None
        self.cells = [[QLabel() for _ in range(5)] for _ in range(3)]
        table = QFrame()
        table.setProperty("panel", True)
        grid = QGridLayout(table)
        grid.setContentsMargins(14, 10, 14, 10)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        for row, labels in enumerate(self.cells):
            for column, label in enumerate(labels):
                grid.addWidget(label, row, column)
                if row == 0 or column == 0:
                    label.setProperty("role", "faint")
                if column:
                    label.setAlignment(Qt.AlignmentFlag.AlignRight)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        rows.addWidget(self.sentence)
        rows.addWidget(table)
        self._reason_name.setMinimumHeight(40)
        form = QFormLayout()
        form.addRow(self._reason_name, self.reason)
        rows.addLayout(form)
        rows.addWidget(self.note)
        rows.addStretch(1)

    def show_made(self, made: Improvement, note: str) -> None:
        """Show what came of the learning; `note` is what using it would change."""
        self._made = made
        self.note.setText(note)
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        heads = (
            "",
            tr("Told apart (AUROC)"),
            tr("False calls"),
            tr("Escapes"),
            tr("Limit"),
        )
        for label, text in zip(self.cells[0], heads, strict=True):
            label.setText(text)
        self._reason_name.setText(tr("Reason"))
        made = self._made
        if made is None:
            return
        self.sentence.setText(improve_texts.outcome(made))
        in_force = made.old.checkpoint if made.old else ""
        rows = (
            (tr("In force: {name}").format(name=in_force), made.old),
            (tr("New: {name}").format(name=made.name), made.new),
        )
        for labels, (name, seen) in zip(self.cells[1:], rows, strict=True):
            for label, text in zip(
                labels, (name, *improve_texts.judgement_cells(seen)), strict=True
            ):
                label.setText(text)


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label
