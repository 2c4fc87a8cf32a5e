"""A change of checkpoint as an event."""

from __future__ import annotations

from datetime import UTC, datetime

from app.i18n import tr
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.station.swap_status import Swapped


def swapped_event(swapped: Swapped, before: Recipe, after: Recipe, station: str) -> Event:
    """Return the event of a checkpoint that has taken over.

    Keys of its details: `name`, `sha256`, `detector` (of the new one, as at every start of the
    program), `why`, `before_name`, `before_sha256` ("" if nothing judged before),
    `before_recipe_version`, `recipe_version`, `rolled_back`, `was_warm`, `took_s`.

    Args:
        swapped: What has taken over from what.
        before: The recipe until then.
        after: The recipe from now on.
        station: Name of the station.
    """
    old, new = swapped.before, swapped.after
    if swapped.rolled_back:
        text = tr("Checkpoint {name} judges again ({by}: {why}).")
    else:
        text = tr("Checkpoint {name} judges from now on ({by}: {why}).")
    details = {
        "name": new.name,
        "sha256": new.sha256,
        "detector": new.detector,
        "why": swapped.why,
        "before_name": old.name if old else "",
        "before_sha256": old.sha256 if old else "",
        "before_recipe_version": before.version,
        "recipe_version": after.version,
        "rolled_back": swapped.rolled_back,
        "was_warm": swapped.was_warm,
        "took_s": round(swapped.took_s, 3),
    }
    said = text.format(name=new.name, by=swapped.by, why=swapped.why)
    return Event(datetime.now(UTC), "checkpoint", station, after.name, swapped.by, said, details)
