"""Seventh step: how it judges what it has not learned from, live too, and where the limit goes."""

from __future__ import annotations

from PyQt5.QtCore import QSignalBlocker, Qt, pyqtSlot
from PyQt5.QtGui import QPixmap
from PyQt5.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.quality.promise import percent
from app.station.live_trial import LiveTrial, LiveTried
from app.teaching.outcome import Tried
from app.teaching.proposal import Proposal, promise_sentences, propose
from app.ui.screens.teach_state import TeachState
from app.ui.screens.teach_step import TeachStep
from app.ui.widgets.choice_box import ChoiceBox
from app.ui.widgets.filled_box import fill
from app.ui.widgets.panel import panel
from app.ui.widgets.teach_picture import FittedPicture
from app.ui.widgets.teach_scores import TeachScores

_SHARES = (0.005, 0.01, 0.02, 0.05, 0.1)


class ResultStep(TeachStep):
    """Scores and heatmaps at the left, the limit and its promise at the right."""

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.trial = LiveTrial(state.feed, state.desk.home, self)
        self.scores, self.picture, self.caption = TeachScores(), FittedPicture(), QLabel()
        self.before_button, self.after_button = QPushButton("◀"), QPushButton("▶")
        self.live_button = QPushButton()
        self.wanted, self.limit = ChoiceBox(8), QDoubleSpinBox()
        self.proposed_button = QPushButton()
        self._wanted_name, self._limit_name, self.sentences = QLabel(), QLabel(), QLabel()
        self._tried: tuple[Tried, ...] = ()
        self._selected = 0
        self._live: LiveTried | None = None
        self._build()
        self._connect()
        self.retranslate()

    @property
    def proposal(self) -> Proposal | None:
        """The limit with what is known of it; None before anything was taught."""
        outcome, draft = self.state.outcome, self.state.draft
        return None if outcome is None else propose(outcome, draft.false_calls, draft.limit)

    def heading(self) -> str:
        """Return what is to be done here."""
        return tr("See how it judges parts that it has not learned from, and set the limit.")

    def entered(self) -> None:
        """Show the pictures, the worst good one first."""
        outcome = self.state.outcome
        tried = outcome.tried if outcome is not None else ()
        self._tried = tuple(sorted(tried, key=_order))
        self._selected, self._live = 0, None
        self.scores.setFocus()
        self._show_state()

    def left(self) -> None:
        """Try nothing any more."""
        self.trial.stop()
        self.state.feed.stop()

    def set_scale(self, scale: float) -> None:
        """Fit chart and column to the window's size."""
        self.scores.set_scale(scale)
        self._side.setFixedWidth(round(390 * scale))

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._wanted_name.setText(tr("Good parts called NG, at most"))
        self._limit_name.setText(tr("NG from a score of"))
        self.limit.setAccessibleName(tr("NG from a score of"))
        self.wanted.setAccessibleName(tr("Good parts called NG, at most"))
        self.proposed_button.setText(tr("Use the proposed limit"))
        self.before_button.setAccessibleName(tr("Picture before"))
        self.after_button.setAccessibleName(tr("Next picture"))
        fill(self.wanted, [(percent(one), str(one)) for one in _SHARES], None)
        self._show_state()

    # -- held-out pictures ---------------------------------------------------------------

    @pyqtSlot(int)
    def show_picture(self, number: int) -> None:
        """Show one of the pictures that were held out."""
        if self._tried:
            self.trial.stop()
            self._live = None
            self._selected = number % len(self._tried)
            self._show_state()

    def _show_tried(self) -> None:
        outcome = self.state.outcome
        if outcome is None or not self._tried:
            self.picture.show_pixmap(QPixmap(), tr("No picture was held out."))
            self.caption.setText("")
            return
        one = self._tried[self._selected]
        file = self.state.place.lesson / one.overlay
        self.picture.show_pixmap(QPixmap(str(file)) if one.overlay else QPixmap(), one.fault)
        kind = tr("Defective part") if one.is_defective else tr("Good part")
        place = tr("{number} of {count}").format(number=self._selected + 1, count=len(self._tried))
        self.caption.setText(f"{place} · {kind} · {self._verdict(one)}")

    def _verdict(self, one: Tried) -> str:
        found = self.proposal
        if one.score is None or found is None:
            return one.fault or tr("ERROR")
        word = "NG" if one.score >= found.limit else "OK"
        wrong = (word == "NG") is not one.is_defective
        right = tr("wrong") if wrong else tr("right")
        text = tr("judged {word} ({right}), score {score}")
        return text.format(word=word, right=right, score=f"{one.score:.4g}") + _region(one)

    # -- live ----------------------------------------------------------------------------

    @pyqtSlot()
    def _on_live(self) -> None:
        if self.trial.is_running:
            self.trial.stop()
            self.state.feed.stop()
            self._live = None
        else:
            self.trial.start(self.state.place, self.state.desk.keeper.settings.device)
            self.state.watch()
        self._show_state()

    @pyqtSlot(object)
    def _on_judged(self, found: LiveTried) -> None:
        if self.trial.is_running:
            self._live = found
            self._show_live()

    @pyqtSlot(str)
    def _on_trial_ended(self, sentence: str) -> None:
        if sentence:
            self.said.emit(sentence)
        self._show_state()

    def _show_live(self) -> None:
        found, proposal = self._live, self.proposal
        if found is None or proposal is None:
            word = tr("Waiting for a picture of the camera …")
            ready = self.trial.is_ready
            loading = tr("The model is being loaded …")
            self.picture.show_pixmap(QPixmap(), word if ready else loading)
            self.caption.setText("")
            return
        one = found.tried
        pixmap = QPixmap(str(found.overlay)) if found.overlay is not None else QPixmap()
        if one.score is None or not pixmap.isNull():
            self.picture.show_pixmap(pixmap, one.fault)
        if one.score is None:
            self.caption.setText(tr("Live: ERROR · {reason}").format(reason=one.fault))
            return
        word = "NG" if one.score >= proposal.limit else "OK"
        text = tr("Live: {word} · score {score} · {ms} ms")
        shown = text.format(word=word, score=f"{one.score:.4g}", ms=round(found.ms))
        self.caption.setText(shown + _region(one))

    # -- limit ---------------------------------------------------------------------------

    @pyqtSlot(float)
    def _on_limit_moved(self, limit: float) -> None:
        self.state.change(limit=float(f"{limit:.6g}"))
        self._show_state()

    @pyqtSlot()
    def _on_limit_typed(self) -> None:
        found = self.proposal
        if found is not None and abs(self.limit.value() - found.limit) > 1e-4:
            self._on_limit_moved(self.limit.value())

    @pyqtSlot()
    def _on_proposed(self) -> None:
        self.state.change(limit=None)
        self._show_state()

    @pyqtSlot()
    def _on_wanted(self) -> None:
        share = self.wanted.currentData()
        if share:
            self.state.change(false_calls=float(share), limit=None)
            self._show_state()

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        self.caption.setProperty("role", "large")
        self.caption.setWordWrap(True)
        self.sentences.setWordWrap(True)
        self.sentences.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.limit.setRange(-1e6, 1e6)
        self.limit.setDecimals(4)
        self.limit.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        for button in (self.before_button, self.after_button):
            button.setMinimumWidth(56)
        for button in (self.live_button, self.proposed_button):
            button.setAutoDefault(False)
        moves = QHBoxLayout()
        moves.addWidget(self.before_button)
        moves.addWidget(self.after_button)
        moves.addWidget(self.caption, 1)
        moves.addWidget(self.live_button)
        left = QVBoxLayout()
        left.addWidget(self.picture, 1)
        left.addLayout(moves)
        left.addWidget(panel(self.scores))
        fields = QGridLayout()
        pairs = ((self._wanted_name, self.wanted), (self._limit_name, self.limit))
        for number, (name, field) in enumerate(pairs):
            name.setWordWrap(True)
            fields.addWidget(name, number, 0)
            fields.addWidget(field, number, 1)
        holder = QWidget()
        holder.setLayout(fields)
        fields.setContentsMargins(0, 0, 0, 0)
        self._side = QWidget()
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel(holder, self.proposed_button))
        column.addWidget(panel(self.sentences))
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(self._side)

    def _connect(self) -> None:
        self.before_button.clicked.connect(lambda: self.show_picture(self._selected - 1))
        self.after_button.clicked.connect(lambda: self.show_picture(self._selected + 1))
        self.live_button.clicked.connect(self._on_live)
        self.scores.limit_moved.connect(self._on_limit_moved)
        self.scores.picked.connect(self.show_picture)
        self.limit.editingFinished.connect(self._on_limit_typed)
        self.proposed_button.clicked.connect(self._on_proposed)
        self.wanted.activated.connect(self._on_wanted)
        self.trial.judged.connect(self._on_judged)
        self.trial.changed.connect(self._show_state)
        self.trial.failed.connect(self._on_trial_ended)
        self.state.feed.failed.connect(self._on_feed_failed)

    @pyqtSlot(str)
    def _on_feed_failed(self, sentence: str) -> None:
        if self.trial.is_running:
            self.said.emit(sentence)

    @pyqtSlot()
    def _show_state(self) -> None:
        found = self.proposal
        if found is None:
            return
        with QSignalBlocker(self.limit):
            self.limit.setValue(found.limit)
        self.wanted.setCurrentIndex(self.wanted.findData(str(found.wanted)))
        self.proposed_button.setEnabled(found.by_hand)
        self.scores.show_scores(self._tried, found.limit, self._selected)
        self.sentences.setText("\n\n".join(promise_sentences(found)))
        on = self.trial.is_running
        self.live_button.setText(tr("Stop the live trial") if on else tr("Try it live"))
        for button in (self.before_button, self.after_button):
            button.setEnabled(len(self._tried) > 1)
        if on:
            self._show_live()
        else:
            self._show_tried()


def _order(one: Tried) -> tuple[int, float]:
    """Return where a picture comes: faults, then good ones from the top, then defective ones."""
    if one.score is None:
        return 0, 0.0
    return (2, one.score) if one.is_defective else (1, -one.score)


def _region(one: Tried) -> str:
    return f" · {one.region}" if one.region else ""
