"""What is done with recipes on the products screen: asked first, done on pool threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QFileDialog, QWidget

from app.i18n import tr
from app.inspection.recipe import Recipe
from app.settings.recipe_approval import Approval
from app.settings.recipe_bundle import (
    SUFFIX,
    Imported,
    Manifest,
    file_name,
    import_bundle,
    read_manifest,
)
from app.settings.recipe_saving import save_version
from app.station import tasks
from app.station.messages import sentence_of
from app.station.recipe_export import export_recipe
from app.ui.qa_desk import QaDesk
from app.ui.screens.products_loading import approvals_of
from app.ui.widgets.checkpoint_sign_dialog import SignDialog
from app.ui.widgets.name_dialog import NameDialog

ChooseFile = Callable[[QWidget, str], str]


def choose_import(parent: QWidget, name: str) -> str:
    """Ask which file is to be taken in."""
    kinds = f"{tr('Exported recipes')} (*{SUFFIX} *.zip)"
    return QFileDialog.getOpenFileName(parent, tr("Import a recipe"), name, kinds)[0]


def choose_export(parent: QWidget, name: str) -> str:
    """Ask where the file is to be written."""
    kinds = f"{tr('Exported recipes')} (*{SUFFIX})"
    return QFileDialog.getSaveFileName(parent, tr("Export the recipe"), name, kinds)[0]


class RecipeOrders(QObject):
    """Approve, copy, export, import and save recipes.

    Attributes:
        known_names: Recipes that are there.
        choose_import: Asks for a file to read.
        choose_export: Asks for a file to write.

    Signals:
        done: Something was done. args: name of the recipe to be shown, what was done.
        failed: It was not. arg: why, one sentence.
    """

    done = pyqtSignal(str, str)
    failed = pyqtSignal(str)

    def __init__(self, desk: QaDesk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self.known_names: tuple[str, ...] = ()
        self.choose_import: ChooseFile = choose_import
        self.choose_export: ChooseFile = choose_export

    def approve(self, recipe: Recipe, changes: str) -> SignDialog:
        """Ask a second person for approval of a version.

        Args:
            recipe: The version.
            changes: What it changes, in lines (translated).
        """
        title = tr("Approve version {version}").format(version=recipe.version)
        text = tr("Recipe {name}, version {version}. It changes:").format(
            name=recipe.name, version=recipe.version
        )
        said = changes or tr("nothing before it to compare with")
        reasons = (tr("Tried on parts"), tr("Checked against the drawing"))
        # No name to begin with: it is another person than the one at this desk.
        dialog = SignDialog(title, f"{text}\n{said}", reasons, "", self._page)
        dialog.signed.connect(partial(self._approve, recipe))
        dialog.open()
        return dialog

    def save(self, recipe: Recipe, seen: int, changes: str) -> SignDialog:
        """Ask who saves a new version, and why.

        Args:
            recipe: As it is wanted.
            seen: Newest version when it was opened, 0 for a new recipe.
            changes: What it changes, in lines (translated).
        """
        title = tr("Save as version {version}").format(version=seen + 1)
        reasons = (
            tr("Product changed"),
            tr("Camera or light changed"),
            tr("Too many false calls"),
            tr("A defect escaped"),
        )
        dialog = SignDialog(title, changes, reasons, self._desk.reviewer, self._page)
        dialog.signed.connect(partial(self._save, recipe, seen))
        dialog.open()
        return dialog

    def copy(self, recipe: Recipe) -> NameDialog:
        """Ask under which name a recipe is to be copied."""
        question = tr(
            "Name of the new recipe. It gets everything of {name}, version {version}, but its "
            "scan codes and golden samples."
        )
        question = question.format(name=recipe.name, version=recipe.version)
        dialog = NameDialog(tr("Copy the recipe"), question, "", self._page)
        dialog.named.connect(partial(self._on_copy_named, recipe))
        dialog.open()
        return dialog

    def export(self, recipe: Recipe) -> None:
        """Ask where to write a recipe as one file, and write it."""
        chosen = self.choose_export(self._page, file_name(recipe))
        if not chosen:
            return
        target = Path(chosen if chosen.endswith(".zip") else chosen + SUFFIX)
        desk = self._desk
        self._run(
            partial(export_recipe, desk.store, desk.home, recipe, target),
            lambda path: (recipe.name, tr("Exported to {file}.").format(file=path)),
        )

    def take_in(self) -> None:
        """Ask for a file, look into it, and ask who takes it in."""
        chosen = self.choose_import(self._page, "")
        if chosen:
            tasks.run(
                partial(read_manifest, Path(chosen)),
                partial(self._on_manifest, Path(chosen)),
                self._on_failed,
            )

    def _on_manifest(self, file: Path, found: tuple[Manifest, Recipe]) -> None:
        if sip.isdeleted(self):
            return
        manifest, recipe = found
        known = recipe.name in self.known_names
        lines = [
            tr("Recipe {name}, version {version}, made by {author}: {reason}").format(
                name=manifest.name,
                version=manifest.version,
                author=manifest.author or "–",
                reason=manifest.reason or "–",
            ),
            tr("It brings a checkpoint; golden samples: {count}.").format(
                count=len(manifest.golden)
            ),
            tr("The recipe is known here: it becomes its next version.")
            if known
            else tr("The recipe is new here."),
        ]
        reasons = (tr("From another station"), tr("Back from a copy"))
        dialog = SignDialog(
            tr("Import the recipe"), "\n".join(lines), reasons, self._desk.reviewer, self._page
        )
        dialog.signed.connect(partial(self._import, file))
        dialog.open()

    def _import(self, file: Path, by: str, _: str) -> None:
        desk = self._desk

        def said(taken: Imported) -> tuple[str, str]:
            text = tr("Recipe {name}, version {version}, was taken in.").format(
                name=taken.recipe.name, version=taken.recipe.version
            )
            if taken.kept_samples:
                text += " " + tr("Its golden samples here stay as they are.")
            return taken.recipe.name, text

        self._run(partial(import_bundle, desk.store, desk.home, file, author=by), said)

    def _approve(self, recipe: Recipe, by: str, note: str) -> None:
        approvals = approvals_of(self._desk)

        def said(given: Approval) -> tuple[str, str]:
            text = tr("Version {version} was approved by {by}.")
            return recipe.name, text.format(version=given.version, by=given.by)

        self._run(partial(approvals.approve, recipe.name, recipe.version, by, note), said)

    def _save(self, recipe: Recipe, seen: int, by: str, why: str) -> None:
        book = self._desk.recipes

        def said(saved: Recipe) -> tuple[str, str]:
            text = tr("Saved as version {version} of recipe {name}.")
            return saved.name, text.format(version=saved.version, name=saved.name)

        self._run(partial(save_version, book, recipe, seen=seen, author=by, reason=why), said)

    def _on_copy_named(self, recipe: Recipe, name: str) -> None:
        changes = {"name": name, "version": 1, "scan_codes": (), "golden_required": False}
        copy = recipe.model_copy(update=changes)
        text = tr("A copy of {name}, version {version}, is kept as {copy}.")
        self.save(copy, 0, text.format(name=recipe.name, version=recipe.version, copy=name))

    def _run(self, job: Callable[[], object], said: Callable[..., tuple[str, str]]) -> None:
        tasks.run(job, partial(self._on_done, said), self._on_failed)

    def _on_done(self, said: Callable[..., tuple[str, str]], result: object) -> None:
        if not sip.isdeleted(self):
            self.done.emit(*said(result))

    def _on_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self.failed.emit(sentence_of(error))
