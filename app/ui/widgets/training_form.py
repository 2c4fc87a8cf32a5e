"""The form for a training: plain words, folded details, nothing begins before it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, tr
from app.jobs.teach_order import is_taught
from app.jobs.training_data import FolderLook
from app.jobs.training_order import RECIPE_WORDS, SCRATCH, TINY, TrainingOrder, default_epochs
from app.learner_words import LEARNER_WORDS
from app.ui.widgets.choice_box import ChoiceBox
from app.ui.widgets.filled_box import fill
from app.ui.widgets.training_fields import Explained, FolderField, NumberField
from app.ui.widgets.training_texts import (
    ADVANCED,
    ALL_OF_THEM,
    AS_USUAL,
    FIELDS,
    MAIN,
    NO_LIMIT,
    TAUGHT,
    TICKS,
)

SOURCES = (("folder", N_("A folder of labelled pictures")), ("reviews", N_("Reviewed parts")))
PAINTS = (
    ("auto", N_("if there are few defects")),
    ("always", N_("always")),
    ("never", N_("never")),
)
DEVICES = (
    ("auto", N_("the fastest there is")),
    ("cpu", N_("processor")),
    ("cuda", N_("graphics card")),
)
_EMPTY = {"good": ALL_OF_THEM, "defective": ALL_OF_THEM, "minutes": NO_LIMIT}
_FOR_REVIEWS = ("product", "machine_masks")
_OF_SOURCE = ("source", "folder", *_FOR_REVIEWS)


class TrainingForm(QWidget):
    """Says what is to be trained; somebody else checks it and puts it into the queue.

    Signals:
        wanted: Start was pressed. arg: `TrainingOrder`.
        choices_wanted: Somebody wants to know what can be chosen of a detector.
        folder_changed: Another folder was named. arg: its text.
    """

    wanted = pyqtSignal(object)
    folder_changed = pyqtSignal(str)
    choices_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = ""
        self._starts: tuple[tuple[str, str], ...] = ()
        self.name, self.folder, self.backbone = QLineEdit(), FolderField(), QLineEdit(TINY)
        self.choices, self._known_choices = QLineEdit(), dict[str, str]()
        self.boxes = {
            key: ChoiceBox(12)
            for key in ("source", "product", "recipe", "start", "paint", "device")
        }
        self.numbers = _numbers()
        self.ticks = {key: QCheckBox() for key in TICKS}
        self.ticks["augments"].setChecked(True)
        self.start_button, self.more = QPushButton(), QPushButton()
        self.notice = QLabel()
        self.rows = {key: Explained(*FIELDS[key], self._field(key)) for key in FIELDS}
        self._build()
        self._connect()
        self.retranslate()

    def _field(self, key: str) -> QWidget:
        own: dict[str, QWidget] = {
            "name": self.name, "folder": self.folder, "backbone": self.backbone,
            "choices": self.choices,
        }  # fmt: skip
        return (own | dict(self.boxes) | dict(self.numbers) | dict(self.ticks))[key]

    # -- what was entered ----------------------------------------------------------------

    def order(self) -> TrainingOrder:
        """Return what is wanted, right or not."""
        numbers, boxes, ticks = self.numbers, self.boxes, self.ticks
        text = self.folder.path.text().strip()
        return TrainingOrder(
            name=self.name.text().strip(),
            source="reviews" if boxes["source"].currentData() == "reviews" else "folder",
            folder=Path(text) if text else None,
            product=str(boxes["product"].currentData() or ""),
            machine_masks=ticks["machine_masks"].isChecked(),
            recipe=str(boxes["recipe"].currentData() or "adclip"),
            choices=self.choices.text().strip(),
            good=numbers["good"].whole(),
            defective=numbers["defective"].whole(),
            epochs=numbers["epochs"].whole(),
            minutes=numbers["minutes"].number(),
            seed=numbers["seed"].whole() or 0,
            start=str(boxes["start"].currentData() or ""),
            backbone=self.backbone.text().strip(),
            keep_every=numbers["keep_every"].whole(),
            learning_rate=numbers["learning_rate"].number(),
            batch_size=numbers["batch_size"].whole(),
            patience=numbers["patience"].whole(),
            validation=numbers["validation"].number(),
            image_size=numbers["image_size"].whole(),
            paint=str(boxes["paint"].currentData() or "auto"),
            augments=ticks["augments"].isChecked(),
            without=tuple(key for key in ("flip", "rotation", "colour") if ticks[key].isChecked()),
            unfreeze=numbers["unfreeze"].whole() or 0,
            members=numbers["members"].whole(),
            device=str(boxes["device"].currentData() or "auto"),
        )

    # -- what others find out ------------------------------------------------------------

    def set_products(self, names: Sequence[str], current: str) -> None:
        """Offer the reviewed parts of these recipes."""
        box = self.boxes["product"]
        chosen = box.currentData() or (current if current in names else None)
        fill(box, [(name, name) for name in names], chosen)

    def set_starts(self, starts: Sequence[tuple[str, str]]) -> None:
        """Offer checkpoints to start from: (name, path) of each."""
        self._starts = tuple(starts)
        self._fill_starts()

    def set_choices(self, known: Mapping[str, str]) -> None:
        """Say what can be chosen of each detector: its name -> lines."""
        self._known_choices = dict(known)
        self._follow()

    def show_look(self, look: FolderLook | None, problem: str = "") -> None:
        """Say what the folder holds; None while that is not known."""
        self._look = ""
        if look is not None:
            text = tr(
                "{good} good and {defective} defective pictures, {masks} of them with a mask."
            )
            self._look = text.format(good=look.good, defective=look.defective, masks=look.masks)
        self.notice.setText(self._look)
        self.notice.setVisible(bool(self._look))
        self.rows["folder"].show_problem(problem)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong where it is wrong, and bring the first of it into view."""
        for key, row in self.rows.items():
            row.show_problem(problems.get(key, ""))
        first = next((key for key in (*MAIN, *ADVANCED) if key in problems), None)
        if first is not None:
            self.more.setChecked(self.more.isChecked() or first in ADVANCED)
            self._scroll.ensureWidgetVisible(self.rows[first])

    # -- the rest ------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Set all texts anew; what was entered stays."""
        self.start_button.setText(tr("Start training"))
        self.more.setText(tr("Fewer options") if self.more.isChecked() else tr("More options"))
        self.folder.retranslate()
        for key, tick in self.ticks.items():
            tick.setText(tr(TICKS[key]))
        for key, items in (("source", SOURCES), ("paint", PAINTS), ("device", DEVICES)):
            box = self.boxes[key]
            fill(
                box, [(tr(text), value) for value, text in items], box.currentData() or items[0][0]
            )
        recipes = self.boxes["recipe"]
        known = recipes.currentData() or "adclip"
        fill(recipes, [(tr(words[0]), key) for key, words in RECIPE_WORDS.items()], known)
        self._fill_starts()
        for key, row in self.rows.items():
            row.retranslate()
            if key in self.numbers:
                self.numbers[key].setSpecialValueText(tr(_EMPTY.get(key, AS_USUAL)))
        self._follow()

    def _fill_starts(self) -> None:
        box = self.boxes["start"]
        chosen = box.currentData() or ""
        items = [
            (tr("As usual for this way"), ""),
            *self._starts,
            (tr("Nothing: new prompts"), SCRATCH),
        ]
        fill(box, items, chosen if any(chosen == value for _, value in items) else "")

    def _follow(self) -> None:
        """Show the fields that belong to the choices."""
        reviews = self.boxes["source"].currentData() == "reviews"
        self.rows["folder"].setVisible(not reviews)
        self.notice.setVisible(not reviews and bool(self._look))
        for key in _FOR_REVIEWS:
            self.rows[key].setVisible(reviews)
        recipe = str(self.boxes["recipe"].currentData())
        self.rows["recipe"].explain(RECIPE_WORDS[recipe][1])
        self._follow_detector(recipe)
        usual = tr("as usual: {epochs}").format(epochs=default_epochs(recipe))
        self.numbers["epochs"].setSpecialValueText(usual)
        self._advanced.setVisible(self.more.isChecked())
        self.more.setText(tr("Fewer options") if self.more.isChecked() else tr("More options"))

    def _on_recipe(self, _: int) -> None:
        if is_taught(str(self.boxes["recipe"].currentData())) and not self._known_choices:
            self.choices_wanted.emit()

    def _follow_detector(self, recipe: str) -> None:
        """Show the fields that the way to train has."""
        taught = is_taught(recipe)
        for key in (*MAIN, *ADVANCED):
            if key not in _OF_SOURCE:
                self.rows[key].setVisible(key != "choices" if not taught else key in TAUGHT)
        if taught:
            self.rows["defective"].setVisible(LEARNER_WORDS[recipe].needs_defects)
            hint = tr(FIELDS["choices"][1])
            lines = self._known_choices.get(recipe, "")
            self.rows["choices"].explain(f"{hint}\n{lines}" if lines else hint)

    def _build(self) -> None:
        inner, self._advanced = QWidget(), QWidget()
        inner.setObjectName("trainingForm")
        column, folded = QVBoxLayout(inner), QVBoxLayout(self._advanced)
        folded.setContentsMargins(0, 0, 0, 0)
        for layout, keys in ((column, MAIN), (folded, ADVANCED)):
            layout.setSpacing(10)
            for key in keys:
                layout.addWidget(self.rows[key])
                if key == "folder":
                    layout.addWidget(self.notice)
        column.addWidget(self.more)
        column.addWidget(self._advanced)
        column.addStretch(1)
        self.notice.setWordWrap(True)
        self.more.setCheckable(True)
        self.name.setMaxLength(60)
        self.start_button.setProperty("target", "large")
        self._scroll = QScrollArea()
        self._scroll.setObjectName("trainingScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self.start_button)

    def _connect(self) -> None:
        for key in ("source", "recipe"):
            self.boxes[key].currentIndexChanged.connect(lambda _: self._follow())
        self.boxes["recipe"].currentIndexChanged.connect(self._on_recipe)
        self.more.toggled.connect(lambda _: self._follow())
        self.folder.changed.connect(self.folder_changed)
        self.start_button.clicked.connect(lambda: self.wanted.emit(self.order()))


def _numbers() -> dict[str, NumberField]:
    seed = NumberField(2**31 - 1, always=True)
    seed.setValue(111)
    unfreeze = NumberField(24, always=True)
    return {
        "good": NumberField(100_000, least=1),
        "defective": NumberField(100_000),
        "epochs": NumberField(10_000, least=1),
        "minutes": NumberField(100_000, least=1),
        "seed": seed,
        "keep_every": NumberField(10_000, least=1),
        "learning_rate": NumberField(1.0, decimals=6, least=0.000001),
        "batch_size": NumberField(512, least=1),
        "patience": NumberField(10_000),
        "validation": NumberField(0.9, decimals=2),
        "image_size": NumberField(2048, least=32),
        "unfreeze": unfreeze,
        "members": NumberField(16, least=2),
    }
