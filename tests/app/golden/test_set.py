from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from app.errors import StoreError
from app.golden.measuring import GoldenError
from app.golden.set import GoldenSet
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import Database
from tests.app.golden.conftest import RECIPE, picture
from tests.rigs.grey_detector import BAD, GOOD, GreyDetector


def test_a_sample_is_judged_and_kept_with_its_picture(golden: GoldenSet, store: Database) -> None:
    added = golden.add(picture(140), " plain ", RECIPE, GreyDetector(), by="kim")
    (found,) = golden.samples("grey")
    assert found == added
    assert (found.name, found.verdict, found.added_by) == ("plain", Verdict.OK, "kim")
    assert found.score == pytest.approx(12 / 255)
    # A fifth of the way to the limit 0.25, the way from a typical good part (0) at most.
    assert found.tolerance == pytest.approx((0.25 - 12 / 255) / 5)
    assert found.checkpoint_sha256 == GreyDetector().info.sha256
    data = (golden.folder / found.image).read_bytes()
    assert hashlib.sha256(data).hexdigest() == found.image_sha256
    np.testing.assert_array_equal(golden.load(found), picture(140))
    # A golden sample is no part.
    assert store.find(Query()) == []


def test_the_file_must_be_there_unchanged_and_in_the_folder(golden: GoldenSet) -> None:
    sample = golden.add(picture(GOOD), "plain", RECIPE, GreyDetector())
    file = golden.folder / sample.image
    data = file.read_bytes()
    file.write_bytes(data[:-1] + b"x")
    with pytest.raises(StoreError, match="changed"):
        golden.load(sample)
    file.unlink()
    with pytest.raises(StoreError, match="not in the golden folder"):
        golden.load(sample)
    (golden.folder.parent / "elsewhere.png").write_bytes(data)
    object.__setattr__(sample, "image", "../elsewhere.png")
    with pytest.raises(StoreError, match="outside"):
        golden.load(sample)


def test_a_name_is_used_once_until_it_is_retired(golden: GoldenSet) -> None:
    first = golden.add(picture(BAD), "scratch", RECIPE, GreyDetector(), expected=Verdict.NG)
    with pytest.raises(GoldenError, match="already"):
        golden.add(picture(BAD), "scratch", RECIPE, GreyDetector())
    with pytest.raises(GoldenError, match="needs a name"):
        golden.add(picture(BAD), "  ", RECIPE, GreyDetector())
    other = RECIPE.model_copy(update={"name": "other"})
    golden.add(picture(BAD), "scratch", other, GreyDetector())
    golden.retire(first)
    assert golden.samples("grey") == []
    assert (golden.folder / first.image).is_file()
    golden.add(picture(BAD), "scratch", RECIPE, GreyDetector())


@pytest.mark.parametrize(
    ("grey", "expected", "why"),
    [
        (GOOD, Verdict.NG, "must be NG, but it is judged OK"),
        (BAD, Verdict.OK, "must be OK, but it is judged NG"),
        (170, None, "clearly good or bad"),
        (170, Verdict.NG, "must be NG, but it is judged REVIEW"),
    ],
)
def test_what_is_judged_otherwise_is_refused(
    golden: GoldenSet, grey: int, expected: Verdict | None, why: str
) -> None:
    recipe = RECIPE.model_copy(update={"review_limit": 0.1})
    with pytest.raises(GoldenError, match=why):
        golden.add(picture(grey), "plain", recipe, GreyDetector(), expected=expected)
    assert golden.samples("grey") == []
    assert not golden.folder.exists()


@pytest.mark.logs_expected
def test_what_cannot_be_judged_is_refused(golden: GoldenSet) -> None:
    with pytest.raises(GoldenError, match="cannot be judged: model-failed"):
        golden.add(picture(7), "plain", RECIPE, GreyDetector(fails_at=(7,)))
    with pytest.raises(GoldenError, match="cannot be judged: not-calibrated"):
        golden.add(picture(7), "plain", RECIPE, GreyDetector(limit=float("nan")))


def test_what_is_not_judged_twice_the_same_is_refused(golden: GoldenSet) -> None:
    class Wavering(GreyDetector):
        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def predict(self, image):  # type: ignore[no-untyped-def]
            self.calls += 1
            return super().predict(image if self.calls % 2 else image // 8)

    with pytest.raises(GoldenError, match="not judged twice the same"):
        golden.add(picture(GOOD), "plain", RECIPE, Wavering())


def test_a_row_that_cannot_be_added_leaves_no_picture(golden: GoldenSet, store: Database) -> None:
    class Full:
        samples = store.golden.samples

        def add(self, sample: object) -> None:
            raise StoreError("The disk of the database is full; free some space.")

        def retire(self, sample_id: str, at: object) -> None:
            raise AssertionError("nothing is retired here")

    with pytest.raises(StoreError, match="full"):
        GoldenSet(Full(), golden.folder).add(picture(GOOD), "plain", RECIPE, GreyDetector())
    assert list(golden.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, store: Database) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    golden = GoldenSet(store.golden, tmp_path / "file" / "golden")
    with pytest.raises(StoreError, match="check the disk"):
        golden.add(picture(GOOD), "plain", RECIPE, GreyDetector())
    assert golden.samples("grey") == []


def test_measured_anew_for_another_checkpoint(golden: GoldenSet) -> None:
    old = golden.add(picture(140), "plain", RECIPE, GreyDetector(), by="kim")
    other = GreyDetector("other", reference=120)
    new = golden.measure(old, RECIPE, other, by="lee")
    assert golden.samples("grey") == [new]
    assert (new.name, new.image, new.image_sha256) == (old.name, old.image, old.image_sha256)
    assert (new.checkpoint_sha256, new.added_by) == (other.info.sha256, "lee")
    assert new.score == pytest.approx(20 / 255)
    with pytest.raises(GoldenError, match="must be OK"):
        golden.measure(new, RECIPE, GreyDetector("third", reference=10))
    assert golden.samples("grey") == [new]
