"""A classifier's heatmap says that it explains, and gives no regions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from app import i18n
from app.camera.frame import Frame
from app.inspection.explaining import NOTE, note_of, noted
from app.inspection.judgement import Inspection
from app.inspection.naming import kinds_of, name_defect
from app.inspection.overlay import overlay_picture
from app.inspection.pipeline import inspect
from app.inspection.reasons import explain
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from model.types import Prediction
from tests.app.inspection.test_overlay import H, SquareDetector, W


class Classifying(SquareDetector):
    """Says as much as the square detector, but only explains."""

    info = replace(SquareDetector.info, detector="classifier")
    names = (("nut-scratch", 0.6), ("nut-good", 0.3), ("bolt-good", 0.1))

    def predict(self, image: np.ndarray) -> Prediction:
        found = super().predict(image)
        return replace(found, explains=True, class_probabilities=self.names)


def judged(peak: float = 0.9, **recipe: object) -> Inspection:
    image = np.random.default_rng(0).integers(0, 255, (H, W, 3), np.uint8)
    frame = Frame(image, 0, 0.0, datetime.now(UTC), "test")
    settings = Recipe.model_validate({"name": "square"} | recipe)
    return inspect(frame, Classifying(peak), settings, Context(), now=lambda: 0.0)


def test_its_map_has_no_regions_and_the_reason_is_what_it_names() -> None:
    found = judged()
    assert found.record.verdict is Verdict.NG
    assert found.record.decision.regions == ()
    assert found.record.defect == "scratch"
    assert explain(found.record) == "The classifier takes it for: scratch."
    assert explain(replace(found.record, defect="")) == "The classifier takes it for defective."


def test_a_part_judged_by_regions_has_no_areas_either() -> None:
    corners = [(5, 5), (60, 5), (60, 50), (5, 50)]
    found = judged(regions=[{"name": "left", "polygon": corners}])
    assert found.record.verdict is Verdict.NG
    assert found.record.decision.regions == ()
    assert found.prediction is not None
    assert found.prediction.explains


def test_the_picture_keeps_all_its_pixels_above_the_note() -> None:
    found = judged(0.1)
    assert found.frame is not None
    shown = overlay_picture(found)
    assert np.array_equal(shown[:H], found.frame.image)
    assert shown.shape[0] > H
    assert shown.shape[1:] == (W, 3)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [32, 400, 4000])
def test_the_note_is_written_in_both_languages(language: str, width: int) -> None:
    i18n.set_language(language)
    picture = np.zeros((20, width, 3), np.uint8)
    strip = noted(picture, NOTE)[20:]
    assert strip.max() == 255
    if width > 300:
        # nothing is cut off at the sides
        assert (strip[:, [0, -1]] < 60).all()


def test_a_map_that_measures_needs_no_note() -> None:
    found = judged()
    assert note_of(found.record) == NOTE
    assert note_of(replace(found.record, detector="few_shot_clip")) == ""
    picture = np.zeros((20, 20, 3), np.uint8)
    assert noted(picture, "") is picture


@pytest.mark.parametrize(
    ("names", "defect"),
    [
        ((("nut-good", 0.5), ("nut-bent", 0.3), ("bolt-thread", 0.2)), "bent"),
        ((("bolt-thread", 0.4), ("nut-bent", 0.35), ("nut-good", 0.25)), "bent"),
        ((("nut-off-centre", 0.9), ("nut-good", 0.1)), "off-centre"),
        ((("brain-mri", 0.9), ("head-ct", 0.1)), ""),
    ],
)
def test_the_defect_is_the_state_of_the_likeliest_product(
    names: tuple[tuple[str, float], ...], defect: str
) -> None:
    assert name_defect(Verdict.NG, names) == defect
    assert name_defect(Verdict.OK, names) == ""


def test_the_kinds_to_choose_from_are_defects() -> None:
    names = (("nut-good", 0.5), ("bolt-bent", 0.2), ("nut-bent", 0.2), ("nut-flip", 0.1))
    assert kinds_of(names) == ("bent", "flip")
    assert kinds_of((("dent", 0.7), ("good", 0.3))) == ("dent",)
    assert kinds_of((("bottle", 0.7), ("cable", 0.3))) == ("bottle", "cable")
