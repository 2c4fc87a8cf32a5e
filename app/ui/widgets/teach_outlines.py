"""What was drawn for the product, over the live picture: people see what will be judged."""

from __future__ import annotations

import numpy as np
from PyQt5.QtCore import QPointF, Qt
from PyQt5.QtGui import QPainter, QPen, QPolygonF

from app.inspection.placement import Matrix
from app.inspection.recipe import Recipe
from app.ui import theme
from app.ui.widgets.frame_shapes import corners_of
from app.ui.widgets.zoom_view import ZoomView


class DrawnLayer:
    """Outlines of regions, and exclusions hatched, where the recipe has them."""

    def __init__(self) -> None:
        self._recipe: Recipe | None = None
        self._to_frame: Matrix | None = None

    def show(self, recipe: Recipe | None, to_frame: Matrix | None = None) -> None:
        """Draw what this recipe says from now on.

        Args:
            recipe: None draws nothing.
            to_frame: (2, 3) from the reference picture to the frame where the part has shifted.
        """
        self._recipe, self._to_frame = recipe, to_frame

    def paint(self, painter: QPainter, view: ZoomView) -> None:
        """Draw; nothing where there is no picture."""
        recipe = self._recipe
        if recipe is None or view.picture is None:
            return
        regions = [one.polygon for one in recipe.regions]
        if recipe.region_of_interest is not None:
            regions.append(corners_of(recipe.region_of_interest))
        for polygon in regions:
            outline = self._outline(polygon, view)
            for name, width in (("ink", 4), ("on_ground", 2)):
                painter.setPen(QPen(theme.colour(name), width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolygon(outline)
        painter.setPen(QPen(theme.colour("on_ground"), 1))
        painter.setBrush(theme.colour("none"))
        for polygon in recipe.exclusions:
            painter.setBrush(Qt.BrushStyle.BDiagPattern)
            painter.drawPolygon(self._outline(polygon, view))

    def _outline(self, polygon: tuple[tuple[float, float], ...], view: ZoomView) -> QPolygonF:
        points = np.asarray(polygon, np.float64)
        if self._to_frame is not None:
            points = points @ self._to_frame[:, :2].T + self._to_frame[:, 2]
        return QPolygonF([view.to_widget(QPointF(*point)) for point in points.tolist()])
