"""What the collected pictures have seen, drawn: a strip of dots per trait and how new each was."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt
from PyQt5.QtGui import QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from app.teaching.coverage import FEWEST_GOOD, USUAL_GOOD, Advice, Coverage, Strip
from app.ui import theme

_ROW, _NAME_SHARE, _END = 30, 0.3, 70
_BARS = 44


class TeachCoverage(QWidget):
    """Number, advice and drawing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number, self.advice, self.note = QLabel(), QLabel(), QLabel()
        self.number.setProperty("role", "large")
        self.note.setProperty("role", "faint")
        self.strips = CoverageStrips()
        for label in (self.advice, self.note):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.number)
        column.addWidget(self.advice)
        column.addWidget(self.strips)
        column.addWidget(self.note)
        self._coverage: Coverage | None = None

    def show_coverage(self, coverage: Coverage) -> None:
        """Show what was seen."""
        self._coverage = coverage
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit letters and rows to the window's size."""
        self.strips.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        found = self._coverage
        if found is None:
            return
        self.number.setText(tr("{count} good parts").format(count=found.count))
        self.advice.setText(_advice(found))
        outside = tr("Expect {share} % of the parts outside of any one of these ranges.")
        self.note.setText(outside.format(share=round(100 * found.outside)) if found.count else "")
        self.strips.show_coverage(found)


class CoverageStrips(QWidget):
    """The drawing: dots on tracks, bars for how new each picture was."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._coverage: Coverage | None = None
        self._scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_coverage(self, coverage: Coverage) -> None:
        """Draw this from now on."""
        self._coverage = coverage
        self.setAccessibleName(_read_aloud(coverage))
        self.updateGeometry()
        self.update()

    def set_scale(self, scale: float) -> None:
        """Fit letters and rows to the window's size."""
        self._scale = scale
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a row per trait and one for the bars."""
        rows = len(self._coverage.strips) if self._coverage else 0
        bars = _BARS + _ROW if self._coverage and self._coverage.newness else 0
        return QSize(300, round((rows * _ROW + bars) * self._scale))

    def minimumSizeHint(self) -> QSize:
        """Never clip a row."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw."""
        if self._coverage is None or not self._coverage.strips:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.number_font(theme.px("small", self._scale)))
        row = _ROW * self._scale
        for number, strip in enumerate(self._coverage.strips):
            self._draw_strip(painter, QRectF(0, number * row, self.width(), row), strip)
        if self._coverage.newness:
            top = len(self._coverage.strips) * row
            self._draw_newness(painter, QRectF(0, top, self.width(), self.height() - top))
        painter.end()

    def _draw_strip(self, painter: QPainter, area: QRectF, strip: Strip) -> None:
        painter.setPen(theme.colour("ink"))
        name = QRectF(area.x(), area.y(), area.width() * _NAME_SHARE, area.height())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(name, int(flags), tr(strip.name))
        end = _END * self._scale
        track = QRectF(
            name.right() + end, area.y(), area.width() - name.width() - 2 * end, area.height()
        )
        flags_right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        low = QRectF(name.right(), area.y(), end - 8, area.height())
        high = QRectF(track.right() + 8, area.y(), end - 8, area.height())
        painter.drawText(low, int(flags_right), _value(strip.low, strip.unit))
        painter.drawText(high, int(flags), _value(strip.high, strip.unit))
        middle = area.center().y()
        painter.setPen(QPen(theme.colour("line"), 4))
        painter.drawLine(QPointF(track.left(), middle), QPointF(track.right(), middle))
        span = max(strip.high - strip.low, strip.least_span)
        start = (strip.high + strip.low - span) / 2
        for number, value in enumerate(strip.values, start=1):
            at = QPointF(track.left() + (value - start) / span * track.width(), middle)
            self._draw_dot(painter, at, newest=number == len(strip.values))

    def _draw_dot(self, painter: QPainter, at: QPointF, *, newest: bool) -> None:
        radius = (7 if newest else 4) * self._scale
        painter.setPen(QPen(theme.colour("ink"), 2) if newest else Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("field" if newest else "accent"))
        painter.drawEllipse(at, radius, radius)

    def _draw_newness(self, painter: QPainter, area: QRectF) -> None:
        assert self._coverage is not None
        values = self._coverage.newness
        painter.setPen(theme.colour("ink"))
        line = QRectF(area.x(), area.y(), area.width(), _ROW * self._scale)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(line, int(flags), tr("How new each picture was; low bars: seen before"))
        floor, height = area.bottom() - 2, area.height() - line.height() - 4
        step = min(16 * self._scale, area.width() / len(values))
        top = max(1.5, *values) if len(values) > 1 else max(1.5, values[0])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent"))
        for number, value in enumerate(values):
            tall = max(2.0, value / top * height)
            bar = QRectF(area.x() + number * step, floor - tall, max(1.0, step - 2), tall)
            painter.drawRect(bar)


def _value(value: float, unit: str) -> str:
    # the sum takes the sign off a zero
    text = f"{value:.0f}" if abs(value) >= 20 else f"{round(value, 1) + 0.0:.1f}"
    text = text.replace("-", "−")
    return f"{text}{unit}" if unit == "°" else f"{text} {unit}".strip()


def _advice(found: Coverage) -> str:
    if found.advice is Advice.TOO_FEW:
        missing = FEWEST_GOOD - found.count
        return tr("At least {count} more. Show parts as different as good ones can be.").format(
            count=missing
        )
    if found.advice is Advice.FEW:
        return tr("Enough to try; {count} and more make it steadier.").format(count=USUAL_GOOD)
    if found.advice is Advice.STILL_NEW:
        names = ", ".join(tr(name) for name in found.new_in)
        return tr("The last parts still differed in: {names}. More would help.").format(names=names)
    return tr("The last parts brought little new: this is enough.")


def _read_aloud(found: Coverage) -> str:
    return "; ".join(
        f"{tr(one.name)} {_value(one.low, one.unit)} – {_value(one.high, one.unit)}"
        for one in found.strips
    )
