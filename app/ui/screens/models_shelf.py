"""What the buttons of the list of checkpoints do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QFileDialog, QWidget

from app.candidates.entry import Binned, Entry
from app.i18n import tr
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.screens.models_folders import open_folder
from app.ui.screens.models_loading import (
    Found,
    read_hashes,
    read_shelf,
    remove,
    shelf_of,
    with_hashes,
)
from app.ui.widgets.checkpoint_bin_dialog import BinDialog
from app.ui.widgets.checkpoint_list import CheckpointList
from app.ui.widgets.checkpoint_table import Roles, shown_name

SUFFIXES = "*.safetensors *.pth *.pt *.ckpt *.onnx"


class FileQuestions:
    """Asks for files and folders; tests answer in its place."""

    def folder(self, parent: QWidget) -> Path | None:
        """Ask for a folder with checkpoints; None if the person changes their mind."""
        chosen = QFileDialog.getExistingDirectory(parent, tr("Folder with checkpoints"))
        return Path(chosen) if chosen else None

    def source(self, parent: QWidget) -> Path | None:
        """Ask for a file to import."""
        kinds = f"{tr('Checkpoints')} ({SUFFIXES})"
        chosen, _ = QFileDialog.getOpenFileName(parent, tr("Import a checkpoint"), "", kinds)
        return Path(chosen) if chosen else None

    def target(self, parent: QWidget, name: str) -> Path | None:
        """Ask where a copy goes."""
        kind = f"*{Path(name).suffix}"
        chosen, _ = QFileDialog.getSaveFileName(parent, tr("Export the checkpoint"), name, kind)
        return Path(chosen) if chosen else None


class ShelfDesk(QObject):
    """Reads, notes, removes, brings back, imports and exports; all off the GUI thread.

    Signals:
        read: The list is up to date.
    """

    read = pyqtSignal()

    def __init__(self, desk: QaDesk, list_: CheckpointList, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._list, self._page = desk, list_, page
        self.questions = FileQuestions()
        self.found: Found | None = None
        self.roles = Roles()
        self._asked = 0
        self._wanted: Path | None = None
        self._undo: Binned | None = None
        self._news: Callable[[], tuple[str, str, bool]] = lambda: ("", "", False)
        self._connect()
        self._show()

    def begin(self, choose: Path | None = None) -> None:
        """Read the folders anew.

        Args:
            choose: File that is chosen in the list afterwards; None for the one before.
        """
        self._asked += 1
        self._wanted = choose or self._wanted
        self._list.read_button.setEnabled(False)
        tasks.run(
            partial(read_shelf, self._desk),
            partial(self._on_read, self._asked),
            partial(self._on_failed, self._asked),
        )

    def rest(self) -> None:
        """Wait for nothing more."""
        self._asked += 1
        self._list.read_button.setEnabled(True)

    def show_roles(self, roles: Roles) -> None:
        """Mark what is in force, was before and runs in shadow."""
        self.roles = roles
        self._list.show_roles(roles)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._list.show_notice(*self._news())
        self._show()

    def _tell(self, say: Callable[[], str], alarm: bool = False) -> None:
        """Say something in the language in use, also after that has changed."""
        undo = self._undo is not None
        self._news = lambda: (say(), tr("Bring it back") if undo else "", alarm)
        self._list.show_notice(*self._news())

    # -- reading -------------------------------------------------------------------------

    def _connect(self) -> None:
        shown = self._list
        for button, do in (
            (shown.read_button, self._on_read_wanted),
            (shown.folder_button, self._on_folder),
            (shown.import_button, self._on_import),
            (shown.export_button, self._on_export),
            (shown.bin_button, self._on_bin),
            (shown.binned_button, self._on_binned),
            (shown.undo_button, self._on_undo),
        ):
            button.clicked.connect(_without_argument(do))
        shown.details.note_written.connect(self._on_note)

    def _on_read(self, asked: int, found: Found) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        self.found = found
        self._list.read_button.setEnabled(True)
        if found.gone:
            gone = found.gone[0]
            self._tell(
                lambda: tr("The folder {folder} is not there any more.").format(folder=gone), True
            )
        self._show()
        self.read.emit()
        tasks.run(
            partial(read_hashes, self._desk, found.entries, lambda: asked == self._asked),
            partial(self._on_hashed, asked),
            partial(self._on_failed, asked),
        )

    def _on_hashed(self, asked: int, hashes: dict[Path, str]) -> None:
        if asked != self._asked or sip.isdeleted(self) or self.found is None or not hashes:
            return
        found = self.found
        entries = with_hashes(found.entries, hashes)
        self.found = Found(entries, found.binned, found.folders, found.gone)
        self._show()
        self.read.emit()

    def _on_failed(self, asked: int, error: Exception) -> None:
        if asked == self._asked and not sip.isdeleted(self):
            self._list.read_button.setEnabled(True)
            self._say_wrong(error)

    def _show(self) -> None:
        found = self.found
        if found is None:
            self._list.show_entries((), tr("The folders are being read …"))
            self._list.show_binned(0)
            return
        text = tr("No checkpoint in {folder} yet: import one, teach a product or train.")
        self._list.show_entries(found.entries, text.format(folder=self._desk.home.checkpoints))
        self._list.show_roles(self.roles)
        self._list.show_binned(len(found.binned))
        if self._wanted is not None and self._list.choose(self._wanted):
            self._wanted = None

    # -- doing ---------------------------------------------------------------------------

    def _do(self, job: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do something with a file, then read the list anew."""
        tasks.run(job, partial(self._on_done, done), self._say_wrong)

    def _on_done(self, done: Callable[[Any], None], result: Any) -> None:
        if not sip.isdeleted(self):
            self._undo = None
            done(result)
            self.begin()

    def _say_wrong(self, error: Exception) -> None:
        sentence = sentence_of(error)
        if not sip.isdeleted(self):
            self._tell(lambda: sentence, True)

    def _chosen(self) -> Entry | None:
        entry = self._list.entry
        if entry is None:
            self._tell(lambda: tr("Choose a checkpoint in the list first."), True)
        return entry

    def _on_read_wanted(self) -> None:
        self._undo = None
        self._tell(lambda: "")
        self.begin()

    def _on_note(self, text: str) -> None:
        entry = self._list.entry
        if entry is not None:
            self._do(partial(_note, self._desk, entry.path, text), lambda _: None)

    def _on_folder(self) -> None:
        folder = self.questions.folder(self._page)
        if folder is not None:
            self._do(
                partial(open_folder, self._desk.home, folder),
                lambda _: self._tell(
                    lambda: tr("The checkpoints of {folder} are listed too.").format(folder=folder)
                ),
            )

    def _on_import(self) -> None:
        source = self.questions.source(self._page)
        if source is not None:
            self._do(partial(_import, self._desk, source), self._on_imported)

    def _on_imported(self, path: Path) -> None:
        self._wanted = path
        self._tell(
            lambda: tr("Copied to {file}; check it before it is used.").format(file=path.name)
        )

    def _on_export(self) -> None:
        entry = self._chosen()
        target = None if entry is None else self.questions.target(self._page, entry.path.name)
        if entry is not None and target is not None:
            self._do(
                partial(_export, self._desk, entry.path, target),
                lambda path: self._tell(lambda: tr("Copied to {file}.").format(file=path)),
            )

    def _on_bin(self) -> None:
        entry = self._chosen()
        if entry is None:
            return
        if self.roles.badge_of(entry) is not None:
            self._tell(
                lambda: tr("It stays here while the station uses it ({word}).").format(
                    word=self.roles.word_of(entry)
                ),
                True,
            )
            return
        self._do(partial(remove, self._desk, entry), partial(self._on_binned_one, entry))

    def _on_binned_one(self, entry: Entry, binned: Binned) -> None:
        self._undo = binned
        self._tell(lambda: tr("{name} is in the bin.").format(name=shown_name(entry)))

    def _on_undo(self) -> None:
        if self._undo is not None:
            self.restore(self._undo)

    def restore(self, binned: Binned) -> None:
        """Bring a checkpoint back from the bin."""
        self._do(partial(_restore, self._desk, binned), self._on_restored)

    def _on_restored(self, path: Path) -> None:
        self._wanted = path
        self._tell(lambda: tr("{file} is back.").format(file=path.name))

    def _on_binned(self) -> None:
        dialog = BinDialog(self.found.binned if self.found else (), self._page)
        dialog.restore_wanted.connect(self.restore)
        dialog.open()


def _note(desk: QaDesk, path: Path, text: str) -> None:
    shelf_of(desk).note(path, text)


def _import(desk: QaDesk, source: Path) -> Path:
    return shelf_of(desk).import_file(source)


def _export(desk: QaDesk, path: Path, target: Path) -> Path:
    return shelf_of(desk).export_file(path, target)


def _restore(desk: QaDesk, binned: Binned) -> Path:
    return shelf_of(desk).restore(binned)


def _without_argument(do: Callable[[], None]) -> Callable[..., None]:
    """Return a slot that drops what a button says of its state."""

    def slot(checked: bool = False) -> None:
        do()

    return slot
