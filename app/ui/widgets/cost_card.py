"""What mistakes cost: two fields and the cost of 1,000 parts."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.i18n import tr
from app.quality.costs import Costs


class CostCard(QFrame):
    """Costs in the user's currency; empty fields mean that they are not known.

    Signals:
        changed: Other costs were typed.
        cheapest_wanted: The limit with the least cost is wanted.
    """

    changed = pyqtSignal()
    cheapest_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = [QLabel(), QLabel()]
        self.false_call, self.escape = QLineEdit(), QLineEdit()
        self._result = QLabel()
        self._result.setProperty("role", "large")
        self._result.setWordWrap(True)
        self.cheapest = QPushButton()
        self.cheapest.clicked.connect(self.cheapest_wanted)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        for column, field in enumerate((self.false_call, self.escape)):
            self._names[column].setProperty("role", "faint")
            self._names[column].setBuddy(field)
            field.setMaxLength(12)
            field.setMinimumWidth(60)
            field.textChanged.connect(self._on_typed)
            grid.addWidget(self._names[column], 0, column)
            grid.addWidget(field, 1, column)
        grid.addWidget(self.cheapest, 1, 2)
        grid.addWidget(self._result, 2, 0, 1, 3)
        self.retranslate()

    @property
    def costs(self) -> Costs | None:
        """What is in the fields; None if that is not two numbers."""
        try:
            return Costs(_number(self.false_call.text()), _number(self.escape.text()))
        except ValueError:
            return None

    def set_costs(self, false_call: float | None, escape: float | None) -> None:
        """Fill the fields, e.g. with the recipe's costs."""
        for field, cost in ((self.false_call, false_call), (self.escape, escape)):
            field.blockSignals(True)
            field.setText("" if cost is None else f"{cost:g}")
            field.blockSignals(False)
        self._mark()

    def show_cost(self, per_thousand: float | None) -> None:
        """Show the cost of 1,000 parts; None if it cannot be said."""
        self.cheapest.setEnabled(per_thousand is not None)
        if per_thousand is not None:
            text = tr("{cost} per 1,000 parts").format(cost=f"{per_thousand:,.2f}")
        elif self.costs is None:
            text = tr("Type both costs to see what 1,000 parts cost.")
        else:
            text = tr("The cost is not known: escapes or the mix of parts are not known.")
        self._result.setText(text)

    def retranslate(self) -> None:
        """Set all texts anew."""
        names = (tr("Cost of a false call"), tr("Cost of an escape"))
        for label, field, name in zip(
            self._names, (self.false_call, self.escape), names, strict=True
        ):
            label.setText(name)
            field.setAccessibleName(name)
        self.cheapest.setText(tr("Cheapest limit"))

    def _on_typed(self, _: str) -> None:
        self._mark()
        self.changed.emit()

    def _mark(self) -> None:
        """Mark a field whose text is no cost."""
        for field in (self.false_call, self.escape):
            text = field.text().strip()
            wrong = bool(text) and not _is_cost(text)
            if bool(field.property("pending")) != wrong:
                field.setProperty("pending", wrong)
                style = field.style()
                if style is not None:
                    style.polish(field)
            field.setToolTip(tr("This is not a number that could be a cost") if wrong else "")


def _number(text: str) -> float:
    """Return a number typed with a point or a comma for the decimals."""
    return float(text.strip().replace(",", "."))


def _is_cost(text: str) -> bool:
    try:
        return 0 <= _number(text) < float("inf")
    except ValueError:
        return False
