"""Another recipe on a running station: all of it, or the old one judges on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.camera.source import CameraNotFound, FrameSource
from app.errors import RecipeError, StoreError
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import CameraSettings, RegionOfInterest
from app.station.change_steps import STEPS
from app.station.status import StationState
from tests.app.station.change_rig import OTHER, Shop, make_shop
from tests.app.station.conftest import RECIPE, MakeRig
from tests.app.station.golden_line import picture
from tests.rigs.grey_camera import GreyCamera
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector

BOX = ((0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0))
WIDE = ((0.0, 0.0), (640.0, 0.0), (640.0, 40.0), (0.0, 40.0))


def other(**changes: Any) -> Recipe:
    return Recipe.model_validate({**OTHER.model_dump(), **changes})


def test_every_step_is_done_and_the_line_judges_by_the_new_recipe(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.rig.run(2)
    recipe = shop.use("other")
    assert (recipe.name, recipe.version) == ("other", 1)
    assert shop.steps == [step.text for step in STEPS]
    shop.judges("other")
    event = shop.rig.store.events.find(kinds=("recipe",))[0]
    assert event.by == "Kim"
    assert event.details["before"] == {"name": "grey", "version": 1}
    assert event.details["how"] == "button"


def test_the_same_camera_stays_open(make_rig: MakeRig) -> None:
    camera = GreyCamera()
    shop = make_shop(make_rig, other(camera="grey:"), camera=camera)
    shop.rig.run(2)
    shop.use("other")
    shop.judges("other")
    assert camera.opened == 1


def test_a_closed_line_stays_closed(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.rig.begin()
    assert shop.use("other").name == "other"
    assert shop.rig.station.status().phase is StationState.IDLE


def test_a_paused_line_stays_paused(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.rig.run(1)
    shop.rig.station.pause()
    assert shop.use("other").name == "other"
    assert shop.rig.station.status().phase is StationState.PAUSED


@pytest.mark.logs_expected
@pytest.mark.parametrize("number", range(len(STEPS)), ids=[step.key for step in STEPS])
def test_a_step_that_fails_leaves_the_old_recipe_judging(make_rig: MakeRig, number: int) -> None:
    def broken(tools: object, change: object) -> None:
        raise RecipeError("This step fails.")

    step = STEPS[number]
    camera = GreyCamera()
    shop = make_shop(
        make_rig,
        camera=camera,
        steps=(*STEPS[:number], replace(step, work=broken), *STEPS[number + 1 :]),
    )
    shop.rig.run(2)
    sentence = shop.use("other")
    assert sentence == "This step fails. Recipe grey stays in use."
    assert shop.steps == [step.text for step in STEPS[: number + 1]]
    shop.judges("grey")
    assert shop.rig.station.status().state is StationState.RUNNING
    assert not shop.change.is_busy
    assert shop.rig.store.events.find(kinds=("recipe",)) == []


def _recipe(shop: Shop) -> None:
    shop.rig.store.save_recipe('{"name": "other", "format": 99}', "other", 2, "Lee", "damaged")


def _approved(shop: Shop) -> None:
    shop.keeper.change(approval_required=True)


def _checkpoint(shop: Shop) -> None:
    del shop.rig.detectors["other"]


def _hash(shop: Shop) -> None:
    shop.book.save(other(checkpoint_sha256="a" * 64))


def _regions(shop: Shop) -> None:
    region = RegionOfInterest(name="web", polygon=WIDE)
    shop.book.save(other(regions=[region.model_dump()]))


def _limits(shop: Shop) -> None:
    shop.book.save(other(ng_limit=None))
    shop.rig.detectors["other"] = GreyDetector("other", limit=float("nan"))


def _region_limits(shop: Shop) -> None:
    region = {"name": "web", "polygon": BOX, "review_limit": 0.7}
    shop.book.save(other(regions=[region]))


def _golden(shop: Shop) -> None:
    recipe = shop.book.save(other(golden_required=True))
    golden = GoldenSet(shop.rig.store.golden, shop.rig.home / "golden")
    golden.add(picture(GOOD), "plain", recipe, GreyDetector("other"))
    shop.rig.detectors["other"] = GreyDetector("other", reference=BAD)


def _no_golden(shop: Shop) -> None:
    shop.book.save(other(golden_required=True))


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_recipe, "update the program"),
        (_approved, "not approved"),
        (_checkpoint, "no checkpoint 'other'"),
        (_hash, "needs the checkpoint aaaa"),
        (_regions, "Region web reaches beyond the picture of 64 x 48 px"),
        (_limits, "not calibrated"),
        (_region_limits, "review limit lies above"),
        (_golden, "plain"),
        (_no_golden, "golden"),
    ],
)
def test_what_is_really_wrong_is_said(make_rig: MakeRig, spoil: Any, said: str) -> None:
    shop = make_shop(make_rig)
    shop.rig.run(2)
    spoil(shop)
    sentence = shop.use("other")
    assert said in sentence
    assert sentence.endswith("Recipe grey stays in use.")
    shop.judges("grey")


class FailingCamera(GreyCamera):
    """The camera of "other" is missing from its n-th opening on."""

    def __init__(self, works: int) -> None:
        super().__init__()
        self.works = works

    def source(self, uri: str) -> FrameSource:
        source = super().source(uri)
        if uri.startswith("other"):
            self.works -= 1
            if self.works < 0:
                return _Missing(source)
        return source


class _Missing:
    def __init__(self, source: FrameSource) -> None:
        self.description, self.is_live = source.description, True

    def open(self) -> None:
        raise CameraNotFound("The other camera is missing; plug it in.")

    def read(self) -> Any:
        raise AssertionError

    def close(self) -> None:
        pass


@pytest.mark.logs_expected
@pytest.mark.parametrize("works", [0, 3], ids=["never", "only-when-tried"])
def test_a_missing_camera_brings_the_old_one_back(make_rig: MakeRig, works: int) -> None:
    camera = FailingCamera(works)
    shop = make_shop(make_rig, camera=camera)
    shop.rig.run(2)
    sentence = shop.use("other")
    assert "The other camera is missing" in sentence
    shop.judges("grey")
    assert camera.opened == (1 if works == 0 else 3)


@pytest.mark.logs_expected
def test_a_usb_camera_with_other_settings_is_looked_at_before_it_judges(
    make_rig: MakeRig,
) -> None:
    used = RECIPE.model_copy(update={"camera": "index:0"})
    settings = CameraSettings(exposure=-6.0)
    region = RegionOfInterest(name="web", polygon=WIDE).model_dump()
    wide = other(camera="index:0", camera_settings=settings.model_dump(), regions=[region])
    shop = make_shop(make_rig, wide)
    shop.book.save(used, author="Lee")
    shop.rig.run(2)
    assert shop.use("grey", version=2).version == 2
    shop.judges("grey")
    sentence = shop.use("other")
    assert "Region web reaches beyond" in sentence
    shop.judges("grey")
    assert not [part for part in shop.rig.inspected if part.recipe == "other"]
    shop.book.save(wide.model_copy(update={"regions": ()}), author="Lee")
    assert shop.use("other").camera_settings == settings
    shop.judges("other")


@pytest.mark.logs_expected
def test_a_database_that_fails_at_the_end_brings_the_old_recipe_back(make_rig: MakeRig) -> None:
    def lost(tools: object, change: object) -> None:
        raise StoreError("The database is gone.")

    shop = make_shop(make_rig, steps=(*STEPS[:-1], replace(STEPS[-1], work=lost)))
    shop.rig.run(2)
    assert "database is gone" in shop.use("other")
    shop.judges("grey")


def test_what_is_in_force_needs_no_change(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.rig.run(1)
    assert shop.use("grey").name == "grey"
    assert shop.steps == [STEPS[0].text]
    shop.judges("grey")


def test_the_newest_approved_version_is_used(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.book.save(other(ng_limit=0.4), author="Lee", reason="draft")
    shop.keeper.change(approval_required=True)
    shop.rig.run(1)
    shop.change.approvals.approve("other", 1, "Park")
    assert shop.use("other").version == 1


@pytest.mark.logs_expected
def test_a_fault_must_be_read_before_the_camera_is_closed(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.rig.run(2)
    shop.rig.station.report_bug("Something broke.")
    shop.rig.until_state(StationState.FAULT)
    assert "acknowledge the fault" in shop.use("other")
    shop.rig.station.acknowledge()
    shop.judges("grey")


@pytest.mark.logs_expected
def test_a_station_without_a_model_gets_another_recipe(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    del shop.rig.detectors["grey"]
    shop.rig.station.begin(start=False)
    shop.rig.until_state(StationState.FAULT)
    assert shop.use("other").name == "other"
    shop.rig.station.acknowledge()
    shop.rig.station.start()
    shop.judges("other")


def test_what_is_in_force_is_kept_for_the_next_start(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.rig.run(1)
    shop.use("other")
    settings = shop.keeper.settings
    assert (settings.recipe, settings.recipe_version) == ("other", 1)


@pytest.mark.logs_expected
def test_no_other_way_leads_around_the_approval(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    object.__setattr__(shop.rig.station.services, "allow", shop.change.approvals.require)
    refused: list[str] = []
    shop.rig.station.recipe_refused.connect(refused.append)
    shop.rig.run(1)
    shop.keeper.change(approval_required=True, recipe="grey", recipe_version=1)
    shop.rig.station.use_recipe(shop.book.load("other"))
    shop.rig.until(lambda: bool(refused))
    assert "not approved" in refused[0]
    shop.judges("grey")


def test_only_one_change_at_a_time(make_rig: MakeRig) -> None:
    shop = make_shop(make_rig)
    shop.rig.run(1)
    assert shop.change.begin("other", "Kim")
    assert shop.change.wanted == "other"
    assert not shop.change.begin("other", "Kim")
    shop.rig.until(lambda: bool(shop.ended))
    shop.judges("other")
