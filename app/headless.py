"""The station without a window: one line per judged part on stdout, after its row is stored."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from PyQt5.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, pyqtSlot

from app.cli_codes import BAD_INPUT, DONE, FAULT
from app.errors import UsageError
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.inspection.tally import Tally
from app.station.shadow_status import ShadowState, ShadowStatus
from app.station.station import Station
from app.station.status import StationState, StationStatus

FIRST_FRAME_S = 30.0
_TICK_MS = 100


def application() -> QCoreApplication:
    """Return the application object of a process without a window."""
    return QCoreApplication.instance() or QCoreApplication(sys.argv[:1])


def run(
    app: QCoreApplication, station: Station, *, as_json: bool, out: TextIO | None = None
) -> int:
    """Run the line until its frames have run out, its quota is met or Ctrl-C; return the code.

    Args:
        app: The application object; it must outlive the station.
        station: A station on which `begin` was called; `finished` ends the run.
        as_json: One JSON object a line instead of a line for people.
        out: Where results go; stdout if None.

    Returns:
        0 done, 2 the camera never gave a frame, 3 there was a fault.
    """
    line = HeadlessLine(station, as_json=as_json, out=out or sys.stdout)
    with _signals(line):
        app.exec()
    line.summarise()
    return line.code


def begin_shadow(station: Station, candidate: Path) -> None:
    """Put a candidate beside the line, wait until it is warm, then start the line.

    Args:
        station: A station on which `begin` was called with a model and without a start.
        candidate: The checkpoint.

    Raises:
        UsageError: The candidate cannot be used; the sentence says why.
    """
    shadow = station.shadow
    shadow.start(candidate)
    waiting, tick = QEventLoop(), QTimer()

    def look() -> None:
        if shadow.status.state is not ShadowState.PREPARING:
            waiting.quit()

    # Also so that Ctrl-C is heard, see `HeadlessLine`.
    tick.timeout.connect(look)
    tick.start(_TICK_MS)
    waiting.exec()
    tick.stop()
    if not shadow.status.is_on:
        raise UsageError(shadow.status.sentence)
    station.start()


class HeadlessLine(QObject):
    """Prints what the station stores and ends the event loop when the station has finished.

    Attributes:
        code: Exit code as known so far.
    """

    def __init__(self, station: Station, *, as_json: bool, out: TextIO) -> None:
        super().__init__()
        self.code = DONE
        self._station = station
        self._as_json = as_json
        self._out: TextIO | None = out
        self._tally = Tally()
        self._begun = time.monotonic()
        self._had_frame = False
        self._asked_to_end = 0
        # Python runs its signal handlers only between two of its own instructions; without
        # the tick, a quiet event loop would never come to one.
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        station.inspected.connect(self._on_inspected)
        station.status_changed.connect(self._on_status_changed)
        station.faulted.connect(self._on_faulted)
        station.finished.connect(self._on_finished)
        self._tick.start()

    def ask_to_end(self) -> None:
        """End after the part in hand; the second call ends at once."""
        self._asked_to_end += 1

    def summarise(self) -> None:
        """Say on stderr what was judged in this run."""
        tally, spent = self._tally, time.monotonic() - self._begun
        share = tally.yield_percent
        text = tr("{total} parts: {ok} OK, {ng} NG, {review} REVIEW, {error} ERROR").format(
            total=tally.total, ok=tally.ok, ng=tally.ng, review=tally.review, error=tally.error
        )
        if share is not None:
            text += tr("; yield {share:.1f} %").format(share=share)
        if spent > 0:
            text += tr("; {rate:.1f} a second").format(rate=tally.total / spent)
        _say(text)
        shadow = self._station.shadow.status
        if shadow.candidate is not None:
            _say(shadow_summary(shadow))

    @pyqtSlot(object)
    def _on_inspected(self, record: InspectionRecord) -> None:
        self._tally = self._tally.add(record)
        if self._out is None:
            return
        text = json.dumps(result(record)) if self._as_json else for_people(record)
        try:
            self._out.write(text + "\n")
            self._out.flush()
        except BrokenPipeError:
            # Whoever read our results has gone, e.g. `| head`: that is an end, not a fault.
            _silence(self._out)
            self._out = None
            self._station.stop()

    @pyqtSlot(object)
    def _on_status_changed(self, status: StationStatus) -> None:
        self._had_frame = self._had_frame or status.camera.frames > 0
        if self.code == FAULT and status.phase is StationState.IDLE:
            self._end()

    @pyqtSlot(str)
    def _on_faulted(self, sentence: str) -> None:
        # Faults, warnings and a lost camera reach stderr through the log.
        self.code = FAULT

    @pyqtSlot()
    def _on_finished(self) -> None:
        self._end()

    @pyqtSlot()
    def _on_tick(self) -> None:
        if self._asked_to_end > 1:
            self._end()
        elif self._asked_to_end == 1:
            self._station.stop()
        elif not self._had_frame and time.monotonic() - self._begun > FIRST_FRAME_S:
            self._had_frame = True
            self.code = BAD_INPUT
            _say(tr("error: The camera gave no picture; check its address and cable."))
            self._station.stop()

    def _end(self) -> None:
        self._tick.stop()
        app = QCoreApplication.instance()
        if app is not None:
            app.exit(self.code)


def result(record: InspectionRecord) -> dict[str, Any]:
    """Return a record as JSON values, as the command line's contract names them."""
    limits, latencies = record.limits, record.latencies
    found: dict[str, Any] = {
        "id": record.id,
        "verdict": record.verdict.value,
        "score": record.score,
        "limit": limits.ng if limits else None,
        "reasons": list(record.decision.reasons),
        "regions": [
            {"polygon": region.polygon, "area_px": region.area_px, "peak": region.peak}
            for region in record.decision.regions
        ],
        "serial": record.serial,
        "checkpoint": record.checkpoint_sha256,
        "latency_ms": {
            "grab": round(latencies.grab, 3),
            "wait": round(latencies.wait, 3),
            "model": round(latencies.model, 3),
            "decide": round(latencies.decide, 3),
            "store": round(latencies.store, 3),
        },
    }
    if record.truth is not None:
        found["truth"] = record.truth
    return found


def for_people(record: InspectionRecord) -> str:
    """Return a record as one line of text."""
    score = "-" if record.score is None else f"{record.score:.4f}"
    limit = "-" if record.limits is None else f"{record.limits.ng:.4f}"
    taken = record.taken_utc.astimezone().strftime("%H:%M:%S")
    regions = len(record.decision.regions)
    text = (
        f"{taken}  #{record.serial:<6} {record.verdict.value:<6}  score {score} limit {limit}"
        f"  regions {regions}  model {record.latencies.model:.0f} ms"
    )
    if record.truth is not None:
        text += f"  truth {record.truth}"
    if record.verdict.value == "ERROR":
        text += f"  {'; '.join(record.decision.reasons)}"
    return text


def shadow_summary(status: ShadowStatus) -> str:
    """Return what came of a candidate beside the line, one line of text."""
    name = status.candidate.name if status.candidate else ""
    if not status.judged:
        text = tr("candidate {name}: the line left it no time; {skipped} parts went by")
        return text.format(name=name, skipped=status.skipped)
    text = tr(
        "candidate {name}: {agreed} of {judged} parts judged alike, {share:.1f} % "
        "(95 %: {low:.1f} to {high:.1f} %); {skipped} parts went by; {time:.0f} ms a part"
    )
    said = text.format(
        name=name,
        agreed=status.agreed,
        judged=status.judged,
        share=100 * status.agreed / status.judged,
        low=100 * status.interval.low,
        high=100 * status.interval.high,
        skipped=status.skipped,
        time=status.model_ms,
    )
    return f"{said}. {status.sentence}" if status.sentence else said


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _silence(stream: TextIO) -> None:
    """Send what is still buffered nowhere, or the interpreter complains when it ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)


@contextmanager
def _signals(line: HeadlessLine) -> Iterator[None]:
    """Let Ctrl-C and a polite kill end the line instead of the process."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        line.ask_to_end()

    before = {number: signal.signal(number, on_signal) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_ENDING = (signal.SIGINT, signal.SIGTERM)
