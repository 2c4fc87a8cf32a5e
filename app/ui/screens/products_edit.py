"""A recipe is changed: what is drawn on a picture of it, and what is typed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError
from PyQt5 import sip
from PyQt5.QtCore import pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app.camera.frame import Image
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.placement import anchor_from
from app.inspection.recipe import Recipe
from app.inspection.region_fit import misfit
from app.settings.recipe_diff import Difference, differences
from app.settings.recipe_words import FIELDS
from app.station import tasks
from app.station.frame_feed import FrameFeed
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.screens.products_edit_layout import EditLayout
from app.ui.screens.products_loading import difference_text
from app.ui.screens.products_pictures import newest_picture
from app.ui.widgets.frame_fields import shapes_of, with_shapes
from app.ui.widgets.recipe_fields import BadValue


class RecipeEditor(QWidget):
    """Regions and alignment on a stored or live picture at the left, everything else at the right.

    Signals:
        save_wanted: The changed recipe is to be saved. args: Recipe, the newest version when it
            was opened, what is different (translated lines).
        left: The person is done; nothing is saved.
    """

    save_wanted = pyqtSignal(object, int, str)
    left = pyqtSignal()

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.layout_ = EditLayout(self)
        station = desk.station
        self.feed = (
            FrameFeed(station, station.services.make_source, self)
            if station is not None
            else FrameFeed(None, parent=self)
        )
        self._recipe: Recipe | None = None
        self._picture: Image | None = None
        self._seen = self._asked = 0
        self._found: tuple[Difference, ...] = ()
        self._connect()
        self.retranslate()

    def edit(self, recipe: Recipe, seen: int) -> None:
        """Show a recipe to be changed.

        Args:
            recipe: The version to begin with.
            seen: Newest version of the recipe.
        """
        self._recipe, self._seen = recipe, seen
        layout = self.layout_
        for fields in layout.fields:
            fields.show_recipe(recipe)
        layout.camera_fields.set_settings(recipe.camera_settings)
        layout.method.setCurrentIndex(
            layout.method.findData(recipe.anchor.method if recipe.anchor else "template")
        )
        layout.editor.set_shapes(shapes_of(recipe))
        self._picture = None
        self._show_regions()
        self._ask_stored()
        self._check()
        self.retranslate()

    def rest(self) -> None:
        """Wait for no picture any more."""
        self._asked += 1
        self.feed.stop()

    def set_scale(self, scale: float) -> None:
        """Fit the columns to the window's size."""
        self.layout_.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        recipe = self._recipe
        if recipe is not None:
            text = tr("Recipe {name}, changed from version {version}")
            self.layout_.title.setText(text.format(name=recipe.name, version=recipe.version))
            self._check()

    # -- picture -------------------------------------------------------------------------

    def _connect(self) -> None:
        layout = self.layout_
        layout.back.clicked.connect(self.left)
        layout.save.clicked.connect(self._on_save)
        layout.live.clicked.connect(self._ask_live)
        layout.stored.clicked.connect(self._ask_stored)
        layout.editor.changed.connect(self._on_drawn)
        layout.regions.edited.connect(self._on_region_limit)
        layout.regions.refused.connect(self._on_refused)
        layout.camera_fields.changed.connect(self._check)
        layout.method.activated.connect(self._check)
        for fields in layout.fields:
            fields.changed.connect(self._check)
        self.feed.arrived.connect(self._on_frame)
        self.feed.failed.connect(self._on_no_frame)

    @pyqtSlot()
    def _ask_live(self) -> None:
        recipe = self._recipe
        if recipe is None:
            return
        self._asked += 1
        self.layout_.source.setText(tr("The camera is asked for a picture …"))
        camera = self.layout_.camera_address() or recipe.camera
        self.feed.watch(camera, self.layout_.camera_fields.settings)

    @pyqtSlot()
    def _on_frame(self) -> None:
        frame = self.feed.take()
        if frame is not None:
            self.feed.stop()
            self._show_picture(frame.image, tr("Picture of the camera, just taken"))

    @pyqtSlot(str)
    def _on_no_frame(self, sentence: str) -> None:
        self.feed.stop()
        self.layout_.source.setText(sentence)

    @pyqtSlot()
    def _ask_stored(self) -> None:
        recipe = self._recipe
        if recipe is None:
            return
        self._asked += 1
        self.feed.stop()
        self.layout_.source.setText(tr("A stored picture is looked for …"))
        tasks.run(
            partial(newest_picture, self._desk, recipe.name),
            partial(self._on_stored, self._asked),
            partial(self._on_not_stored, self._asked),
        )

    def _on_stored(self, asked: int, image: Image | None) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        if image is None and self._picture is None:
            text = tr("There is no stored picture of this recipe yet; take one of the camera.")
            self.layout_.editor.set_picture(None, text)
            self.layout_.source.setText(text)
        elif image is not None:
            self._show_picture(image, tr("Newest stored picture of this recipe"))

    def _on_not_stored(self, asked: int, error: Exception) -> None:
        if asked == self._asked and not sip.isdeleted(self):
            self.layout_.source.setText(sentence_of(error))

    def _show_picture(self, image: Image, said: str) -> None:
        self._picture = np.ascontiguousarray(image)
        self.layout_.editor.set_picture(self._picture)
        height, width = image.shape[:2]
        self.layout_.source.setText(f"{said} ({width} x {height} px)")
        self._check()

    # -- what is wanted ------------------------------------------------------------------

    @pyqtSlot()
    def _on_drawn(self) -> None:
        self._show_regions()
        self._check()

    def _show_regions(self) -> None:
        regions = self.layout_.editor.shapes().regions
        self.layout_.regions.show_regions(regions)
        self.layout_.regions.setVisible(bool(regions))
        self.layout_.regions_title.setVisible(bool(regions))

    @pyqtSlot(int, str, object)
    def _on_region_limit(self, number: int, field: str, value: float | None) -> None:
        shapes = self.layout_.editor.shapes()
        region = shapes.regions[number].model_copy(update={field: value})
        regions = (*shapes.regions[:number], region, *shapes.regions[number + 1 :])
        self.layout_.editor.set_shapes(replace(shapes, regions=regions))
        self._check()

    @pyqtSlot(str)
    def _on_refused(self, text: str) -> None:
        self.layout_.show_problem(tr("{text} is no number.").format(text=text))

    def wanted(self) -> Recipe:
        """Return the recipe as it is drawn and typed now.

        Raises:
            ExpectedError: It cannot be one; the sentence says why.
        """
        recipe = self._recipe
        if recipe is None:
            raise ExpectedError(tr("No recipe is being changed."))
        values: dict[str, Any] = {}
        try:
            for fields in self.layout_.fields:
                values |= fields.values()
        except BadValue as error:
            text = tr("{field}: type a number.")
            raise ExpectedError(text.format(field=tr(FIELDS[str(error)]))) from error
        values["camera_settings"] = self.layout_.camera_fields.settings.model_dump()
        shapes = self.layout_.editor.shapes()
        try:
            # The scale first: a tile needs it, and it is drawn.
            base = Recipe.model_validate(
                recipe.model_dump() | values | {"mm_per_px": shapes.mm_per_px}
            )
            return self._with_method(with_shapes(base, shapes, self._anchor))
        except ValidationError as error:
            raise ExpectedError(_sentence(error)) from error

    def _method(self) -> Literal["template", "edge"]:
        return "edge" if self.layout_.method.currentData() == "edge" else "template"

    def _with_method(self, recipe: Recipe) -> Recipe:
        """Return the recipe with the chosen way to find its mark, whose picture stays."""
        if recipe.anchor is None or recipe.anchor.method == self._method():
            return recipe
        anchor = recipe.anchor.model_copy(update={"method": self._method()})
        return recipe.model_copy(update={"anchor": anchor})

    def _anchor(self, box: tuple[int, int, int, int]) -> Any:
        if self._picture is None:
            raise ExpectedError(tr("Take a picture before the mark is drawn anew."))
        return anchor_from(self._picture, box, self._method())

    @pyqtSlot()
    def _check(self) -> None:
        """Say what is wrong or how much is different; only what is right can be saved."""
        recipe = self._recipe
        if recipe is None:
            return
        problem = ""
        try:
            wanted = self.wanted()
            self._found = differences(recipe, wanted)
            if self._picture is not None:
                height, width = self._picture.shape[:2]
                problem = misfit(wanted, width, height)
        except ExpectedError as error:
            problem = str(error)
        self.layout_.show_problem(problem)
        older = recipe.version < self._seen
        self.layout_.save.setEnabled(not problem and (bool(self._found) or older))
        if not problem:
            self.layout_.show_changes(difference_text(self._found, 4))

    @pyqtSlot()
    def _on_save(self) -> None:
        try:
            wanted = self.wanted()
        except ExpectedError as error:
            self.layout_.show_problem(str(error))
            return
        changes = difference_text(self._found)
        if self._recipe is not None and self._recipe.version < self._seen:
            text = tr("Version {version} is brought back.").format(version=self._recipe.version)
            changes = f"{text}\n{changes}".strip()
        self.save_wanted.emit(wanted, self._seen, changes)


def _sentence(error: ValidationError) -> str:
    """Return what is wrong with a value, with the name of its field."""
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    if field in FIELDS:
        return tr("{field}: this value is not possible.").format(field=tr(FIELDS[field]))
    if "review_limit" in first["msg"]:
        return tr("The review limit must not be above the NG limit.")
    if "tile_mm" in first["msg"]:
        return tr("Tiles of one size need a scale; draw its line.")
    return tr("This is not possible: {reason}.").format(reason=first["msg"])
