"""A desk of the quality staff on the station of the scene rig, with a golden set."""

from __future__ import annotations

from app import paths
from app.camera.frame import Image
from app.golden.set import GoldenSet
from app.paths import Home
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.station.station import Station
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.ui.qa_desk import QaDesk
from model.types import Prediction
from tests.ui.rig import PaintPredictor, Scene, recipe

GUARDED = recipe(golden_required=True)


class Ageing(PaintPredictor):
    """The paint predictor after something in it has changed, by hand.

    Attributes:
        by: Added to every score.
    """

    by = 0.0

    def predict(self, image: Image) -> Prediction:
        found = super().predict(image)
        return Prediction(found.score + self.by, found.anomaly_map, found.times)


def picture(part: str, number: int = 5) -> Image:
    scene = Scene()
    scene.part = part
    return scene.image(number)


def fill(store: Database, home: Home) -> GoldenSet:
    """Add a good and a defective sample, measured by the predictor as it was."""
    golden = GoldenSet(store.golden, home.golden)
    golden.add(picture("ok"), "plain plate", GUARDED, PaintPredictor(), by="kim")
    golden.add(picture("ng"), "red spot", GUARDED, PaintPredictor(), by="kim")
    return golden


def qa_desk(store: Database, home: Home, station: Station | None) -> QaDesk:
    """Return a desk; its reviewer is kim, its recipe that of the painted parts."""
    keeper = SettingsKeeper(paths.Home(home.root).settings)
    keeper.change(reviewer="kim", recipe="paint")
    book = RecipeBook(store)
    if "paint" not in book.names():
        book.save(GUARDED)
    evidence = EvidenceStore(home.evidence, min_free_bytes=0)
    return QaDesk(store, evidence, book, keeper, home, station)
