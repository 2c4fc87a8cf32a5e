"""Everything that the header of one checkpoint says, and what people wrote about it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.candidates.entry import Entry
from app.i18n import N_, tr
from app.ui.widgets.checkpoint_badges import badge_text
from app.ui.widgets.checkpoint_note import NoteField
from app.ui.widgets.checkpoint_table import (
    Roles,
    badges_of,
    made_at,
    shown_name,
    size_text,
)
from app.ui.widgets.fact_list import FactList, Facts

_TEXT = 300
_SIGNS = re.compile(r"([/\\._-]|\w{18}(?=\w))")


class CheckpointDetails(QFrame):
    """Shows one checkpoint; the next steps with it are buttons at the bottom.

    Signals:
        candidate_wanted: The checkpoint shown shall be checked and compared.
        note_written: A note was written. arg: the text.
    """

    candidate_wanted = pyqtSignal()
    note_written = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self._entry: Entry | None = None
        self._roles = Roles()
        self.name, self.badges, self.problem = QLabel(), QLabel(), QLabel()
        self.facts, self.note = FactList(), NoteField()
        self.try_button = QPushButton()
        self._build()
        self.try_button.clicked.connect(self.candidate_wanted)
        self.note.written.connect(self.note_written)
        self.retranslate()

    @property
    def entry(self) -> Entry | None:
        """The checkpoint shown."""
        return self._entry

    def show_entry(self, entry: Entry | None, roles: Roles) -> None:
        """Show a checkpoint; None for none."""
        same = self._entry is not None and entry is not None and self._entry.path == entry.path
        self._entry, self._roles = entry, roles
        if not same or not self.note.is_edited:
            self.note.show_note("" if entry is None else entry.notes)
        self._show()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.try_button.setText(tr("Check and compare"))
        self.try_button.setToolTip(
            tr("Load it in a process of its own, then judge the same pictures with both")
        )
        self.note.retranslate()
        self._show()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _build(self) -> None:
        self.name.setProperty("role", "large")
        for label in (self.name, self.badges, self.problem):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setObjectName("reviewNotice")
        self.problem.setProperty("alarm", True)
        self.problem.setContentsMargins(0, 4, 0, 4)
        self.try_button.setProperty("target", "large")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        for widget in (self.name, self.badges, self.problem):
            column.addWidget(widget)
        column.addWidget(self.facts, 1)
        column.addWidget(self.note)
        row = QHBoxLayout()
        row.addWidget(self.try_button, 1)
        column.addLayout(row)

    def _show(self) -> None:
        entry = self._entry
        self.note.setVisible(entry is not None)
        self.try_button.setEnabled(entry is not None and entry.info is not None)
        if entry is None:
            self.name.setText(tr("No checkpoint chosen"))
            self.badges.setText(tr("Choose one in the list to see what its header says."))
            self.problem.hide()
            self.facts.show_facts(())
            return
        self.name.setText(shown_name(entry))
        badges = badges_of(entry, self._roles)
        self.badges.setText("   ".join(badge_text(badge) for badge in badges))
        self.problem.setText(breakable(entry.problem))
        self.problem.setVisible(bool(entry.problem))
        self.facts.show_facts(facts_of(entry))


def facts_of(entry: Entry) -> Facts:
    """Return what is known of a checkpoint, (English name, value)."""
    info = entry.info
    file = (
        (N_("File"), breakable(entry.path.name)),
        (N_("Folder"), breakable(str(entry.path.parent))),
        (N_("Size"), size_text(entry.size_bytes)),
    )
    made = made_at(entry).astimezone().strftime("%Y-%m-%d %H:%M")
    if info is None:
        return (*file, (N_("Changed"), made))
    words = "–"
    if entry.prompt_length is not None:
        words = f"n_ctx {entry.prompt_length}"
        if entry.deep_prompt_length is not None:
            words += f", t_n_ctx {entry.deep_prompt_length}"
    return (
        (N_("Detector"), info.detector),
        (N_("Backbone"), info.backbone or tr("none, all weights are in the file")),
        (N_("Image side"), f"{info.image_size} px" if info.image_size else "–"),
        (N_("Prompt words"), words),
        (N_("Good pictures in it"), f"{info.n_shots:,}" if info.n_shots else "–"),
        (N_("Limits"), _limits(entry)),
        *_training(info.extra),
        (N_("Made"), made),
        (N_("Made by"), info.software or "–"),
        *file,
        ("SHA-256", _grouped(info.sha256) or tr("being read …")),
    )


def breakable(text: str) -> str:
    """Return a text that may be wrapped behind the signs that file names are made of."""
    return _SIGNS.sub("\\1\u200b", text)


def _grouped(sha256: str) -> str:
    return " ".join(sha256[start : start + 8] for start in range(0, len(sha256), 8))


def _limits(entry: Entry) -> str:
    info = entry.info
    if info is None or not info.calibration.is_usable:
        return tr("None: the recipe must set them, or calibrate it first.")
    limits = info.calibration
    text = tr("NG from {limit}, typical {typical}; from {good} good pictures").format(
        limit=f"{limits.limit:.4g}", typical=f"{limits.typical:.4g}", good=f"{limits.n_normal:,}"
    )
    return f"{text}\n{limits.method}" if limits.method else text


def _training(extra: Mapping[str, Any]) -> Facts:
    """Return what a header says of training data and metrics, as far as it is known."""
    found: list[tuple[str, str]] = []
    for name, key in ((N_("Trained on"), "data"), (N_("Training recipe"), "recipe")):
        if isinstance(extra.get(key), str) and extra[key]:
            found.append((name, extra[key]))
    learner, choices = extra.get("learner"), extra.get("choices")
    if isinstance(learner, str) and learner:
        typed = choices if isinstance(choices, Mapping) else {}
        pairs = ", ".join(f"{key}={value}" for key, value in typed.items())
        found.append((N_("Taught by"), f"{learner}: {pairs}"[:_TEXT] if pairs else learner))
    pictures = extra.get("pictures")
    if isinstance(pictures, Mapping):
        found.append((N_("Training pictures"), _pairs(pictures)))
    if isinstance(extra.get("epoch"), int):
        found.append((N_("Epoch"), str(extra["epoch"])))
    for name, key in ((N_("Metrics"), "metrics"), (N_("Losses"), "losses")):
        if isinstance(extra.get(key), Mapping) and extra[key]:
            found.append((name, _pairs(extra[key])))
    held_out = extra.get("held_out")
    if isinstance(held_out, Mapping):
        numbers = {k: v for k, v in held_out.items() if str(k).endswith("auroc")}
        if numbers:
            found.append((N_("On held-out pictures"), _pairs(numbers)))
    return tuple(found)


def _pairs(values: Mapping[Any, Any]) -> str:
    """Return numbers with their names; the names are those of the file."""
    shown = []
    for key, value in values.items():
        if isinstance(value, float):
            shown.append(f"{key} {value:.4g}" if math.isfinite(value) else f"{key} –")
        elif isinstance(value, int | str):
            shown.append(f"{key} {value}")
    return ", ".join(shown)[:_TEXT] or "–"
