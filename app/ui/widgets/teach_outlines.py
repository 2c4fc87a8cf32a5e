"""What was drawn for the product, over the live picture: people see what will be judged."""

from __future__ import annotations

from PyQt5.QtCore import QPointF, Qt
from PyQt5.QtGui import QPainter, QPen, QPolygonF

from app.inspection.recipe import Recipe
from app.ui import theme
from app.ui.widgets.frame_shapes import corners_of
from app.ui.widgets.zoom_view import ZoomView


class DrawnLayer:
    """Outlines of regions, and exclusions hatched, where the recipe has them."""

    def __init__(self) -> None:
        self._recipe: Recipe | None = None

    def show(self, recipe: Recipe) -> None:
        """Draw what this recipe says from now on."""
        self._recipe = recipe

    def paint(self, painter: QPainter, view: ZoomView) -> None:
        """Draw; nothing where there is no picture."""
        recipe = self._recipe
        if recipe is None or view.picture is None:
            return
        regions = [one.polygon for one in recipe.regions]
        if recipe.region_of_interest is not None:
            regions.append(corners_of(recipe.region_of_interest))
        for polygon in regions:
            outline = _outline(polygon, view)
            for name, width in (("ink", 4), ("on_ground", 2)):
                painter.setPen(QPen(theme.colour(name), width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolygon(outline)
        painter.setPen(QPen(theme.colour("on_ground"), 1))
        painter.setBrush(theme.colour("none"))
        for polygon in recipe.exclusions:
            painter.setBrush(Qt.BrushStyle.BDiagPattern)
            painter.drawPolygon(_outline(polygon, view))


def _outline(polygon: tuple[tuple[float, float], ...], view: ZoomView) -> QPolygonF:
    return QPolygonF([view.to_widget(QPointF(*point)) for point in polygon])
