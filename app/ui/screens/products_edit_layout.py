"""Where everything stands while a recipe is changed."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, tr
from app.ui.widgets.camera_fields import CameraFields
from app.ui.widgets.frame_editor import FrameEditor
from app.ui.widgets.labelled import Labelled
from app.ui.widgets.panel import panel
from app.ui.widgets.recipe_fields import JUDGING, KEEPING, NAMING, TAKING, RecipeFields
from app.ui.widgets.recipe_regions import RegionLimits

_METHODS = (("template", N_("grey values")), ("edge", N_("outlines")))


class EditLayout:
    """Builds the widgets of the editor into a widget and holds them."""

    def __init__(self, page: QWidget) -> None:
        self.title, self.source, self.problem, self.changes = QLabel(), QLabel(), QLabel(), QLabel()
        self.back, self.save = QPushButton(), QPushButton()
        self.live, self.stored = QPushButton(), QPushButton()
        self.editor, self.tabs = FrameEditor(), QTabWidget()
        self.judging, self.keeping = RecipeFields(JUDGING), RecipeFields(KEEPING)
        self.naming, self.taking = RecipeFields(NAMING), RecipeFields(TAKING)
        self.fields = (self.judging, self.keeping, self.naming, self.taking)
        self.regions, self.regions_title = RegionLimits(), QLabel()
        self.camera_fields, self.method = CameraFields(), QComboBox()
        self.method_box = Labelled(self.method)
        self.camera_title = QLabel()
        for value, _ in _METHODS:
            self.method.addItem("", value)
        self._build(page)
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self.tabs.setFixedWidth(round(468 * scale))

    def camera_address(self) -> str:
        """Return the camera address as it is typed."""
        field = self.taking.widgets["camera"]
        return str(field.property("text") or "").strip()

    def show_problem(self, text: str) -> None:
        """Show why what is wanted cannot be saved; "" if it can."""
        self.problem.setText(f"✕ {text}" if text else "")
        self.problem.setVisible(bool(text))
        self.changes.setVisible(not text)

    def show_changes(self, text: str) -> None:
        """Show what is different so far."""
        line = text.replace("\n", "  ·  ")
        self.changes.setText(line or tr("Nothing has been changed yet."))

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew."""
        self.back.setText(tr("◀ Back without saving"))
        self.save.setText(tr("Save as new version …"))
        self.live.setText(tr("Picture of the camera"))
        self.stored.setText(tr("Stored picture"))
        self.regions_title.setText(tr("Limits of the regions (empty: those of the recipe)"))
        self.camera_title.setText(tr("Settings of the camera"))
        self.method_box.set_name(tr("Alignment finds the mark by"))
        for number, (_, text) in enumerate(_METHODS):
            self.method.setItemText(number, tr(text))
        names = (tr("Limits"), tr("Camera"), tr("Names, codes"), tr("Keeping"))
        for number, text in enumerate(names):
            self.tabs.setTabText(number, text)
        for fields in (*self.fields, self.camera_fields):
            fields.retranslate()

    def _build(self, page: QWidget) -> None:
        whole = QVBoxLayout(page)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(8)
        head = QHBoxLayout()
        self.title.setProperty("role", "large")
        self.save.setDefault(True)
        head.addWidget(self.back)
        head.addWidget(self.title, 1)
        head.addWidget(self.save)
        whole.addLayout(head)
        self.problem.setObjectName("recipeProblem")
        self.changes.setProperty("role", "faint")
        for label in (self.problem, self.changes):
            label.setWordWrap(True)
            whole.addWidget(label)
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self._left(), 1)
        for widget in (
            _column(self.judging, self.regions_title, self.regions),
            _column(self.taking, self.camera_title, self.camera_fields, self.method_box),
            _column(self.naming),
            _column(self.keeping),
        ):
            self.tabs.addTab(widget, "")
        self.tabs.setDocumentMode(True)
        body.addWidget(self.tabs)
        whole.addLayout(body, 1)

    def _left(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        self.source.setProperty("role", "faint")
        self.source.setWordWrap(True)
        row.addWidget(self.live)
        row.addWidget(self.stored)
        row.addWidget(self.source, 1)
        frame = panel(bar, self.editor)
        inner = frame.layout()
        if isinstance(inner, QVBoxLayout):
            inner.setStretchFactor(self.editor, 1)
        return frame


def _column(*widgets: QWidget) -> QScrollArea:
    """Return widgets one below the other that can be scrolled."""
    inner = QWidget()
    inner.setObjectName("screen")
    column = QVBoxLayout(inner)
    column.setContentsMargins(10, 10, 10, 10)
    column.setSpacing(8)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
