"""One page for each kind of source: what has to be said to name a camera address."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.camera.probing import FoundCamera, find_cameras
from app.camera.uri import source_for
from app.camera.url import without_secrets
from app.errors import ExpectedError
from app.i18n import N_, tr, trn
from app.station import tasks

Search = Callable[[frozenset[int]], tuple[FoundCamera, ...]]


class SourceKind(Enum):
    """Where pictures may come from."""

    LINE = "line"
    COMPUTER = "index"
    NETWORK = "network"
    FOLDER = "folder"
    VIDEO = "file"
    DEMO = "sim"


SOURCE_NAMES = {
    SourceKind.LINE: N_("Running line"),
    SourceKind.COMPUTER: N_("USB camera"),
    SourceKind.NETWORK: N_("Network camera"),
    SourceKind.FOLDER: N_("Folder"),
    SourceKind.VIDEO: N_("Video file"),
    SourceKind.DEMO: N_("Demo line"),
}
_NETWORK = ("rtsp:", "rtsps:", "http:", "https:")


def kind_of(address: str) -> SourceKind:
    """Return what kind of source an address names; the running line for ""."""
    scheme = address.strip().partition(":")[0].lower()
    if address.strip().lower().startswith(_NETWORK):
        return SourceKind.NETWORK
    known = {kind.value: kind for kind in SourceKind}
    return known.get(scheme, SourceKind.LINE) if address else SourceKind.LINE


class SourcePage(QWidget):
    """What every page has.

    Signals:
        chosen: An address was chosen, or "" if what was said names none.
    """

    chosen = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(6)

    @property
    def address(self) -> str:
        """The address as a recipe keeps it; "" while there is none."""
        return ""

    def set_address(self, address: str) -> None:
        """Show an address of this kind."""

    def entered(self) -> None:
        """The page is shown."""

    def retranslate(self) -> None:
        """Set all texts anew."""


class PlainPage(SourcePage):
    """A source that needs no further words: the running line, the demo line.

    Args:
        text: What it is, English source text.
        address: Returns the address.
    """

    def __init__(self, text: str, address: Callable[[], str]) -> None:
        super().__init__()
        self._text, self._find = text, address
        self._own = ""
        self._rows.addWidget(self.note)
        self._rows.addStretch(1)

    @property
    def address(self) -> str:
        """The address, with the options that a recipe has given it."""
        return self._own or self._find()

    def set_address(self, address: str) -> None:
        """Keep the options of an address."""
        self._own = address

    def retranslate(self) -> None:
        """Set all texts anew."""
        shown = without_secrets(self.address) if "://" in self.address else self.address
        self.note.setText(tr(self._text).format(address=shown))


class ComputerPage(SourcePage):
    """The cameras that are plugged in; they are looked for when the page is first shown.

    Args:
        busy: Returns the numbers of cameras that the line has open; they are not touched.
        search: Looks for cameras; blocks, called on a thread of the pool.
    """

    def __init__(self, busy: Callable[[], frozenset[int]], search: Search = find_cameras) -> None:
        super().__init__()
        self._busy, self._search = busy, search
        self._found: tuple[FoundCamera, ...] | None = None
        self._searching = False
        self._wanted: int | None = None
        self.list, self.again = QListWidget(), QPushButton()
        self.list.setObjectName("cameraList")
        self.list.setMinimumHeight(96)
        # Its own wish is higher than many windows allow beside the settings.
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.again.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.note, 1)
        row.addWidget(self.again)
        self._rows.addWidget(self.list)
        self._rows.addLayout(row)
        self.list.currentItemChanged.connect(lambda *_: self.chosen.emit())
        self.again.clicked.connect(self.search)

    @property
    def address(self) -> str:
        """The camera that is marked in the list."""
        item = self.list.currentItem()
        return f"index:{item.data(Qt.ItemDataRole.UserRole)}" if item is not None else ""

    def set_address(self, address: str) -> None:
        """Mark a camera; it is listed even if it does not answer."""
        number = address.partition(":")[2].partition("?")[0].strip()
        self._wanted = int(number) if number.isdecimal() else None
        self._fill()

    def entered(self) -> None:
        """Look for cameras the first time."""
        if self._found is None:
            self.search()

    def search(self) -> None:
        """Look for cameras; the list is filled when they have answered."""
        if self._searching:
            return
        self._searching = True
        busy, search = self._busy(), self._search
        if self.address:
            # The one that is marked may be open for its picture.
            self._wanted = int(self.address.partition(":")[2])
            busy = busy | {self._wanted}
        tasks.run(lambda: search(busy), self._on_found, self._on_failed)
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.again.setText(tr("Search again"))
        self.again.setEnabled(not self._searching)
        self.list.setAccessibleName(tr(SOURCE_NAMES[SourceKind.COMPUTER]))
        if self._searching:
            self.note.setText(tr("Looking for cameras. This takes a few seconds."))
        elif not self.list.count():
            self.note.setText(tr("No camera answers. Plug one in, then search again."))
        else:
            count = self.list.count()
            self.note.setText(trn("{count} camera", "{count} cameras", count).format(count=count))

    def _on_found(self, found: tuple[FoundCamera, ...]) -> None:
        self._searching = False
        kept = [one for one in self._found or () if one.index == self._wanted]
        self._found = (*found, *(one for one in kept if one not in found))
        self._fill()

    def _on_failed(self, error: Exception) -> None:
        self._searching, self._found = False, self._found or ()
        self.retranslate()
        self.note.setText(str(error))

    def _fill(self) -> None:
        known = {one.index: _camera_words(one) for one in self._found or ()}
        for number in self._busy():
            text = tr("Camera {number}: used by the running line")
            known[number] = text.format(number=number)
        if self._wanted is not None:
            known.setdefault(self._wanted, tr("Camera {number}").format(number=self._wanted))
        wanted = self._wanted if self._wanted is not None else min(known, default=None)
        before = self.address
        self.list.blockSignals(True)
        self.list.clear()
        for number, words in sorted(known.items()):
            item = QListWidgetItem(words)
            item.setData(Qt.ItemDataRole.UserRole, number)
            item.setSizeHint(QSize(0, 42))
            self.list.addItem(item)
            if number == wanted:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.retranslate()
        if self.address != before:
            self.chosen.emit()


class NetworkPage(SourcePage):
    """The address of a network camera; its form is checked while it is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.connect_button = QLineEdit(), QPushButton()
        self.connect_button.setAutoDefault(False)
        self._taken = ""
        for widget in (self.field, self.note, self.connect_button):
            self._rows.addWidget(widget)
        self._rows.addStretch(1)
        self.field.textChanged.connect(self.retranslate)
        self.field.returnPressed.connect(self._take)
        self.connect_button.clicked.connect(self._take)

    @property
    def address(self) -> str:
        """The address that was taken last."""
        return self._taken

    def set_address(self, address: str) -> None:
        """Show an address and take it."""
        self.field.setText(address)
        self._taken = address if not network_problem(address) else ""

    def retranslate(self) -> None:
        """Set all texts anew and say what is wrong with the address."""
        self.field.setPlaceholderText("rtsp://192.168.0.10:554/stream1")
        self.field.setAccessibleName(tr("Address of the camera"))
        self.connect_button.setText(tr("Connect"))
        typed = self.field.text().strip()
        problem = network_problem(typed) if typed else ""
        self.connect_button.setEnabled(bool(typed) and not problem)
        if not typed:
            self.note.setText(
                tr("Type the address that the camera's manual gives, with user and password.")
            )
        elif typed != self._taken or problem:
            self.note.setText(problem or tr("The form is right. Press Enter to connect."))
        else:
            self.note.setText("")

    def _take(self) -> None:
        typed = self.field.text().strip()
        if typed and not network_problem(typed):
            self._taken = typed
            self.retranslate()
            self.chosen.emit()


class FilePage(SourcePage):
    """A folder of pictures or a video file.

    Args:
        kind: Which of the two.
    """

    def __init__(self, kind: SourceKind) -> None:
        super().__init__()
        self._kind = kind
        self.field, self.choose = QLineEdit(), QPushButton()
        self.choose.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.choose)
        self._rows.addLayout(row)
        self._rows.addWidget(self.note)
        self._rows.addStretch(1)
        self.field.editingFinished.connect(self._on_typed)
        self.choose.clicked.connect(self._ask)
        self._told = ""

    @property
    def address(self) -> str:
        """The path as an address; options of it stay."""
        typed = self.field.text().strip()
        return f"{self._kind.value}:{typed}" if typed else ""

    def set_address(self, address: str) -> None:
        """Show a path."""
        self.field.setText(address.partition(":")[2])
        self._told = self.address

    def retranslate(self) -> None:
        """Set all texts anew."""
        is_folder = self._kind is SourceKind.FOLDER
        self.choose.setText(tr("Choose…"))
        self.field.setAccessibleName(tr(SOURCE_NAMES[self._kind]))
        self.note.setText(
            tr("The pictures of the folder are shown one after the other, again and again.")
            if is_folder
            else tr("The pictures of the video are shown one after the other, again and again.")
        )

    def _ask(self) -> None:
        title = tr(SOURCE_NAMES[self._kind])
        if self._kind is SourceKind.FOLDER:
            path = QFileDialog.getExistingDirectory(self, title, self.field.text())
        else:
            path, _ = QFileDialog.getOpenFileName(self, title, self.field.text())
        if path:
            self.field.setText(path)
            self._on_typed()

    def _on_typed(self) -> None:
        if self.address != self._told:
            self._told = self.address
            self.chosen.emit()


def network_problem(address: str) -> str:
    """Return what is wrong with the form of a network address; "" if nothing is."""
    if not address.lower().startswith(tuple(f"{scheme}//" for scheme in _NETWORK)):
        return tr("The address must begin with rtsp://, http:// or https://.")
    try:
        source_for(address)
    except ExpectedError as error:
        return str(error)
    return ""


def _camera_words(camera: FoundCamera) -> str:
    size = f"{camera.width} × {camera.height}"
    name = camera.name or tr("Camera {number}").format(number=camera.index)
    return f"{camera.index}: {name}, {size}"
