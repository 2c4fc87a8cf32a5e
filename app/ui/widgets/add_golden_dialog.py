"""Chooses a picture for a golden set: one of the last parts, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QIcon, QImage, QPixmap
from PyQt5.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.golden.wording import number, word
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.station import tasks
from app.ui import golden_words
from app.ui.golden_jobs import Order
from app.ui.golden_shelf import PREVIEW, Candidate, small

_ICON = QSize(150, 110)
_CHOICES = (Verdict.OK, Verdict.NG)


class AddGoldenDialog(QDialog):
    """A gallery on the left, what the sample must be on the right.

    Signals:
        wanted: A sample shall be judged and added. arg: Order.
    """

    wanted = pyqtSignal(object)

    def __init__(self, recipe: str, by: str = "", parent: QWidget | None = None) -> None:
        """Build the dialog.

        Args:
            recipe: Recipe that gets the sample.
            by: Name to begin with.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Add a golden sample to recipe {recipe}").format(recipe=recipe))
        self.resize(940, 600)
        self.gallery = QListWidget()
        self.file_button = QPushButton(tr("Picture file…"))
        self.picture, self.problem = QLabel(), QLabel()
        self.name, self.by = QLineEdit(), QLineEdit(by)
        self.add_button, self.cancel_button = QPushButton(), QPushButton(tr("Cancel"))
        self.verdicts = QButtonGroup(self)
        self._candidates: tuple[Candidate, ...] = ()
        self._file: Path | None = None
        self._build()
        self.gallery.itemSelectionChanged.connect(self._on_chosen)
        self.file_button.clicked.connect(self._on_file_wanted)
        self.name.textChanged.connect(self._check)
        self.by.textChanged.connect(self._check)
        self.verdicts.buttonClicked.connect(self._check)
        self.add_button.clicked.connect(self._on_add)
        self.cancel_button.clicked.connect(self.reject)
        self._say(tr("The last parts are being read."))
        self._check()

    def show_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Fill the gallery, the newest part first."""
        self._candidates = tuple(candidates)
        for candidate in self._candidates:
            record = candidate.record
            text = f"{word(record.verdict)}  {number(record.score)}\n{_title(record)}"
            pixmap = QPixmap.fromImage(candidate.image)
            icon = QIcon(pixmap)
            icon.addPixmap(pixmap, QIcon.Mode.Selected)
            self.gallery.addItem(QListWidgetItem(icon, text))
        self._say("" if candidates else tr("No part of this recipe has its picture kept yet."))

    def choose_file(self, file: Path) -> None:
        """Take a picture file instead of a part."""
        self.gallery.clearSelection()
        self._file = file
        self.picture.setText(tr("The picture is read when it is judged."))
        tasks.run(lambda: small(QImage(str(file)), PREVIEW), self._on_file_read, lambda _: None)
        self.name.setText(file.stem[:80])
        self._check()

    def show_busy(self) -> None:
        """Say that the picture is being judged; nothing can be changed meanwhile."""
        self._say(tr("The picture is being judged…"))
        self.add_button.setEnabled(False)

    def show_problem(self, sentence: str) -> None:
        """Say why the sample was not added; another try is possible."""
        self._say(sentence)
        self._check()

    def _build(self) -> None:
        self.gallery.setObjectName("goldenGallery")
        self.gallery.setViewMode(QListView.ViewMode.IconMode)
        self.gallery.setResizeMode(QListView.ResizeMode.Adjust)
        self.gallery.setMovement(QListView.Movement.Static)
        self.gallery.setUniformItemSizes(True)
        self.gallery.setIconSize(_ICON)
        self.gallery.setSpacing(6)
        self.gallery.setAccessibleName(tr("The last parts"))
        left = QVBoxLayout()
        heading = QLabel(tr("The last parts of this recipe whose picture was kept"))
        heading.setProperty("role", "faint")
        left.addWidget(heading)
        left.addWidget(self.gallery, 1)
        left.addWidget(self.file_button)
        row = QHBoxLayout(self)
        row.setSpacing(16)
        row.addLayout(left, 3)
        row.addLayout(self._side(), 2)

    def _side(self) -> QVBoxLayout:
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(320, 220)
        self.picture.setText(tr("Choose a part or a file."))
        form = QFormLayout()
        form.setVerticalSpacing(10)
        for field, name in ((self.name, tr("Sample name")), (self.by, tr("Your name"))):
            field.setMaxLength(80)
            field.setAccessibleName(name)
        form.addRow(QLabel(tr("Sample name")), self.name)
        form.addRow(QLabel(tr("It must be")), self._choice())
        form.addRow(QLabel(tr("Your name")), self.by)
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.add_button.setText(tr("Judge and add"))
        self.add_button.setDefault(True)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self.picture, 1)
        column.addLayout(form)
        column.addWidget(self.problem)
        buttons = QHBoxLayout()
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.add_button, 1)
        column.addLayout(buttons)
        return column

    def _choice(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        for number_, verdict in enumerate(_CHOICES):
            button = QPushButton(word(verdict))
            button.setIcon(QIcon(golden_words.verdict_sign_of(verdict, 22)))
            button.setCheckable(True)
            self.verdicts.addButton(button, number_)
            row.addWidget(button, 1)
        return box

    def _source(self) -> InspectionRecord | Path | None:
        rows = [index.row() for index in self.gallery.selectedIndexes()]
        return self._candidates[rows[0]].record if rows else self._file

    def _on_chosen(self) -> None:
        rows = [index.row() for index in self.gallery.selectedIndexes()]
        if not rows:
            return
        candidate = self._candidates[rows[0]]
        self._file = None
        self._show_picture(candidate.image)
        self.name.setText(_title(candidate.record))
        if candidate.record.verdict in _CHOICES:
            button = self.verdicts.button(_CHOICES.index(candidate.record.verdict))
            if button is not None:
                button.setChecked(True)
        self._say("")
        self._check()

    def _on_file_wanted(self) -> None:
        kinds = "*.png *.jpg *.jpeg *.bmp *.tif *.tiff"
        title = tr("Choose a picture")
        file, _ = QFileDialog.getOpenFileName(self, title, "", f"{tr('Pictures')} ({kinds})")
        if file:
            self.choose_file(Path(file))

    def _on_file_read(self, image: QImage) -> None:
        if not sip.isdeleted(self) and self._file is not None and not image.isNull():
            self._show_picture(image)

    def _show_picture(self, image: QImage) -> None:
        self.picture.setPixmap(
            QPixmap.fromImage(image).scaled(
                self.picture.size(),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )

    def _check(self) -> None:
        complete = (
            self._source() is not None
            and bool(self.name.text().strip())
            and bool(self.by.text().strip())
            and self.verdicts.checkedId() >= 0
        )
        self.add_button.setEnabled(complete)

    def _say(self, text: str) -> None:
        self.problem.setText(text)

    def _on_add(self) -> None:
        source = self._source()
        if source is None:
            return
        expected = _CHOICES[self.verdicts.checkedId()]
        self.show_busy()
        self.wanted.emit(Order(source, self.name.text().strip(), expected, self.by.text().strip()))


def _title(record: InspectionRecord) -> str:
    return f"{record.context.lot} #{record.serial}".strip()
