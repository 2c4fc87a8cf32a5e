"""What is drawn and what a recipe keeps are the same, there and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PyQt5.QtCore import QPointF
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import i18n
from app.camera.frame import Image
from app.errors import RecipeError
from app.inspection.areas import filled
from app.inspection.cutting import cut
from app.inspection.placement import anchor_from
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import Anchor, RegionOfInterest
from app.settings.recipes import RecipeBook
from app.store.database import open_store
from app.ui.widgets.frame_editor import FrameEditor, Tool
from app.ui.widgets.frame_fields import shapes_of, with_shapes
from app.ui.widgets.frame_shapes import Box, ScaleLine, Shapes
from tests.ui.mouse import drag

places = st.tuples(st.integers(0, 4000), st.integers(0, 3000)).map(
    lambda place: (float(place[0]), float(place[1]))
)
polygons = st.lists(places, min_size=3, max_size=8).map(tuple)
limits = st.none() | st.floats(-10, 10)
regions = st.builds(
    RegionOfInterest,
    name=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12),
    polygon=polygons,
    ng_limit=limits,
    map_limit=limits,
)
sides = st.integers(8, 500)
boxes = st.tuples(st.integers(0, 2000), st.integers(0, 2000), sides, sides)
scales = st.none() | st.floats(1e-4, 10)
shapes = st.builds(
    Shapes,
    regions=st.lists(regions, max_size=4, unique_by=lambda region: region.name).map(tuple),
    exclusions=st.lists(polygons, max_size=4).map(tuple),
    anchor_box=st.none() | boxes,
    known_mm_per_px=scales,
)


def an_anchor(box: Box) -> Anchor:
    return Anchor(box=box, picture="AAAA", method="edge")


def no_anchor(box: Box) -> Anchor:
    raise AssertionError(f"asked for {box}")


def a_recipe(**fields: object) -> Recipe:
    return Recipe(name="bolt", product="Bolt M6", ng_limit=0.5, **fields)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(shapes)
def test_shapes_come_back_from_a_recipe(drawn: Shapes) -> None:
    recipe = with_shapes(a_recipe(), drawn, an_anchor)
    assert shapes_of(recipe) == drawn
    assert shapes_of(Recipe.from_json(recipe.to_json())) == drawn


@settings(deadline=None, max_examples=60)
@given(shapes, st.none() | boxes, scales)
def test_a_recipe_comes_back_from_its_shapes(
    drawn: Shapes, box: Box | None, scale: float | None
) -> None:
    recipe = with_shapes(a_recipe(), drawn, an_anchor)
    if box is not None:
        fields = {"regions": (), "region_of_interest": box, "mm_per_px": scale}
        recipe = recipe.model_copy(update=fields)
    assert with_shapes(recipe, shapes_of(recipe), no_anchor) == recipe


@settings(deadline=None, max_examples=60)
@given(places, places, st.floats(0.1, 1000))
def test_the_scale_is_length_by_length(
    start: tuple[float, float], end: tuple[float, float], length_mm: float
) -> None:
    line = ScaleLine(start, end, length_mm)
    if math.dist(start, end) < 1:
        assert line.mm_per_px is None
        return
    recipe = with_shapes(a_recipe(), Shapes(scale_line=line), an_anchor)
    assert recipe.mm_per_px is not None
    assert recipe.mm_per_px * math.dist(start, end) == pytest.approx(length_mm)


def test_one_plain_rectangle_is_a_region_of_interest_in_any_language() -> None:
    recipe = a_recipe(region_of_interest=(10, 20, 300, 200))
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        drawn = shapes_of(recipe)
        i18n.set_language("en")
        assert with_shapes(recipe, drawn, no_anchor).region_of_interest == (10, 20, 300, 200)
    named = drawn.with_name(0, "Gasket")
    kept = with_shapes(recipe, named, no_anchor)
    assert kept.region_of_interest is None
    assert kept.regions == named.regions


def test_tiles_in_mm_need_a_scale() -> None:
    recipe = a_recipe(mm_per_px=0.1, tile_mm=20.0)
    with pytest.raises(RecipeError, match="20 mm"):
        with_shapes(recipe, Shapes(), no_anchor)


class Desk:
    """An editor on a picture; opened anew it knows only what the recipe book has kept."""

    def __init__(self, bot: QtBot, picture: Image) -> None:
        self.bot = bot
        self.editor = FrameEditor()
        bot.addWidget(self.editor)
        self.editor.resize(900, 760)
        self.editor.show()
        bot.waitExposed(self.editor)
        self.editor.set_picture(picture)

    def drag(self, *way: tuple[float, float]) -> None:
        drag(self.editor.canvas, [self.editor.view.to_widget(QPointF(*p)).toPoint() for p in way])


@pytest.fixture
def open_desk(app: QApplication, qtbot: QtBot) -> Iterator[Callable[[Image], Desk]]:
    """Open editors that live until the test has ended, however it ends."""
    desks: list[Desk] = []

    def made(picture: Image) -> Desk:
        desks.append(Desk(qtbot, picture))
        return desks[-1]

    yield made
    desks.clear()


def test_what_was_brushed_and_drawn_is_the_same_after_closing_and_opening_again(
    open_desk: Callable[[Image], Desk], tmp_path: Path
) -> None:
    picture = np.random.default_rng(5).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    first = open_desk(picture)
    first.editor.set_tool(Tool.RECTANGLE)
    first.drag((100, 80), (500, 400))
    first.editor.set_tool(Tool.BRUSH)
    # Around a place in the middle: what the ring encloses has to stay judged.
    first.drag((200, 150), (350, 150), (350, 300), (200, 300), (200, 150))
    first.editor.set_tool(Tool.ANCHOR)
    first.drag((600, 100), (680, 160))
    drawn = first.editor.shapes()
    assert len(drawn.regions) == 1
    assert drawn.exclusions
    url = f"sqlite:///{(tmp_path / 'station.db').as_posix()}"
    store = open_store(url)
    recipe = with_shapes(a_recipe(), drawn, lambda box: anchor_from(picture, box))
    RecipeBook(store).save(recipe)
    store.close()
    first.editor.close()

    store = open_store(url)
    found = RecipeBook(store).load("bolt")
    store.close()
    second = open_desk(picture)
    second.editor.set_shapes(shapes_of(found))
    assert second.editor.shapes() == drawn
    assert with_shapes(found, second.editor.shapes(), no_anchor) == found
    before = filled(drawn.exclusions, (0, 0, 800, 600))
    assert (filled(found.exclusions, (0, 0, 800, 600)) == before).all()
    assert before[150, 275]
    assert not before[225, 275]
    plain = found.model_copy(update={"anchor": None})
    for one, other in zip(
        cut(picture, plain).pieces,
        cut(picture, recipe.model_copy(update={"anchor": None})).pieces,
        strict=True,
    ):
        assert (one.picture == other.picture).all()
