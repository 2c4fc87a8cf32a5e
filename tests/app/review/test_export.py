from __future__ import annotations

import csv
import errno
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.inspection.verdict import Verdict
from app.review.export import ExportCancelled, ExportError, ExportPlan, export_reviews
from app.review.export_files import safe_name
from app.store.base import Query
from model.data import read_test_set
from model.datasets.collection import read_collection, scan
from model.datasets.description import describe
from model.images import read_image
from model.training.groups import group_of, source_groups
from tests.rigs.reviewed import SPOT, Shop, spotted

ROI = (20, 10, 100, 80)


def filled(shop: Shop, good: int = 8, lots: int = 1, **changes: Any) -> None:
    for number in range(good):
        shop.part(Verdict.OK, "good", lot=f"L{number % lots}", **changes)
    for kind in ("scratch", "scratch", "dent"):
        shop.part(Verdict.NG, "confirmed", mask=(SPOT,), defect=kind, **changes)


def export(shop: Shop, out: Path, **options: Any) -> Any:
    return export_reviews(shop.store, shop.evidence, ExportPlan(**options), out)


def test_a_set_comes_back_as_it_was_written(shop: Shop, tmp_path: Path) -> None:
    filled(shop)
    shop.part(Verdict.NG, "unsure")
    result = export(shop, tmp_path / "set")
    assert (result.train_good, result.test_good) == (6, 2)
    assert result.kinds == {"scratch": 2, "dent": 1}
    assert result.masks == {"review": 3}
    assert result.left_out == {"unsure": 1}
    for read in (read_collection, scan):
        found = read(tmp_path / "set")
        assert len(found.train) == 6
        assert sorted(one.kind for one in found.test) == ["dent", "good", "good", *["scratch"] * 2]
        assert all(one.mask is not None for one in found.test if one.is_defective)
    assert read_collection(tmp_path / "set").products == ("bolt M8",)
    assert len(read_test_set(tmp_path / "set")) == 5
    told = describe(read_collection(tmp_path / "set"))
    # the made-up spots are brighter than the rest, which is a give-away; nothing else is wrong
    assert [warning for warning in told.warnings if "alone tells" not in warning] == []
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [
        "ground_truth", "manifest.json", "meta.json", "parts.csv", "test", "train",
    ]  # fmt: skip
    assert not list(tmp_path.glob(".set.*"))


def test_pictures_and_masks_are_what_the_model_saw(shop: Shop, tmp_path: Path) -> None:
    filled(shop, good=2, region_of_interest=ROI)
    export(shop, tmp_path / "set")
    found = [one for one in read_collection(tmp_path / "set").test if one.is_defective]
    for number, one in enumerate(sorted(found, key=lambda one: one.path.name), start=3):
        x, y, width, height = ROI
        expected = spotted(number)[y : y + height, x : x + width]
        assert np.array_equal(read_image(one.path), expected)
        assert one.mask is not None
        mask = read_image(one.mask)[:, :, 0] > 0
        assert mask.shape == (80, 100)
        assert mask[10:22, 10:26].all()
        assert mask.sum() == 12 * 16


def test_a_mask_outside_the_region_is_none(shop: Shop, tmp_path: Path) -> None:
    shop.part(Verdict.OK, "good")
    shop.part(Verdict.NG, "confirmed", mask=(SPOT,), region_of_interest=(60, 40, 90, 70))
    result = export(shop, tmp_path / "set")
    assert result.masks == {}
    assert result.kinds == {"defect": 1}


def test_whatever_shows_the_same_part_stays_on_one_side(shop: Shop, tmp_path: Path) -> None:
    filled(shop, good=12)
    # the same part judged twice: once good, once defective
    shop.part(Verdict.OK, "good", serial="S90", lot="L0")
    shop.part(Verdict.NG, "confirmed", mask=(SPOT,), serial="S90", lot="L0")
    # three pictures of one good part
    for _ in range(3):
        shop.part(Verdict.OK, "good", serial="S91", lot="L0")
    # another exposure of the first good part
    dark = (shop.evidence.load_image(shop.store.find(Query(newest_first=False))[0].evidence)
            .astype(float) * 0.8).astype(np.uint8)  # fmt: skip
    shop.part(Verdict.OK, "good", image=dark)
    for seed in range(4):
        export(shop, tmp_path / str(seed), seed=seed)
        found = read_collection(tmp_path / str(seed))
        groups = source_groups(found.root, found.products)
        train = {group_of(one, groups) for one in found.train}
        assert not train & {group_of(one, groups) for one in found.test}
        told = describe(found)
        assert told.duplicates == ()
        with (found.root / "parts.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        of = {row["serial"]: row["file"].partition("/")[0] for row in rows}
        assert of["S90"] == "test"
        assert {row["file"].partition("/")[0] for row in rows if row["serial"] == "S91"} == {
            of["S91"]
        }
    sides = [(tmp_path / str(seed) / "parts.csv").read_text("utf-8") for seed in range(4)]
    assert len(set(sides)) > 1


def test_where_every_part_looks_like_another_likeness_ties_nothing(
    shop: Shop, tmp_path: Path
) -> None:
    # Parts that lie a little further each time: every one looks like the next.
    belt = spotted(1, ((300, 40), (330, 40), (330, 80), (300, 80)), width=400)
    images = [belt[:, 2 * step : 2 * step + 320].copy() for step in range(30)]
    for image in (*images, images[0]):
        shop.part(Verdict.OK, "good", image=image)
    for kind in ("dent", "dent"):
        shop.part(Verdict.NG, "confirmed", mask=(SPOT,), defect=kind)
    result = export(shop, tmp_path / "set")
    assert (result.train_good, result.test_good) == (22, 9)
    told = json.loads((tmp_path / "set" / "manifest.json").read_text("utf-8"))
    assert told["split"]["by_likeness"] is False
    # equal pixels still count
    same = Counter(one["same_part"] for one in told["pictures"])
    assert sorted(same.values())[-2:] == [1, 2]


def test_good_parts_of_a_lot_stay_together_where_there_are_lots_enough(
    shop: Shop, tmp_path: Path
) -> None:
    filled(shop, good=20, lots=5)
    result = export(shop, tmp_path / "set")
    assert result.by_lot
    assert (result.train_good, result.test_good) == (16, 4)
    with (tmp_path / "set" / "parts.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if "/good/" in row["file"]]
    sides = {(row["lot"], row["file"].partition("/")[0]) for row in rows}
    assert len(sides) == 5


def test_the_manifest_names_every_picture_and_its_reviewers(shop: Shop, tmp_path: Path) -> None:
    filled(shop)
    left = shop.part(Verdict.NG, ["good", "defective"])
    root = tmp_path / "set"
    export(shop, root, query=Query(lot="L0", recipe="bolt"), seed=3)
    told = json.loads((root / "manifest.json").read_text("utf-8"))
    assert told["filters"] == {"lot": "L0", "recipe": "bolt"}
    assert told["split"] == {
        "held_out": 0.3, "seed": 3, "by_lot": False, "by_likeness": True,
    }  # fmt: skip
    assert left.context.lot == "lot-1"
    assert told["left_out"] == {}
    assert len(told["pictures"]) == 8
    for one in told["pictures"]:
        assert hashlib.sha256((root / one["file"]).read_bytes()).hexdigest() == one["sha256"]
        record = shop.store.get(one["record"])
        assert record is not None
        assert record.evidence is not None
        assert one["frame_sha256"] == record.evidence.image_sha256
        assert one["checkpoint_sha256"] == record.checkpoint_sha256
        assert (one["recipe"], one["recipe_version"]) == ("bolt", 1)
        assert [review["by"] for review in one["reviews"]] == ["a"]


def test_products_have_a_folder_each_and_names_fit_every_disk(shop: Shop, tmp_path: Path) -> None:
    filled(shop, good=3)
    filled(shop, good=3, product="너트: M8?")
    shop.part(Verdict.NG, "confirmed", mask=(SPOT,), defect="Scratch")
    result = export(shop, tmp_path / "set")
    assert result.products == ("bolt M8", "너트_ M8_")
    assert result.kinds == {"scratch": 5, "dent": 2}
    assert (tmp_path / "set" / "너트_ M8_" / "train" / "good").is_dir()
    assert read_collection(tmp_path / "set").products == result.products


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "x"), ("good", "good_"), ("CON", "CON_"), ("nul.txt", "nul.txt_"), (" a/b. ", "a_b"),
     ("긁힘", "긁힘"), ("..", "x"), ("a" * 90, "a" * 60)],
)  # fmt: skip
def test_names_of_folders(name: str, expected: str) -> None:
    assert safe_name(name, "x") == expected


def test_the_newest_of_each_class_are_taken(shop: Shop, tmp_path: Path) -> None:
    filled(shop, good=6)
    result = export(shop, tmp_path / "set", most=2)
    assert result.train_good + result.test_good == 2
    assert result.defective == 2


def test_a_changed_picture_is_left_out(shop: Shop, tmp_path: Path) -> None:
    filled(shop, good=3)
    record = shop.store.find(Query(newest_first=False))[0]
    assert record.evidence is not None
    (shop.evidence.root / record.evidence.image).write_bytes(b"changed")
    result = export(shop, tmp_path / "set")
    assert result.left_out == {"unreadable": 1}
    told = json.loads((tmp_path / "set" / "manifest.json").read_text("utf-8"))
    assert told["left_out"] == {"unreadable": [record.id]}


def test_nothing_to_export_is_one_sentence_and_leaves_no_folder(shop: Shop, tmp_path: Path) -> None:
    shop.part(Verdict.NG, "unsure")
    with pytest.raises(ExportError, match="review some first"):
        export(shop, tmp_path / "set")
    assert [path.name for path in tmp_path.iterdir() if "set" in path.name] == []


def test_a_folder_that_is_not_empty_is_not_touched(shop: Shop, tmp_path: Path) -> None:
    filled(shop, good=2)
    (tmp_path / "set").mkdir()
    export(shop, tmp_path / "set")
    with pytest.raises(ExportError, match="not empty"):
        export(shop, tmp_path / "set")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ExportError, match="not empty"):
        export(shop, tmp_path / "file")
    with pytest.raises(ExportError, match="cannot be written"):
        export(shop, tmp_path / "file" / "set")


@pytest.mark.parametrize(("stage", "at"), [("read", 3), ("pictures", 4), ("compare", 2)])
def test_a_stop_leaves_nothing_behind(shop: Shop, tmp_path: Path, stage: str, at: int) -> None:
    filled(shop)
    seen: list[tuple[str, int]] = []
    with pytest.raises(ExportCancelled, match="nothing was written"):
        export_reviews(
            shop.store, shop.evidence, ExportPlan(), tmp_path / "set",
            lambda name, done, _: seen.append((name, done)),
            lambda: seen[-1:] == [(stage, at)],
        )  # fmt: skip
    assert (
        sorted(path.name for path in tmp_path.iterdir() if path.name != "shop")
        == ["home"][: (tmp_path / "home").exists()]
    )


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(shop)
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name.endswith("_mask.png"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ExportError, match="disk is full") as caught:
        export(shop, tmp_path / "set")
    assert caught.value.code == "disk-full"
    assert not [path for path in tmp_path.iterdir() if "set" in path.name]
