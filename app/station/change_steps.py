"""What has to be right before another recipe takes effect: one table of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.camera.frame import Frame
from app.camera.source import CameraNotFound, EndOfFrames, FrameSource
from app.errors import ExpectedError, RecipeError
from app.golden.check import check
from app.golden.wording import sentence as golden_sentence
from app.i18n import N_, tr
from app.inspection.event import Event
from app.inspection.recipe import Recipe
from app.inspection.region_fit import misfit
from app.settings.recipe_approval import Approvals
from app.settings.recipes import RecipeBook
from app.station.inference import Predictor
from app.station.line import Plan
from app.station.one_at_a_time import OneAtATime
from app.station.preparing import Prepared
from app.station.services import Services
from app.store.database import Database

_UNREADABLE_AT_MOST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What the steps work with; all of it may be used on any thread.

    Attributes:
        services: For checkpoints, cameras and golden samples.
        store: Recipes and events.
        approvals: Says which versions may be used.
        station: Name of the station.
        remember: Keeps name and version for the next start.
    """

    services: Services
    store: Database
    approvals: Approvals
    station: str
    remember: Callable[[str, int], object]


@dataclass(slots=True, eq=False)
class Change:
    """One change of recipe on its way; the steps fill it in, one after the other.

    Attributes:
        name: Recipe that is wanted.
        version: Which version; None for the newest that may be used.
        by: Who wants it, "" if nobody gave a name.
        how: "button", "scan" or "command".
        used: The recipe in force.
        ready: The recipe in force with its model; None if none could be loaded.
        frame: Newest frame of the open camera; None if it is closed.
        every: Judge every frame of a source that can wait.
        recipe: The version that is wanted, once it is read.
        predictor: Its model, once it is loaded and warm.
        size: Width and height of its camera's frames, pixels; None if they are to be seen only
            when the line has opened the camera.
    """

    name: str
    version: int | None
    by: str
    how: str
    used: Recipe
    ready: Prepared | None
    frame: Frame | None
    every: bool = False
    recipe: Recipe | None = None
    predictor: Predictor | None = None
    size: tuple[int, int] | None = None

    def wanted(self) -> Recipe:
        """Return the version that is wanted; it has been read."""
        if self.recipe is None:
            raise AssertionError("the recipe is read first")
        return self.recipe

    def model(self) -> Predictor:
        """Return its model; it has been loaded."""
        if self.predictor is None:
            raise AssertionError("the model is loaded before this step")
        return self.predictor

    def prepared(self, make_source: Callable[[str], FrameSource]) -> Prepared:
        """Return the recipe with its model, as the station takes it."""
        recipe = self.wanted()
        plan = Plan.of(make_source(recipe.source_uri), recipe, self.every)
        return Prepared(recipe, self.model(), plan)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that must be right.

    Attributes:
        key: Name in code.
        text: What is done, English source text.
        work: Does it on a pool thread and raises if it is not right; None for what the running
            line has to do itself.
    """

    key: str
    text: str
    work: Callable[[Tools, Change], None] | None


def _read(tools: Tools, change: Change) -> None:
    """Read the version; the camera of this run alone stays with its recipe."""
    book = RecipeBook(tools.store)
    version = change.version
    if version is None:
        version = tools.approvals.newest_usable(change.name)
    recipe = book.load(change.name, version)
    used = change.used
    if used.name == recipe.name and book.load(used.name, used.version).camera != used.camera:
        # Another camera was given on the command line.
        recipe = recipe.model_copy(update={"camera": used.camera})
    if (used.name, used.version) == (recipe.name, recipe.version) and used == recipe:
        text = tr("Recipe {name}, version {version}, is in force already.")
        raise RecipeError(text.format(name=recipe.name, version=recipe.version), "in-force")
    change.recipe = recipe


def _approved(tools: Tools, change: Change) -> None:
    tools.approvals.require(change.wanted())


def _loaded(tools: Tools, change: Change) -> None:
    """Load and warm up the checkpoint, unless the one that judges is the same."""
    recipe, ready = change.wanted(), change.ready
    wanted = recipe.checkpoint_sha256
    if ready is not None and wanted and ready.predictor.info.sha256 == wanted:
        change.predictor = ready.predictor
        return
    predictor = OneAtATime(tools.services.load(recipe.checkpoint))
    found = predictor.info.sha256
    if wanted and wanted != found:
        text = tr(
            "Recipe {recipe} needs the checkpoint {wanted}, but the file has {found}; "
            "put the right file in place or change the recipe."
        )
        raise ExpectedError(
            text.format(recipe=recipe.name, wanted=wanted[:12], found=found[:12]),
            "wrong-checkpoint",
        )
    change.predictor = predictor


def _camera(tools: Tools, change: Change) -> None:
    """Take one frame of its camera, beside the line or from it."""
    recipe, used = change.wanted(), change.used
    if change.frame is not None and recipe.source_uri == used.source_uri:
        change.size = _size(change.frame)
        return
    if change.frame is not None and recipe.camera == used.camera and not _is_shared(recipe.camera):
        # The line holds this camera; its other settings show when the line opens it anew.
        return
    source = tools.services.make_source(recipe.source_uri)
    try:
        source.open()
        change.size = _size(_first_frame(source))
    finally:
        source.close()


def _first_frame(source: FrameSource) -> Frame:
    for attempt in range(_UNREADABLE_AT_MOST):
        try:
            return source.read()
        except EndOfFrames:
            break
        except ExpectedError:
            if attempt + 1 == _UNREADABLE_AT_MOST:
                raise
    text = tr("The camera of the recipe ({camera}) gives no picture; check it.")
    raise CameraNotFound(text.format(camera=source.description))


def _regions(tools: Tools, change: Change) -> None:
    if change.size is not None and (problem := misfit(change.wanted(), *change.size)):
        raise RecipeError(problem, "regions")


def _limits(tools: Tools, change: Change) -> None:
    recipe, predictor = change.wanted(), change.model()
    limits = recipe.limits(predictor.calibration)
    if limits is None or not limits.are_valid:
        text = tr(
            "Checkpoint {name} is not calibrated and recipe {recipe} sets no valid limits; "
            "teach it with good parts first."
        )
        raise ExpectedError(
            text.format(name=predictor.info.name, recipe=recipe.name), "not-calibrated"
        )
    for region in recipe.regions:
        ng = limits.ng if region.ng_limit is None else region.ng_limit
        # The recipe's band may begin above a region's own limit: it is empty there.
        if region.review_limit is not None and region.review_limit > ng:
            text = tr("Region {name}: the review limit lies above the NG limit; set them right.")
            raise RecipeError(text.format(name=region.name), "limits")


def _golden(tools: Tools, change: Change) -> None:
    recipe = change.wanted()
    if not recipe.golden_required:
        return
    golden = tools.services.golden
    if golden is None:
        raise RecipeError(tr("This station keeps no golden samples."), "golden")
    samples = golden.samples(recipe.name)
    done = check(samples, golden.load, change.model(), recipe, tools.station)
    if not done.passed:
        raise RecipeError(golden_sentence(done), "golden")


def _recorded(tools: Tools, change: Change) -> None:
    recipe, used, info = change.wanted(), change.used, change.model().info
    text = tr("Recipe {before} was changed over to {after}, version {version}, by {by} ({how}).")
    said = text.format(
        before=used.name,
        after=recipe.name,
        version=recipe.version,
        by=change.by or tr("unknown"),
        how=tr(HOW.get(change.how, change.how)),
    )
    details = {
        "name": recipe.name,
        "version": recipe.version,
        "checkpoint": info.name,
        "checkpoint_sha256": info.sha256,
        "before": {"name": used.name, "version": used.version},
        "how": change.how,
    }
    now = datetime.now(UTC)
    tools.store.events.add(
        Event(now, "recipe", tools.station, recipe.name, change.by, said, details)
    )
    tools.remember(recipe.name, recipe.version)


HOW: dict[str, str] = {
    "button": N_("by button"),
    "scan": N_("by scanned code"),
    "command": N_("by command"),
}

STEPS: tuple[Step, ...] = (
    Step("recipe", N_("Recipe is read"), _read),
    Step("approved", N_("Approval is looked up"), _approved),
    Step("checkpoint", N_("Checkpoint is loaded"), _loaded),
    Step("camera", N_("Camera is asked for a picture"), _camera),
    Step("regions", N_("Regions are compared with the picture"), _regions),
    Step("limits", N_("Limits are checked"), _limits),
    Step("golden", N_("Golden samples are judged"), _golden),
    Step("applied", N_("Line takes the recipe over"), None),
    Step("recorded", N_("Change is recorded"), _recorded),
)


def fresh(change: Change, used: Recipe, ready: Prepared | None) -> bool:
    """Return whether what was in force when the change began still is."""
    return change.used is used and change.ready is ready


def _size(frame: Frame) -> tuple[int, int]:
    height, width = frame.image.shape[:2]
    return width, height


def _is_shared(camera: str) -> bool:
    """Return whether a camera can be opened twice at a time; a USB camera cannot."""
    return not camera.strip().lower().startswith("index:")
