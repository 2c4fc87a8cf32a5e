from __future__ import annotations

import pytest

from app.inspection.verdict import Verdict
from app.review.labelled import ExportCancelled, LabelledPart, LeftOut, select_parts
from app.store.base import Query
from tests.rigs.records import REGION
from tests.rigs.reviewed import SPOT, Shop, review


def parts(shop: Shop, **options: bool) -> list[LabelledPart]:
    return select_parts(shop.store, Query(), **options).parts


def test_the_person_says_what_a_part_is_not_the_machine(shop: Shop) -> None:
    shop.part(Verdict.NG, "false-call")
    shop.part(Verdict.NG, "confirmed", mask=(SPOT,), defect="scratch")
    shop.part(Verdict.OK, "confirmed")
    shop.part(Verdict.OK, "escape", defect="dent")
    shop.part(Verdict.REVIEW, "good")
    shop.part(Verdict.ERROR, "defective")
    shop.part(Verdict.NG)
    found = [(one.part, one.kind, one.mask_from) for one in parts(shop)]
    assert found == [
        ("good", "", ""),
        ("defective", "scratch", "review"),
        ("good", "", ""),
        ("defective", "dent", ""),
        ("good", "", ""),
        ("defective", "defect", ""),
    ]


def test_what_is_not_settled_is_left_out_and_counted(shop: Shop) -> None:
    unsure = shop.part(Verdict.NG, "unsure")
    two = shop.part(Verdict.NG, ["defective", "good"])
    doubt = shop.part(Verdict.NG, ["defective", "unsure"])
    settled = shop.part(Verdict.NG, ["unsure", "defective"])
    gone = shop.part(Verdict.OK, "good", evidence=None)
    shop.store.forget_evidence([gone.id])
    back = shop.part(Verdict.OK, "good")
    shop.store.add_review(review(back, "withdrawn", "a", 5))
    shop.store.add_review(review(back, "acknowledged", "b", 6))
    found = select_parts(shop.store, Query())
    assert [one.record.id for one in found.parts] == [settled.id]
    assert found.left_out[LeftOut.UNSURE] == [unsure.id, doubt.id]
    assert found.left_out[LeftOut.DISAGREEMENT] == [two.id]
    assert found.left_out[LeftOut.NO_PICTURE] == [gone.id]
    assert (found.good, found.defective, found.masks) == (0, 1, 0)


def test_the_machines_regions_serve_only_if_asked_and_never_over_a_drawn_mask(shop: Shop) -> None:
    shop.part(Verdict.NG, "confirmed")
    shop.part(Verdict.NG, "confirmed", mask=(SPOT,))
    shop.part(Verdict.OK, "escape")
    assert [one.mask for one in parts(shop)] == [(), (SPOT,), ()]
    found = parts(shop, machine_masks=True)
    assert [one.mask for one in found] == [(REGION.polygon,), (SPOT,), ()]
    assert [one.mask_from for one in found] == ["machine", "review", ""]


def test_the_newest_mask_and_name_of_a_standing_review_hold(shop: Shop) -> None:
    record = shop.part(Verdict.NG, "confirmed", mask=(SPOT,), defect="scratch")
    other = ((1, 1), (9, 1), (9, 9))
    shop.store.add_review(review(record, "confirmed", "b", 3, (other,), "dent"))
    (one,) = parts(shop)
    assert (one.mask, one.kind) == ((other,), "dent")
    shop.store.add_review(review(record, "withdrawn", "b", 4))
    (one,) = parts(shop)
    assert (one.mask, one.kind) == ((SPOT,), "scratch")


def test_pages_progress_and_cancel(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.review.labelled._PAGE", 2)
    records = [shop.part(Verdict.OK, "good") for _ in range(5)]
    seen: list[tuple[str, int, int]] = []
    found = select_parts(
        shop.store, Query(limit=1, newest_first=True),
        progress=lambda stage, done, total: seen.append((stage, done, total)),
    )  # fmt: skip
    assert [one.record.id for one in found.parts] == [record.id for record in records]
    assert seen == [("read", done, 5) for done in range(1, 6)]
    with pytest.raises(ExportCancelled):
        select_parts(shop.store, Query(), cancelled=lambda: len(seen) == 5)
