from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.datasets.labels import is_label_tree, read_labelled
from model.errors import DatasetError

HEAD = "index,file_name,class,state,label"


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(path)
    return path


def sheet(folder: Path, *lines: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    for name in ("10000.png", "10001.png", "10002.png"):
        picture(folder / name)
    file = folder / "train_df.csv"
    file.write_bytes("\n".join((head, *lines)).encode(encoding))
    return file


def shown(source: Path, images: Path | None = None) -> list[tuple[str, str, str, bool]]:
    found = read_labelled(source, images)
    return [(one.path.name, one.product, one.kind, one.is_defective) for one in found]


def test_the_contest_s_table(tmp_path: Path) -> None:
    file = sheet(
        tmp_path,
        "0,10000.png,transistor,good,transistor-good",
        "1,10001.png,metal_nut,flip,metal_nut-flip",
        "",
    )
    assert shown(file) == [
        ("10000.png", "transistor", "good", False),
        ("10001.png", "metal_nut", "flip", True),
    ]


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("file_name;class;state", "10000.png;nut;OK"),
        ("file_name\tlabel", "10000.png\tnut-good"),
        ("\ufefffile_name,label", "10000.png,nut-good"),
    ],
)
def test_other_forms_of_the_table(tmp_path: Path, head: str, line: str) -> None:
    assert shown(sheet(tmp_path, line, head=head)) == [("10000.png", "nut", "good", False)]


def test_a_label_is_split_at_its_first_dash(tmp_path: Path) -> None:
    file = sheet(tmp_path, "10000.png,nut-off-centre", head="file_name,label")
    assert shown(file) == [("10000.png", "nut", "off-centre", True)]


def test_pictures_in_a_folder_of_their_own(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "5.png")
    file = tmp_path / "t.csv"
    file.write_text("file_name,label\n5.png,nut-bent", encoding="utf-8")
    with pytest.raises(DatasetError, match="name the folder of the pictures"):
        read_labelled(file)
    assert shown(file, tmp_path / "train") == [("5.png", "nut", "bent", True)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("0,10000.png,nut,bent", "has 4 cells"),
        ("0,,nut,bent,nut-bent", "Line 2 .* lacks the file name"),
        ("0,10000.png,nut,,nut-", "lacks the file name, the class or the state"),
        ("0,10000.png,nut,bent,nut-good", "class and state make 'nut-bent'"),
        ("0,absent.png,nut,bent,nut-bent", "names absent.png, which is not in"),
        ("0,../10000.png,nut,bent,nut-bent", "leaves the data set"),
        ('0,"10000.png,nut,bent,nut-bent', "is no CSV"),
        ("", "names no picture"),
    ],
)
def test_a_corrupt_table_is_one_sentence(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        read_labelled(sheet(tmp_path, line))


def test_a_picture_that_is_named_twice(tmp_path: Path) -> None:
    line = "0,10000.png,nut,bent,nut-bent"
    with pytest.raises(DatasetError, match="as line 2 does"):
        read_labelled(sheet(tmp_path, line, line))


def test_a_table_in_another_encoding(tmp_path: Path) -> None:
    file = sheet(tmp_path, "0,10000.png,너트,휨,너트-휨", encoding="cp949")
    with pytest.raises(DatasetError, match="not UTF-8"):
        read_labelled(file)


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="names a column twice"):
        read_labelled(sheet(tmp_path, "a,b,c", head="file_name,label,label"))


def test_folders_of_classes_and_states(tmp_path: Path) -> None:
    for name in ("nut/good/1.png", "nut/bent/2.png", "bolt/ok/3.png", "bolt/thread_side/4.png"):
        picture(tmp_path / name)
    assert is_label_tree(tmp_path)
    assert shown(tmp_path) == [
        ("3.png", "bolt", "good", False),
        ("4.png", "bolt", "thread_side", True),
        ("2.png", "nut", "bent", True),
        ("1.png", "nut", "good", False),
    ]


def test_an_empty_state_is_a_mistake(tmp_path: Path) -> None:
    picture(tmp_path / "nut/good/1.png")
    (tmp_path / "nut/bent").mkdir()
    with pytest.raises(DatasetError, match="holds no image"):
        read_labelled(tmp_path)


def test_all_parts_of_a_known_layout(tmp_path: Path) -> None:
    for name in ("train/good/1.png", "test/good/2.png", "test/hole/3.png"):
        picture(tmp_path / name)
    assert not is_label_tree(tmp_path)
    assert [kind for _, _, kind, _ in shown(tmp_path)] == ["good", "good", "hole"]


def test_a_folder_of_images_goes_with_a_table_only(tmp_path: Path) -> None:
    picture(tmp_path / "nut/good/1.png")
    with pytest.raises(DatasetError, match="goes with a CSV file"):
        read_labelled(tmp_path, tmp_path)
