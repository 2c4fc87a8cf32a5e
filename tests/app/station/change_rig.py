"""A running station, two recipes in its book, and a change-over between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.inspection.recipe import Recipe
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.station.change_over import ChangeOver
from app.station.status import StationState
from tests.app.station.conftest import RECIPE, MakeRig, Rig
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import GreyDetector

OTHER = Recipe(name="other", camera="other:", checkpoint="other", ng_limit=0.5)


@dataclass
class Shop:
    """What a change-over says, and what the line judges with."""

    rig: Rig
    book: RecipeBook
    keeper: SettingsKeeper
    change: ChangeOver
    steps: list[str] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)

    def use(self, name: str, by: str = "Kim", **more: Any) -> Any:
        """Change over and return the recipe, or the sentence why not."""
        before = len(self.ended)
        assert self.change.begin(name, by, **more)
        self.rig.until(lambda: len(self.ended) > before)
        return self.ended[-1]

    def judges(self, name: str, parts: int = 2) -> None:
        """Wait until further parts were judged by a recipe."""
        before = len(self.rig.inspected)
        self.rig.until(lambda: len(self.rig.inspected) >= before + parts)
        assert {part.recipe for part in self.rig.inspected[before:]} == {name}
        assert self.rig.station.status().recipe.name == name
        assert self.rig.station.status().state is StationState.RUNNING


MakeShop = Callable[..., Shop]


def make_shop(
    make_rig: MakeRig,
    *recipes: Recipe,
    camera: GreyCamera | None = None,
    wait_s: float = 0.6,
    **changes: Any,
) -> Shop:
    """Return a station that judges by "grey", with "other" in its book too."""
    rig = make_rig(camera or GreyCamera(), GreyDetector(), GreyDetector("other"))
    book = RecipeBook(rig.store)
    for recipe in (RECIPE, *(recipes or (OTHER,))):
        book.save(recipe, author="Lee", reason="test")
    keeper = SettingsKeeper(rig.home / "station.toml")
    change = ChangeOver(rig.station, rig.store, keeper, rig.station, wait_s=wait_s, **changes)
    shop = Shop(rig, book, keeper, change)
    change.progressed.connect(lambda text, number, of: shop.steps.append(text))
    change.done.connect(shop.ended.append)
    change.failed.connect(shop.ended.append)
    return shop
