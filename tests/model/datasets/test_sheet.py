from __future__ import annotations

from pathlib import Path

import pytest

from model.datasets.collection import read_collection
from model.errors import DatasetError
from tests.model.datasets.small_sets import mask, picture


def write(root: Path, text: str, name: str = "labels.csv") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    return root / name


def test_path_label_mask_and_product(tmp_path: Path) -> None:
    a, b = picture(tmp_path / "a, 1.png"), picture(tmp_path / "b.png")
    truth = mask(tmp_path / "truth" / "b.png")
    text = 'path,label,mask,product\n"a, 1.png",ok,,nut\nb.png,scratch,truth/b.png,bolt\n\n'
    for root in (tmp_path, write(tmp_path, text)):
        write(tmp_path, text)
        found = read_collection(root)
        assert [(s.path, s.kind, s.is_defective, s.mask, s.product) for s in found.test] == [
            (a, "good", False, None, "nut"),
            (b, "scratch", True, truth, "bolt"),
        ]
        assert found.root == tmp_path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_marks_and_line_ends_of_spreadsheets(tmp_path: Path, separator: str) -> None:
    lines = [["Path", "Label", "Split"], ["a.png", "0", "train"], ["b.png", "1", "TEST"]]
    text = "\r\n".join(separator.join(line) for line in lines)
    (tmp_path / "list.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read_collection(tmp_path)
    assert [s.kind for s in found.train] == ["good"]
    assert [s.kind for s in found.test] == ["anomaly"]
    assert found.products == (tmp_path.name,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'path'"),
        ("path,mask\na.png,b.png\n", "no column 'label'"),
        ("path,label\n,ok\n", "Line 2 .* no path or no label"),
        ("path,label\na.png,\n", "Line 2 .* no path or no label"),
        ("path,label,split\na.png,ok,both\n", "the split is train or test"),
        ("path,label\n../a.png,ok\n", "leaves the data set"),
        ("path,label,mask\na.png,ng,../../a.png\n", "leaves the data set"),
        ("path,label\n", "no image in the data set"),
        ("path,label\n" + "x" * 200_000 + ",ok\n", "no CSV file"),
    ],
)
def test_bad_lists_are_refused_in_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_collection(write(tmp_path, text))


def test_other_tables_beside_the_list_are_left_alone(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    write(tmp_path, "file,tile\na.png,1\n", "tiles.csv")
    with pytest.raises(DatasetError, match="no data set in a known form"):
        read_collection(tmp_path)
    write(tmp_path, '"path","label"\na.png,ok\n')
    assert len(read_collection(tmp_path).test) == 1
    write(tmp_path, "path,label\na.png,ng\n", "second.csv")
    with pytest.raises(DatasetError, match="no data set in a known form"):
        read_collection(tmp_path)


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("path,label\nü.png,ok\n".encode("latin-1"))
    with pytest.raises(DatasetError, match="not UTF-8"):
        read_collection(tmp_path)
