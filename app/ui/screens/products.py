"""Products: the recipes, their versions, and the way to a new one."""

from __future__ import annotations

from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import pyqtSlot
from PyQt5.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.i18n import tr
from app.inspection.recipe import Recipe
from app.station import tasks
from app.station.messages import sentence_of
from app.station.status import StationStatus
from app.ui.qa_desk import QaDesk
from app.ui.recipe_scanning import RecipeScanning
from app.ui.screens import products_words as words
from app.ui.screens.label_desk import ChooseFolder, LabelDesk, choose_folder
from app.ui.screens.page import Page
from app.ui.screens.products_edit import RecipeEditor
from app.ui.screens.products_layout import ProductsLayout
from app.ui.screens.products_loading import (
    Product,
    Version,
    changes_between,
    difference_text,
    load_products,
    load_versions,
)
from app.ui.screens.products_orders import RecipeOrders
from app.ui.screens.teach import TeachFlow
from app.ui.widgets.filled_box import fill


class ProductsPage(Page):
    """What is inspected here, and how."""

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._stack, self.overview = QStackedWidget(), QWidget()
        self.layout_ = ProductsLayout(self.overview)
        self.orders = RecipeOrders(desk, self)
        self.editor: RecipeEditor | None = None
        self.teaching: TeachFlow | None = None
        self.labelling: LabelDesk | None = None
        self.ask_folder: ChooseFolder = choose_folder
        self.products: tuple[Product, ...] = ()
        self.versions: tuple[Version, ...] = ()
        self._wanted = self._shown = ""
        self._asked = 0
        self._scale = 1.0
        self._is_shown = False
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        self._stack.addWidget(self.overview)
        self.scanning = RecipeScanning(desk, [self.overview], self)
        self._connect()
        self._show_buttons()

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Products")

    def entered(self) -> None:
        """Read the recipes anew."""
        self._is_shown = True
        if self.teaching is not None and self._stack.currentWidget() is self.teaching:
            self.teaching.entered()
        elif self._stack.currentWidget() is self.overview:
            self.layout_.list.setFocus()
        elif self.labelling is not None and self.labelling.is_shown:
            self.labelling.screen.resume()
        self.read()

    def left(self) -> None:
        """Wait for nothing; what is being edited or taught stays."""
        self._is_shown = False
        self._asked += 1
        if self.teaching is not None:
            self.teaching.rest()
        if self.editor is not None:
            self.editor.rest()
        if self.labelling is not None:
            self.labelling.rest()

    def set_scale(self, scale: float) -> None:
        """Fit tables and columns to the window's size."""
        self._scale = scale
        self.layout_.set_scale(scale)
        if self.editor is not None:
            self.editor.set_scale(scale)
        if self.teaching is not None:
            self.teaching.set_scale(scale)
        if self.labelling is not None:
            self.labelling.screen.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        self._show_list()
        self._show_versions()
        if self.editor is not None:
            self.editor.retranslate()

    # -- reading -------------------------------------------------------------------------

    def read(self, wanted: str = "") -> None:
        """Read the recipes anew and show one of them.

        Args:
            wanted: Name of the recipe to be shown; "" for the one that is.
        """
        self._wanted = wanted or self._wanted
        self._asked += 1
        asked = self._asked
        tasks.run(
            partial(load_products, self.desk),
            partial(self._on_products, asked),
            partial(self._on_failed, asked),
        )

    def _on_products(self, asked: int, products: tuple[Product, ...]) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        self.products = products
        names = [product.name for product in products]
        self.orders.known_names = tuple(names)
        force = self._in_force()
        chosen = (self._wanted, force[0] if force else "", self.desk.keeper.settings.recipe)
        self._wanted = next((name for name in chosen if name in names), names[0] if names else "")
        self._show_list()
        self._read_versions()

    def _read_versions(self) -> None:
        if not self._wanted:
            return
        tasks.run(
            partial(load_versions, self.desk, self._wanted),
            partial(self._on_versions, self._asked, self._wanted),
            partial(self._on_failed, self._asked),
        )

    def _on_versions(self, asked: int, name: str, versions: tuple[Version, ...]) -> None:
        if asked == self._asked and name == self._wanted and not sip.isdeleted(self):
            self.versions, self._shown = versions, name
            self._show_versions()

    def _on_failed(self, asked: int, error: Exception) -> None:
        if asked == self._asked and not sip.isdeleted(self):
            self.layout_.notice.show_problem(sentence_of(error))

    # -- what is chosen ------------------------------------------------------------------

    @property
    def version(self) -> Version | None:
        """The chosen version."""
        row = self.layout_.versions.chosen_row
        return self.versions[row] if 0 <= row < len(self.versions) else None

    @property
    def recipe(self) -> Recipe | None:
        """The chosen version as a recipe; None if it cannot be read."""
        version = self.version
        return None if version is None else version.recipe

    def _in_force(self) -> tuple[str, int] | None:
        if self.desk.station is None:
            return None
        recipe = self.desk.station.status().recipe
        return recipe.name, recipe.version

    def _show_list(self) -> None:
        force, layout = self._in_force(), self.layout_
        rows = [words.list_row(product, force) for product in self.products]
        names = [product.name for product in self.products]
        bold = [names.index(force[0])] if force and force[0] in names else []
        chosen = names.index(self._wanted) if self._wanted in names else -1
        layout.list.show_rows(rows, chosen, bold)
        rule = tr("Here a version is used only after a second person has approved it.")
        layout.rule.setText(rule if self.desk.keeper.settings.approval_required else "")
        layout.rule.setVisible(self.desk.keeper.settings.approval_required)

    def _show_versions(self) -> None:
        layout, force = self.layout_, self._in_force()
        required = self.desk.keeper.settings.approval_required
        rows = [words.version_row(one, self._shown, force, required) for one in self.versions]
        numbers = [one.saved.version for one in self.versions]
        in_force = numbers.index(force[1]) if force and force[1] in numbers else -1
        in_force = in_force if force and force[0] == self._shown else -1
        layout.versions.show_rows(rows, 0 if rows else -1, [in_force] if in_force >= 0 else [])
        self._show_version()

    @pyqtSlot()
    def _show_version(self) -> None:
        layout, version = self.layout_, self.version
        others = [one for one in self.versions if one is not version and one.recipe is not None]
        if version is not None:
            before = [one for one in others if one.saved.version < version.saved.version]
            first = (before or others[-1:])[:1]
            text = tr("version {version}")
            items = [
                (text.format(version=one.saved.version), str(one.saved.version)) for one in others
            ]
            fill(layout.compare, items, str(first[0].saved.version) if first else None)
        recipe = self.recipe
        title = "" if version is None else f"{self._shown}, {tr('version {version}')}"
        layout.name.setText(title.format(version=version.saved.version) if version else "")
        layout.facts.setText(words.recipe_facts(recipe) if recipe else "")
        self._show_changes()
        self._show_buttons()

    @pyqtSlot()
    def _show_changes(self) -> None:
        layout, version = self.layout_, self.version
        found = () if version is None else changes_between(self._compared(), version)
        layout.changes.show_rows([(one.field, one.before, one.after) for one in found])
        has_other = layout.compare.count() > 0
        layout.compare.setVisible(has_other)
        layout.changes_title.setVisible(has_other)
        layout.same.setText(tr("No difference.") if has_other else tr("The only version."))
        layout.same.setVisible(not found)
        layout.changes.setVisible(bool(found))

    def _compared(self) -> Version | None:
        number = self.layout_.compare.currentData()
        return next((one for one in self.versions if str(one.saved.version) == number), None)

    @pyqtSlot()
    def _show_buttons(self) -> None:
        layout, version, recipe = self.layout_, self.version, self.recipe
        change, force = self.desk.change_over, self._in_force()
        is_used = version is not None and force == (self._shown, version.saved.version)
        number = version.saved.version if version is not None else 0
        text = tr("Change over to version {version}").format(version=number)
        layout.use.setText(tr("In force") if is_used else text)
        free = change is not None and not change.is_busy
        usable = recipe is not None and version is not None and version.usable
        layout.use.setEnabled(bool(free and usable and not is_used))
        required = self.desk.keeper.settings.approval_required
        layout.approve.setText(tr("Approve …"))
        layout.approve.setVisible(required)
        layout.approve.setEnabled(
            required and recipe is not None and version is not None and not version.objection
        )
        for button in (layout.edit, layout.copy, layout.export):
            button.setEnabled(recipe is not None)
        hint = ""
        if version is not None and required and not version.usable:
            hint = version.objection or tr("A second person has to approve it first.")
        layout.hint.setText(hint)
        layout.hint.setVisible(bool(hint))

    # -- orders --------------------------------------------------------------------------

    def _connect(self) -> None:
        layout, desk = self.layout_, self.desk
        layout.list.itemSelectionChanged.connect(self._on_product_chosen)
        layout.versions.itemSelectionChanged.connect(self._show_version)
        layout.compare.activated.connect(self._show_changes)
        layout.use.clicked.connect(self._on_use)
        layout.approve.clicked.connect(self._on_approve)
        layout.edit.clicked.connect(self._on_edit)
        layout.copy.clicked.connect(self._on_copy)
        layout.export.clicked.connect(self._on_export)
        layout.take_in.clicked.connect(self.orders.take_in)
        layout.teach.clicked.connect(self.teach)
        layout.label.clicked.connect(self.label)
        self.orders.done.connect(self._on_ordered)
        self.orders.failed.connect(layout.notice.show_problem)
        self.scanning.failed.connect(layout.notice.show_problem)
        if desk.change_over is not None:
            layout.notice.follow(desk.change_over)
            desk.change_over.progressed.connect(self._show_buttons)
            desk.change_over.done.connect(self._on_changed_over)
            desk.change_over.failed.connect(self._show_buttons)
        if desk.station is not None:
            desk.station.recipe_taken.connect(self._on_changed_over)

    @pyqtSlot()
    def _on_product_chosen(self) -> None:
        row = self.layout_.list.chosen_row
        if 0 <= row < len(self.products):
            self._wanted = self.products[row].name
            self._read_versions()

    @pyqtSlot()
    def _on_use(self) -> None:
        change, recipe = self.desk.change_over, self.recipe
        if change is not None and recipe is not None:
            status: StationStatus = change.station.status()
            by = status.context.operator or self.desk.reviewer
            change.begin(recipe.name, by, "button", recipe.version)

    @pyqtSlot()
    def _on_approve(self) -> None:
        if self.recipe is not None and self.version is not None:
            found = changes_between(self._compared(), self.version)
            self.orders.approve(self.recipe, difference_text(found))

    @pyqtSlot()
    def _on_copy(self) -> None:
        if self.recipe is not None:
            self.orders.copy(self.recipe)

    @pyqtSlot()
    def _on_export(self) -> None:
        if self.recipe is not None:
            self.orders.export(self.recipe)

    @pyqtSlot()
    def _on_edit(self) -> None:
        recipe = self.recipe
        if recipe is None:
            return
        if self.editor is None:
            self.editor = RecipeEditor(self.desk, self)
            self.editor.left.connect(self._on_back)
            self.editor.save_wanted.connect(self._on_save)
            self.editor.set_scale(self._scale)
            self._stack.addWidget(self.editor)
        self.editor.edit(recipe, max(one.saved.version for one in self.versions))
        self._stack.setCurrentWidget(self.editor)

    @pyqtSlot(object, int, str)
    def _on_save(self, recipe: Recipe, seen: int, changes: str) -> None:
        self.orders.save(recipe, seen, changes)

    @pyqtSlot(str, str)
    def _on_ordered(self, name: str, text: str) -> None:
        if self._stack.currentWidget() is self.editor:
            self._on_back()
        self.layout_.notice.show_said(text)
        self.read(name)

    @pyqtSlot(object)
    def _on_changed_over(self, _: Recipe) -> None:
        if self._is_shown:
            self.read()

    @pyqtSlot()
    def teach(self) -> None:
        """Open the guided flow for a new product; a draft goes on where it was left."""
        if self.teaching is None:
            self.teaching = TeachFlow(self.desk, self)
            self.teaching.finished.connect(self._on_taught)
            self.teaching.left.connect(self._on_back)
            self.teaching.set_scale(self._scale)
            self._stack.addWidget(self.teaching)
        self._stack.setCurrentWidget(self.teaching)
        self.teaching.entered()

    @pyqtSlot()
    def label(self) -> None:
        """Ask for a folder of tiles or pictures and show them to be labelled by eye."""
        if self.labelling is None:
            self.labelling = LabelDesk(self.desk, self, self.ask_folder)
            self.labelling.opened.connect(self._stack.setCurrentWidget)
            self.labelling.left.connect(self._on_labelled)
            self.labelling.failed.connect(self.layout_.notice.show_problem)
            self.labelling.screen.set_scale(self._scale)
            self._stack.addWidget(self.labelling.screen)
        self.labelling.ask()

    @pyqtSlot(str)
    def _on_labelled(self, text: str) -> None:
        self._on_back()
        if text:
            self.layout_.notice.show_said(text)

    @pyqtSlot(str)
    def _on_taught(self, name: str) -> None:
        self._on_back()
        self.layout_.notice.show_said(tr("Recipe {name} was taught.").format(name=name))
        self.read(name)

    @pyqtSlot()
    def _on_back(self) -> None:
        if self.teaching is not None:
            self.teaching.rest()
        if self.editor is not None:
            self.editor.rest()
        self._stack.setCurrentWidget(self.overview)
        self.layout_.list.setFocus()
        self.read()
