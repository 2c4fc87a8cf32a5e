"""What a change of checkpoint does off the GUI thread: check and load it, keep the recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.errors import ExpectedError, RecipeError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.settings.recipes import RecipeBook
from app.station.inference import Predictor
from app.station.preparing import Prepared, prepare
from app.station.services import Checked, Services

_LIMITS = ("checkpoint", "checkpoint_sha256", "ng_limit", "review_limit", "map_limit", "regions")


def check_candidate(
    path: Path, services: Services, cancelled: Callable[[], bool] = lambda: False
) -> Checked:
    """Let a throw-away process try a candidate. Takes seconds, so not on the GUI thread.

    Args:
        path: The candidate.
        services: For the check.
        cancelled: Asked meanwhile; the check ends once it says so.

    Raises:
        ExpectedError: It cannot be used; the sentence says why.
    """
    checked = services.check(path, cancelled)
    if not checked.ok:
        raise ExpectedError(checked.sentence, "bad-checkpoint")
    return checked


def prepare_candidate(
    recipe: Recipe,
    loaded: Predictor | None,
    services: Services,
    *,
    every: bool = False,
    checked: Checked | None = None,
) -> Prepared:
    """Load and warm up what is to judge. Takes seconds, so not on the GUI thread.

    Args:
        recipe: The recipe with the new checkpoint.
        loaded: Its model if it is warm already.
        services: For the model.
        every: Judge every frame of a source that can wait.
        checked: What `check_candidate` said; None for what judged here before, of which the
            hash alone is compared.

    Returns:
        The recipe, now tied to the checkpoint by its hash, with the model.

    Raises:
        ExpectedError: The candidate cannot be used, or gives no usable limits.
        ModelError: It is missing, damaged or does not fit.
    """
    prepared = prepare(recipe, loaded, services.load, services.make_source, every=every)
    found = prepared.predictor.info
    if checked is not None and checked.info is not None and checked.info.sha256 != found.sha256:
        raise ExpectedError(
            tr("Checkpoint {name} was changed while it was being loaded; try again.").format(
                name=found.name
            ),
            "bad-checkpoint",
        )
    tied = prepared.recipe.model_copy(update={"checkpoint_sha256": found.sha256})
    return Prepared(tied, prepared.predictor, prepared.plan)


def keep(
    services: Services,
    used: Recipe,
    wanted: Recipe,
    by: str,
    why: str,
    *,
    may_be_used: bool = False,
) -> Recipe:
    """Keep a recipe with another checkpoint as its next version. Blocks.

    Args:
        services: For the recipe book.
        used: The version in force, perhaps with the camera of this run alone.
        wanted: The same with another checkpoint and limits.
        by: Author of the version.
        why: Reason of the version.
        may_be_used: Nobody has to approve it.

    Returns:
        The version as it was kept, with the camera in use.

    Raises:
        ExpectedError: This station may not use the new version yet.
        StoreError: The database fails.
    """
    book = RecipeBook(services.store)
    try:
        known = book.load(used.name, used.version)
    except RecipeError:
        # Never kept, e.g. one of the command line: it is kept as it is.
        known = used
    changes = {name: getattr(wanted, name) for name in _LIMITS}
    kept = book.save(known.model_copy(update=changes), author=by, reason=why)
    if not may_be_used:
        services.allow(kept)
    return kept.model_copy(update={"camera": used.camera})
