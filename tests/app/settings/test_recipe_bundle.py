"""A recipe as one file: out of one station, into another, and hostile files."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import paths
from app.errors import AppError, RecipeError, StoreError
from app.inspection.golden import GoldenSample
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.paths import Home
from app.settings.bundle_archive import is_plain
from app.settings.recipe_bundle import export_bundle, file_name, import_bundle, read_manifest
from app.settings.recipes import RecipeBook
from app.store.database import Database, open_store
from app.store.encoding import encode_image
from model import checkpoint
from model.backbone import TINY
from model.errors import ModelError
from tests.model.tiny_clip import LIMITS, backbone, zero_shot

Files = dict[str, bytes]


@dataclass
class Place:
    """One station: its home and its database."""

    home: Home
    store: Database

    @property
    def book(self) -> RecipeBook:
        return RecipeBook(self.store)

    def files(self) -> set[str]:
        root = self.home.root
        return {
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.is_file() and not path.name.startswith("station.db")
        }


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    places: list[Place] = []

    def make(name: str) -> Place:
        home = paths.home(tmp_path / name)
        home.root.mkdir()
        places.append(Place(home, open_store(home.database_url)))
        return places[-1]

    yield make
    for place in places:
        place.store.close()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "bolt.safetensors"
    checkpoint.save(
        file, zero_shot(), LIMITS, name="bolt", backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    return file


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def bundle(make_place: Callable[[str], Place], weights: Path, tmp_path: Path) -> Path:
    """A recipe with a golden picture, exported by another station."""
    place = make_place("there")
    picture = encode_image(np.full((8, 8, 3), 120, np.uint8), "png")
    place.home.golden.mkdir()
    (place.home.golden / "g.png").write_bytes(picture)
    digest = sha(weights.read_bytes())
    place.store.golden.add(
        GoldenSample(
            "bolt",
            "plain",
            "g.png",
            sha(picture),
            Verdict.OK,
            0.1,
            0.02,
            digest,
            datetime(2026, 1, 2, tzinfo=UTC),
            "Lee",
        )
    )
    recipe = Recipe(name="bolt", checkpoint="bolt", checkpoint_sha256=digest, ng_limit=0.5)
    saved = place.book.save(recipe, author="Lee", reason="taught")
    target = tmp_path / "out" / file_name(saved)
    return export_bundle(place.store, place.home, saved, weights, target)


def contents(bundle: Path) -> Files:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files, target: Path, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target


def relisted(files: Files, **changes: Any) -> Files:
    """Return files whose manifest says what they are now, with changed fields."""
    manifest = json.loads(files["manifest.json"]) | changes
    facts = {
        name: {"sha256": sha(data), "size": len(data)}
        for name, data in files.items()
        if name != "manifest.json"
    }
    return files | {"manifest.json": json.dumps(manifest | {"files": facts}).encode()}


def test_everything_arrives(make_place: Callable[[str], Place], bundle: Path) -> None:
    here = make_place("here")
    manifest, recipe = read_manifest(bundle)
    assert (manifest.author, manifest.reason, recipe.name) == ("Lee", "taught", "bolt")
    taken = import_bundle(here.store, here.home, bundle, author="Park")
    kept = here.book.load("bolt")
    assert kept == taken.recipe
    assert (kept.ng_limit, kept.version, kept.checkpoint) == (0.5, 1, "bolt.safetensors")
    assert sha(taken.checkpoint.read_bytes()) == kept.checkpoint_sha256
    (sample,) = here.store.golden.samples("bolt")
    assert (sample.name, sample.verdict, sample.added_by) == ("plain", Verdict.OK, "Lee")
    assert sha((here.home.golden / sample.image).read_bytes()) == sample.image_sha256
    (version,) = here.store.recipe_history("bolt")
    assert version.author == "Park"
    assert bundle.name in version.reason
    assert here.files() == {"checkpoints/bolt.safetensors", f"golden/{sample.image}"}


def test_a_second_time_is_a_new_version_and_leaves_the_samples(
    make_place: Callable[[str], Place], bundle: Path
) -> None:
    here = make_place("here")
    import_bundle(here.store, here.home, bundle, author="Park")
    before = here.files()
    again = import_bundle(here.store, here.home, bundle, author="Park")
    assert (again.recipe.version, again.samples, again.kept_samples) == (2, 0, True)
    assert here.files() == before
    other = import_bundle(here.store, here.home, bundle, author="Park", name="nut")
    assert (other.recipe.name, other.recipe.version, other.samples) == ("nut", 1, 1)


def test_another_file_of_the_name_is_not_touched(
    make_place: Callable[[str], Place], bundle: Path
) -> None:
    here = make_place("here")
    here.home.checkpoints.mkdir()
    own = here.home.checkpoints / "bolt.safetensors"
    own.write_bytes(b"mine")
    taken = import_bundle(here.store, here.home, bundle, author="Park")
    assert own.read_bytes() == b"mine"
    assert taken.checkpoint.name == f"bolt-{taken.recipe.checkpoint_sha256[:8]}.safetensors"
    assert taken.recipe.checkpoint == taken.checkpoint.name


def _flipped(files: Files) -> Files:
    data = bytearray(files["checkpoint/bolt.safetensors"])
    data[-1] ^= 1
    return files | {"checkpoint/bolt.safetensors": bytes(data)}


def _golden_name(files: Files) -> str:
    return next(name for name in files if name.startswith("golden/"))


def _without(files: Files, name: str) -> Files:
    return {key: data for key, data in files.items() if key != name}


def _renamed_checkpoint(files: Files, name: str) -> Files:
    found = _without(files, "checkpoint/bolt.safetensors")
    found |= {name: files["checkpoint/bolt.safetensors"]}
    return relisted(found, checkpoint=name)


def _bomb_picture(files: Files) -> Files:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4) + (60_000).to_bytes(4)
    return relisted(files | {_golden_name(files): header + bytes(40)})


HOSTILE: dict[str, Callable[[Files], Files]] = {
    "a flipped bit": _flipped,
    "no manifest": lambda files: _without(files, "manifest.json"),
    "no recipe": lambda files: _without(files, "recipe.json"),
    "no picture": lambda files: _without(files, _golden_name(files)),
    "one file more": lambda files: files | {"extra.txt": b"x"},
    "a listed file more": lambda files: relisted(files | {"extra.txt": b"x"}),
    "manifest is no JSON": lambda files: files | {"manifest.json": b"{"},
    "manifest is a list": lambda files: files | {"manifest.json": b"[]"},
    "manifest is deep": lambda files: files | {"manifest.json": b"[" * 100_000},
    "another format": lambda files: relisted(files, format=2),
    "another kind": lambda files: relisted(files, kind="adclip-backup"),
    "an unknown key": lambda files: relisted(files, run="rm"),
    "an empty recipe": lambda files: relisted(files | {"recipe.json": b"{}"}),
    "recipe of tomorrow": lambda files: relisted(
        files | {"recipe.json": b'{"name": "bolt", "format": 99}'}
    ),
    "recipe is no text": lambda files: relisted(files | {"recipe.json": b"\xff\xfe"}),
    "out by dots": lambda files: _renamed_checkpoint(files, "checkpoint/../../x.safetensors"),
    "out by a drive": lambda files: _renamed_checkpoint(files, "C:/x.safetensors"),
    "out by a root": lambda files: _renamed_checkpoint(files, "/tmp/x.safetensors"),
    "out by backslashes": lambda files: _renamed_checkpoint(files, "checkpoint/..\\x.safetensors"),
    "a program": lambda files: _renamed_checkpoint(files, "checkpoint/run.exe"),
    "no checkpoint at all": lambda files: relisted(
        files | {"checkpoint/bolt.safetensors": b"not a checkpoint" * 8}
    ),
    "a picture bomb": _bomb_picture,
    "no picture at all": lambda files: relisted(files | {_golden_name(files): b"GIF89a" * 9}),
}


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=list(HOSTILE))
def test_a_bad_bundle_changes_nothing(
    make_place: Callable[[str], Place],
    bundle: Path,
    tmp_path: Path,
    spoil: Callable[[Files], Files],
) -> None:
    here = make_place("here")
    bad = packed(spoil(contents(bundle)), tmp_path / "bad.zip")
    with pytest.raises((AppError, ModelError)) as caught:
        import_bundle(here.store, here.home, bad, author="Park")
    assert str(caught.value).endswith(".")
    assert here.files() == set()
    assert [
        path for path in here.home.root.iterdir() if path.is_dir() and any(path.iterdir())
    ] == []
    assert here.book.names() == []
    assert not (tmp_path / "x.safetensors").exists()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    make_place: Callable[[str], Place], bundle: Path, tmp_path: Path
) -> None:
    here = make_place("here")
    files = relisted(contents(bundle) | {"checkpoint/bolt.safetensors": bytes(50_000_000)})
    bomb = packed(files, tmp_path / "bomb.zip", zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 200_000
    with pytest.raises(RecipeError, match="longer than it may be"):
        import_bundle(here.store, here.home, bomb, author="Park")
    assert here.files() == set()


def test_links_twins_and_cut_files_are_refused(
    make_place: Callable[[str], Place], bundle: Path, tmp_path: Path
) -> None:
    here = make_place("here")
    link = zipfile.ZipInfo("checkpoint/link.safetensors")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with zipfile.ZipFile(tmp_path / "twins.zip", "w") as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("MANIFEST.json", "{}")
    data = bundle.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.zip").write_bytes(b"no zip file")
    for name, said in (
        ("link.zip", "is a link"),
        ("twins.zip", "twice"),
        ("cut.zip", "cannot be read"),
        ("text.zip", "cannot be read"),
        ("none.zip", "cannot be read"),
    ):
        with pytest.raises(RecipeError, match=said):
            import_bundle(here.store, here.home, tmp_path / name, author="Park")


def test_a_database_that_fails_at_the_end_leaves_no_file(
    make_place: Callable[[str], Place], bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = make_place("here")

    def fail(*_: object) -> None:
        raise StoreError("The database is gone.")

    monkeypatch.setattr(here.store, "save_recipe", fail)
    with pytest.raises(StoreError):
        import_bundle(here.store, here.home, bundle, author="Park")
    assert here.files() == set()


def test_recipe_and_samples_are_one_transaction(
    make_place: Callable[[str], Place], bundle: Path
) -> None:
    here = make_place("here")
    import_bundle(here.store, here.home, bundle, author="Park")
    (sample,) = here.store.golden.samples("bolt")
    with pytest.raises(StoreError):
        here.store.save_recipe("{}", "nut", 1, "", "", [sample])
    assert here.book.names() == ["bolt"]


def test_a_wrong_checkpoint_is_not_exported(
    make_place: Callable[[str], Place], weights: Path, tmp_path: Path
) -> None:
    here = make_place("here")
    recipe = here.book.save(Recipe(name="bolt", checkpoint_sha256="a" * 64))
    with pytest.raises(RecipeError, match="not the one of recipe bolt"):
        export_bundle(here.store, here.home, recipe, weights, tmp_path / "x.recipe.zip")
    with pytest.raises(StoreError, match="cannot be exported"):
        export_bundle(here.store, here.home, recipe, tmp_path / "none", tmp_path / "x.zip")
    assert not list(tmp_path.glob("*x*"))


def test_file_names_are_plain() -> None:
    assert file_name(Recipe(name="../Bolt: 20/mm", version=3)) == "Bolt--20-mm-3.recipe.zip"
    assert file_name(Recipe(name="볼트")) == "볼트-1.recipe.zip"


@given(st.text(min_size=1, max_size=40))
def test_a_plain_name_stays_below_its_folder(name: str) -> None:
    root = Path("/base/folder")
    if is_plain(name):
        assert (root / name).resolve().is_relative_to(root)
        assert "\\" not in name
        assert ":" not in name
    assert not is_plain(f"../{name}")
    assert not is_plain(f"/{name}")
    assert not is_plain(f"a/../{name}")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_sentence(data: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", data)
    folder = Path(tempfile.mkdtemp())
    try:
        for name, content in (("a.zip", data), ("b.zip", buffer.getvalue())):
            (folder / name).write_bytes(content)
            with pytest.raises(RecipeError):
                read_manifest(folder / name)
            (folder / name).unlink()
    finally:
        folder.rmdir()
