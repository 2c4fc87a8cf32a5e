from __future__ import annotations

from pathlib import Path

import pytest

from model.data import Sample, read_mask
from model.datasets.collection import Collection, read_collection, scan
from model.datasets.layouts import LAYOUTS, known
from model.datasets.meta import meta_of, write_meta
from model.errors import DatasetError
from tests.model.datasets.small_sets import EXPECTED, MAKERS, NAMES, mask, picture


def facts(found: Collection) -> tuple[tuple[str, ...], int, int, int, int]:
    return (
        found.products,
        len(found.train),
        len(found.test),
        sum(one.is_defective for one in found.test),
        sum(one.mask is not None for one in found.test),
    )


def test_seventeen_data_sets_are_known_each_under_a_name_of_its_own() -> None:
    assert len(NAMES) == len(set(NAMES)) == 17
    assert set(MAKERS) == set(EXPECTED) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_layout_is_read(name: str, tmp_path: Path) -> None:
    MAKERS[name](tmp_path)
    found = read_collection(tmp_path, name)
    assert found.name == name
    assert facts(found) == EXPECTED[name]
    for one in (*found.train, *found.test):
        assert one.path.is_file()
        assert one.is_defective == (one.kind != "good")
        if one.mask is not None:
            assert read_mask(one, 32).sum() == 64


@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_over_the_written_meta_gives_the_same(name: str, tmp_path: Path) -> None:
    MAKERS[name](tmp_path)
    first = scan(tmp_path, name)
    write_meta(first, tmp_path / "meta.json")
    assert scan(tmp_path, name) == first
    assert read_collection(tmp_path, name) == first
    assert set(meta_of(first)) == {"train", "test"}
    assert list(meta_of(first)["test"]) == list(EXPECTED[name][0])


@pytest.mark.parametrize("name", ["mvtec", "visa", "btad", "sdd", "dagm", "headct", "brainmri"])
def test_these_are_recognised_without_a_name(name: str, tmp_path: Path) -> None:
    MAKERS[name](tmp_path)
    classes, *numbers = facts(read_collection(tmp_path))
    assert (sorted(classes), numbers) == (sorted(EXPECTED[name][0]), list(EXPECTED[name][1:]))


@pytest.mark.parametrize("name", ["br35h", "isic", "tn3k"])
def test_medical_folders_are_recognised_without_a_name(name: str, tmp_path: Path) -> None:
    MAKERS[name](tmp_path)
    assert facts(read_collection(tmp_path)) == EXPECTED[name]


def test_images_and_masks_alone_could_be_anything_and_must_be_named(tmp_path: Path) -> None:
    MAKERS["kvasir"](tmp_path)
    with pytest.raises(DatasetError, match="give the name of the data set"):
        read_collection(tmp_path)


def test_masks_of_other_names_are_paired_by_their_place(tmp_path: Path) -> None:
    MAKERS["sdd"](tmp_path)
    pairs = [(s.path.name, s.mask.name) for s in scan(tmp_path, "sdd").test if s.mask]
    assert pairs == [("002.png", "truth2.bmp"), ("003.png", "truth3.bmp")]


def test_one_mask_too_few_is_never_paired_by_its_place(tmp_path: Path) -> None:
    MAKERS["sdd"](tmp_path)
    (tmp_path / "electrical commutators" / "ground_truth" / "defect" / "truth2.bmp").unlink()
    assert [s.mask for s in scan(tmp_path, "sdd").test] == [None] * 3


def test_names_count_more_than_places(tmp_path: Path) -> None:
    MAKERS["mpdd"](tmp_path)
    picture(tmp_path / "tubes" / "test" / "anomalous" / "001.png")
    mask(tmp_path / "tubes" / "ground_truth" / "anomalous" / "999_mask.png")
    masks = [s.mask.name if s.mask else None for s in scan(tmp_path).test if s.is_defective]
    assert masks == [None, "002_mask.png", "003_mask.png"]


def test_numbers_in_names_are_in_order(tmp_path: Path) -> None:
    MAKERS["kvasir"](tmp_path)
    names = [one.path.name for one in scan(tmp_path, "kvasir").test]
    assert names == ["1.png", "2.png", "10.png"]


def test_a_single_class_folder_is_a_data_set_too(tmp_path: Path) -> None:
    MAKERS["mvtec"](tmp_path)
    for dataset in (None, "mvtec"):
        found = read_collection(tmp_path / "bottle", dataset)
        assert facts(found) == (("bottle",), 3, 3, 2, 2)


def test_classes_that_the_data_set_does_not_have_are_left_out(tmp_path: Path) -> None:
    MAKERS["mvtec"](tmp_path)
    (tmp_path / "notes").mkdir()
    assert scan(tmp_path, "mvtec").products == ("carpet", "bottle")
    assert scan(tmp_path).products == ("bottle", "carpet")


def test_good_folders_below_good_stay_good(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "good" / "monday" / "1.png")
    picture(tmp_path / "test" / "ng" / "scratch" / "1.png")
    mask(tmp_path / "ground_truth" / "ng" / "scratch" / "1_mask.png")
    found = read_collection(tmp_path)
    assert [one.kind for one in (*found.train, *found.test)] == ["good", "scratch"]
    assert found.test[0].mask is not None


def test_published_words_and_spellings_are_known() -> None:
    assert [one.name for one in known("DAGM_KaggleUpload")] == ["dagm"]
    assert [one.name for one in known("brain")] == ["headct", "brainmri", "br35h"]
    assert [one.name for one in known("MVTec AD")] == ["mvtec"]
    assert [one.name for one in known("CVC-ClinicDB")] == ["clinicdb"]


@pytest.mark.parametrize("name", ["headct", "brainmri", "br35h"])
def test_the_word_brain_means_the_set_that_is_there(name: str, tmp_path: Path) -> None:
    MAKERS[name](tmp_path)
    assert scan(tmp_path, "brain").name == name


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        read_collection(tmp_path, "smoke_cloud")
    assert all(layout.name in str(error.value) for layout in LAYOUTS)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("endo", "covid")])
def test_a_wrong_folder_is_refused_by_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=f"is not {known(name)[0].title}"):
        scan(tmp_path, name)


@pytest.mark.parametrize("name", ["endo", "covid"])
def test_an_empty_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no folder of images"):
        scan(tmp_path, name)


def test_a_missing_phase_of_dagm_is_named(tmp_path: Path) -> None:
    MAKERS["dagm"](tmp_path)
    (tmp_path / "Class1" / "Test").rename(tmp_path / "Class1" / "Probe")
    with pytest.raises(DatasetError, match="Class1 has no folder test"):
        scan(tmp_path, "dagm")


@pytest.mark.parametrize("empty", ["bottle/test/scratch", "bottle/train/good"])
def test_an_empty_kind_is_refused(empty: str, tmp_path: Path) -> None:
    MAKERS["mvtec"](tmp_path)
    folder = tmp_path / empty
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(DatasetError, match="holds no image"):
        scan(tmp_path)


def test_an_empty_class_is_refused(tmp_path: Path) -> None:
    MAKERS["mvtec"](tmp_path)
    (tmp_path / "pill" / "test").mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"class pill .* has no image"):
        scan(tmp_path, "mvtec")


def test_one_image_only_is_a_data_set(tmp_path: Path) -> None:
    file = picture(tmp_path / "test" / "good" / "1.png")
    found = read_collection(tmp_path)
    assert found.test == (Sample(file, "good", False, None, tmp_path.name),)
