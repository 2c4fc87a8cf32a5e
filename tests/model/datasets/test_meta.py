from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.datasets.collection import read_collection, scan
from model.datasets.meta import meta_of, write_meta
from model.errors import DatasetError
from tests.model.datasets.small_sets import MAKERS, mask, picture
from tests.shared_data import golden


def entry(**changes: Any) -> dict[str, Any]:
    values = {
        "img_path": "a/test/bad/1.png",
        "mask_path": "a/ground_truth/bad/1.png",
        "cls_name": "a",
        "specie_name": "bad",
        "anomaly": 1,
    }
    return values | changes


def write(root: Path, values: Any) -> Path:
    file = root / "meta.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    return file


def test_an_official_file_is_read_and_written_again_as_it_was() -> None:
    root = golden("minids")
    written = json.loads((root / "meta.json").read_text(encoding="utf-8"))
    assert meta_of(read_collection(root)) == written


def test_the_generator_lists_what_the_official_one_lists() -> None:
    root = golden("minids")
    written = json.loads((root / "meta.json").read_text(encoding="utf-8"))
    found = meta_of(scan(root, "btad"))
    for phase, classes in written.items():
        assert list(found[phase]) == list(classes)
        for name, entries in classes.items():
            # the official order of kinds is that of an unsorted folder
            assert Counter(map(str, found[phase][name])) == Counter(map(str, entries))


def test_absolute_paths_are_taken_and_follow_a_moved_data_set(tmp_path: Path) -> None:
    elsewhere = picture(tmp_path / "elsewhere" / "1.png")
    root = tmp_path / "set"
    here = picture(root / "images" / "2.png")
    gone = "/old/machine/set/images/2.png"
    windows = "D:\\old\\set\\images\\2.png"
    lost = "/old/machine/set/images/3.png"
    entries = [entry(img_path=p, mask_path="") for p in (str(elsewhere), gone, windows, lost)]
    write(root, {"test": {"a": entries}})
    found = [one.path for one in read_collection(root).test]
    assert found[:3] == [elsewhere, here, here]
    assert found[3].name == "3.png"
    assert not found[3].exists()


def test_backslashes_and_the_phase_names_of_dagm_are_read(tmp_path: Path) -> None:
    file = picture(tmp_path / "a" / "1.png")
    write(tmp_path, {"Train": {"a": []}, "Test": {"a": [entry(img_path="a\\1.png")]}})
    found = read_collection(tmp_path)
    assert found.train == ()
    assert found.test[0].path == file


def test_a_json_file_itself_can_be_given(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"test": {"a": [entry()]}}), encoding="utf-8")
    assert len(read_collection(file).test) == 1


def test_without_a_kind_it_is_an_anomaly_and_normal_ones_are_good(tmp_path: Path) -> None:
    entries = [entry(specie_name=""), entry(specie_name="ok", anomaly=0, mask_path="")]
    write(tmp_path, {"test": {"a": entries}})
    found = read_collection(tmp_path).test
    assert [(one.kind, one.is_defective) for one in found] == [("anomaly", True), ("good", False)]
    assert found[1].mask is None


@pytest.mark.parametrize(
    "path", ["../secret.png", "a/../../secret.png", "..\\..\\secret.png", "a/\0.png", "a\ud800.png"]
)
@pytest.mark.parametrize("field", ["img_path", "mask_path"])
def test_paths_that_leave_the_data_set_are_refused(tmp_path: Path, path: str, field: str) -> None:
    picture(tmp_path / "secret.png")
    root = tmp_path / "set"
    root.mkdir()
    write(root, {"test": {"a": [entry(**{field: path})]}})
    with pytest.raises(DatasetError, match=r"leaves the data set|cannot be the name"):
        read_collection(root)


def test_dots_inside_the_data_set_are_harmless(tmp_path: Path) -> None:
    file = picture(tmp_path / "a" / "1.png")
    write(tmp_path, {"test": {"a": [entry(img_path="./b/../a/1.png")]}})
    assert read_collection(tmp_path).test[0].path.resolve() == file.resolve()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "no list of images"),
        ({}, "neither 'train' nor 'test'"),
        ({"test": []}, "lists of images by class"),
        ({"test": {"a": {}}}, "must hold a list"),
        ({"test": {"a": [7]}}, "no img_path"),
        ({"test": {"a": [{"img_path": 3}]}}, "no img_path"),
        ({"test": {"a": [entry(img_path="")]}}, "wrong type"),
        ({"test": {"a": [entry(mask_path=None)]}}, "wrong type"),
        ({"test": {"a": [entry(anomaly="1")]}}, "must be 0 or 1"),
        ({"test": {"a": [entry(anomaly=2)]}}, "must be 0 or 1"),
        ({"test": {"a": [entry()], "b": []}, "train": {"b": []}}, "class 'b' has no image"),
        ({"test": {}}, "no image in the data set"),
    ],
)
def test_other_forms_are_refused_in_a_sentence(tmp_path: Path, values: Any, message: str) -> None:
    write(tmp_path, values)
    with pytest.raises(DatasetError, match=message):
        read_collection(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\xff"])
def test_what_is_not_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "meta.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match="not JSON"):
        read_collection(tmp_path)


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MAKERS["mvtec"](tmp_path)
    found = scan(tmp_path)
    write_meta(found, tmp_path / "meta.json")
    before = (tmp_path / "meta.json").read_bytes()
    mask(tmp_path / "bottle" / "ground_truth" / "broken" / "more_mask.png")

    def full(self: Path, data: str, **_: Any) -> int:
        self.write_bytes(data.encode()[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(DatasetError, match="No space left"):
        write_meta(scan(tmp_path), tmp_path / "meta.json")
    assert (tmp_path / "meta.json").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob(".*.part"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["train", "test", "a", *entry()]), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.fixed_dictionaries({"test": st.fixed_dictionaries({"a": st.lists(JSON, max_size=2)})})
    | st.builds(
        lambda more: {"test": {"a": [entry() | more]}},
        st.dictionaries(st.sampled_from(list(entry())), JSON, max_size=2),
    )
    | JSON
)
def test_whatever_json_it_is_the_answer_is_a_collection_or_a_sentence(
    tmp_path: Path, values: Any
) -> None:
    write(tmp_path, values)
    message = "a collection."
    try:
        assert read_collection(tmp_path).test is not None
    except DatasetError as error:
        message = str(error)
    assert message.endswith(".")
