"""A reviewer's desk: a real store that can be made to fail, with real small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import paths
from app.errors import StoreError
from app.inspection.judgement import Inspection
from app.inspection.recipe import Recipe
from app.inspection.verdict import Decision, Limits, Verdict
from app.paths import Home
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.ui.qa_desk import QaDesk
from model.types import Region
from tests.rigs.records import an_inspection

KINDS = ("scratch", "dent", "stain")
RECIPE = Recipe(name="bolt", keep_ok_every=1, defect_kinds=KINDS, mm_per_px=0.1)
REGIONS = (
    Region(((8, 8), (20, 8), (20, 20), (8, 20)), 144.0, 0.9, (8, 8, 20, 20)),
    Region(((40, 30), (46, 30), (46, 36)), 18.0, 0.7, (40, 30, 46, 36)),
)
BROKEN = "The database server cannot be reached; check server and network."
_ASKED = {
    "add_review", "rows", "count", "get", "find", "reviews", "facets",
}  # fmt: skip


class Breakable(Database):
    """A real database that is gone while `broken` is set."""

    def __init__(self, url: str) -> None:
        self.broken = False
        super().__init__(url)

    def __getattribute__(self, name: str) -> Any:
        if name in _ASKED and object.__getattribute__(self, "broken"):
            raise StoreError(BROKEN)
        return super().__getattribute__(name)


def a_part(number: int, verdict: Verdict = Verdict.NG, **changes: Any) -> Inspection:
    """Return a judged part; the highest number is the newest."""
    score = {Verdict.OK: 0.2, Verdict.REVIEW: 0.45, Verdict.ERROR: None}.get(
        verdict, 0.5 + number / 1000
    )
    reasons = ("model-failed: out of luck",) if verdict is Verdict.ERROR else ("score-above-limit",)
    values: dict[str, Any] = {
        "id": f"01900000-0000-7000-8000-{number:012d}",
        "serial": f"{number:04d}",
        "lot": "L1",
        "score": score,
        "limits": Limits(0.5, 0.4, 0.5, 0.1),
        "decision": Decision(verdict, reasons, REGIONS if verdict is Verdict.NG else ()),
        "class_probabilities": (("dent", 0.71), ("scratch", 0.29)),
        "mm_per_px": 0.1,
        "product": "Bolt M8",
        **changes,
    }
    return an_inspection(verdict, recipe=RECIPE, seed=number, **values)


def make_desk(
    folder: Path, parts: Sequence[Inspection], reviewer: str = "kim", url: str = ""
) -> QaDesk:
    """Return a desk whose store holds these parts with their pictures."""
    home: Home = paths.home(folder)
    home.root.mkdir(parents=True, exist_ok=True)
    store = Breakable(url or home.database_url)
    evidence = EvidenceStore(home.evidence, min_free_bytes=0)
    store.add_many([replace(part.record, evidence=evidence.save(part)) for part in parts])
    recipes = RecipeBook(store)
    recipes.save(RECIPE)
    keeper = SettingsKeeper(home.settings)
    if reviewer:
        keeper.change(reviewer=reviewer)
    return QaDesk(store, evidence, recipes, keeper, home)
