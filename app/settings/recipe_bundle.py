"""A recipe as one file: with its checkpoint and its golden pictures, out of and into a station."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import VERSION, log
from app.errors import RecipeError, StoreError
from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.inspection.recipe import Recipe
from app.inspection.record import new_id
from app.inspection.verdict import Verdict
from app.paths import Home
from app.settings.bundle_archive import Archive, is_plain, opened
from app.settings.bundle_checks import check_checkpoint, check_picture
from app.store.database import Database
from model.atomic import whole_file

SUFFIX = ".recipe.zip"
MANIFEST, RECIPE = "manifest.json", "recipe.json"
_SMALL = 16 << 20
_PICTURE = 128 << 20
_CHECKPOINT = 16 << 30
_HASH = Field(pattern="^[0-9a-f]{64}$")
_STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileFact(BaseModel):
    """What a file of the bundle must be: its hash, and its length in bytes."""

    model_config = _STRICT
    sha256: str = _HASH
    size: int = Field(ge=0, le=_CHECKPOINT)


class GoldenFact(BaseModel):
    """A golden sample; its fields are those of `app.inspection.golden.GoldenSample`."""

    model_config = _STRICT
    name: str = Field(min_length=1, max_length=200)
    file: str = Field(pattern=r"^golden/[^/]+$")
    verdict: Literal["OK", "NG"]
    score: float
    tolerance: float = Field(ge=0)
    checkpoint_sha256: str = _HASH
    added_at: datetime
    added_by: str = Field(default="", max_length=200)


class Manifest(BaseModel):
    """What is in the bundle and where it comes from.

    Attributes:
        format: Format number of the bundle.
        kind: Says that it is one.
        software: Program that made it.
        created: When.
        name: Name of the recipe.
        version: Its version there.
        author: Who made that version.
        reason: Why.
        checkpoint: Name of the checkpoint's file in the bundle.
        golden: Golden samples.
        files: Every other file by its name; nothing else may be in it.
    """

    model_config = _STRICT
    format: Literal[1] = 1
    kind: Literal["adclip-recipe"] = "adclip-recipe"
    software: str = Field(default="", max_length=80)
    created: datetime
    name: str = Field(min_length=1, max_length=80)
    version: int = Field(ge=1)
    author: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=2000)
    checkpoint: str = Field(pattern=r"^checkpoint/[^/]+$")
    golden: tuple[GoldenFact, ...] = Field(default=(), max_length=500)
    files: dict[str, FileFact] = Field(max_length=900)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came into the station.

    Attributes:
        recipe: The version as it was kept.
        checkpoint: The checkpoint's file here.
        samples: Golden samples that came with it.
        kept_samples: The recipe has samples here already; those of the bundle were left out.
    """

    recipe: Recipe
    checkpoint: Path
    samples: int
    kept_samples: bool


def export_bundle(
    store: Database, home: Home, recipe: Recipe, checkpoint: Path, target: Path
) -> Path:
    """Write a recipe, its checkpoint and its golden pictures as one file; whole or not at all.

    Args:
        store: For golden samples and who made the version.
        home: For golden pictures.
        recipe: The version.
        checkpoint: Its file; the backbone that it names is not part of the bundle.
        target: The file to write.

    Raises:
        RecipeError: The checkpoint is not the recipe's.
        StoreError: A file cannot be read or written, or the database fails.
    """
    saved = next(
        (v for v in store.recipe_history(recipe.name) if v.version == recipe.version), None
    )
    samples = store.golden.samples(recipe.name)
    try:
        files = {f"checkpoint/{checkpoint.name}": checkpoint}
        files |= {f"golden/{sample.image}": home.golden / sample.image for sample in samples}
        facts = {name: _fact(path) for name, path in files.items()}
        _check_hashes(recipe, samples, facts, f"checkpoint/{checkpoint.name}")
        document = recipe.to_json().encode()
        facts[RECIPE] = FileFact(sha256=hashlib.sha256(document).hexdigest(), size=len(document))
        manifest = Manifest(
            software=VERSION,
            created=datetime.now(UTC),
            name=recipe.name,
            version=recipe.version,
            author=saved.author if saved else "",
            reason=saved.reason if saved else "",
            checkpoint=f"checkpoint/{checkpoint.name}",
            golden=tuple(_golden_fact(sample) for sample in samples),
            files=facts,
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as out:
            out.writestr(MANIFEST, manifest.model_dump_json(indent=1))
            out.writestr(RECIPE, document)
            for name, path in files.items():
                out.write(path, name)
    except OSError as error:
        text = tr("The recipe cannot be exported: {error}. Check the disk and its rights.")
        raise StoreError(text.format(error=error)) from error
    return target


def import_bundle(
    store: Database, home: Home, file: Path, *, author: str, name: str = ""
) -> Imported:
    """Take a recipe in as the next version of its name; everything is checked before.

    Golden samples come along only where the recipe has none here: a set in use is not touched.
    The version has to be approved here anew where the station asks for that.

    Args:
        store: Recipes and golden samples.
        home: For the checkpoint and the pictures.
        file: The bundle.
        author: Who takes it in.
        name: Another name for the recipe; "" for its own.

    Raises:
        RecipeError: The file is damaged, was changed, is not harmless, or is no bundle.
        ModelError: The checkpoint cannot be understood.
        StoreError: Disk or database fail; nothing has changed then.
    """
    with opened(file) as archive:
        manifest, recipe = _checked(archive)
        recipe = recipe.model_copy(update={"name": name.strip() or recipe.name})
        Recipe.model_validate(recipe.model_dump())
        try:
            home.root.mkdir(parents=True, exist_ok=True)
            _check_room(archive, home)
            with tempfile.TemporaryDirectory(prefix=".import-", dir=home.root) as folder:
                found = _unpacked(archive, manifest, Path(folder))
                return _taken_in(store, home, file, manifest, recipe, found, author)
        except OSError as error:
            text = tr("The recipe cannot be taken in: {error}. Check the disk and its rights.")
            raise StoreError(text.format(error=error)) from error


def read_manifest(file: Path) -> tuple[Manifest, Recipe]:
    """Return what a bundle says of itself, for a look before it is taken in.

    Raises:
        RecipeError: It is no bundle, is damaged, or is not harmless.
    """
    with opened(file) as archive:
        return _checked(archive)


def file_name(recipe: Recipe) -> str:
    """Return what the bundle of a recipe is called."""
    plain = "".join(c if c.isalnum() or c in "-_." else "-" for c in recipe.name).strip("-.")
    return f"{plain or 'recipe'}-{recipe.version}{SUFFIX}"


# -- out ---------------------------------------------------------------------------------


def _fact(path: Path) -> FileFact:
    with path.open("rb") as stream:
        return FileFact(
            sha256=hashlib.file_digest(stream, "sha256").hexdigest(), size=path.stat().st_size
        )


def _check_hashes(
    recipe: Recipe, samples: Sequence[GoldenSample], facts: dict[str, FileFact], checkpoint: str
) -> None:
    if recipe.checkpoint_sha256 and facts[checkpoint].sha256 != recipe.checkpoint_sha256:
        text = tr(
            "The checkpoint file is not the one of recipe {name}; put the right one in place."
        )
        raise RecipeError(text.format(name=recipe.name), "wrong-checkpoint")
    for sample in samples:
        if facts[f"golden/{sample.image}"].sha256 != sample.image_sha256:
            raise StoreError(tr("The picture was changed since it was added."))


def _golden_fact(sample: GoldenSample) -> GoldenFact:
    return GoldenFact(
        name=sample.name,
        file=f"golden/{sample.image}",
        verdict="NG" if sample.verdict is Verdict.NG else "OK",
        score=sample.score,
        tolerance=sample.tolerance,
        checkpoint_sha256=sample.checkpoint_sha256,
        added_at=sample.added_at,
        added_by=sample.added_by,
    )


# -- in ----------------------------------------------------------------------------------


def _checked(archive: Archive) -> tuple[Manifest, Recipe]:
    """Return manifest and recipe; names and sizes are those that the manifest says."""
    try:
        manifest = Manifest.model_validate(json.loads(archive.read(MANIFEST, _SMALL)))
    except (ValidationError, ValueError, RecursionError) as error:
        text = tr("The list of contents of the file is not valid; export the recipe again.")
        raise RecipeError(text, "bundle") from error
    expected = {RECIPE, manifest.checkpoint, *(sample.file for sample in manifest.golden)}
    listed = set(manifest.files)
    if expected != listed or archive.names != listed | {MANIFEST}:
        text = tr("The file does not hold what its list of contents says; export the recipe again.")
        raise RecipeError(text, "bundle")
    for name, fact in manifest.files.items():
        most = _PICTURE if name.startswith("golden/") else _CHECKPOINT
        if not is_plain(name) or archive.size(name) != fact.size or fact.size > most:
            text = tr("{name} is damaged or was changed; export the recipe again.")
            raise RecipeError(text.format(name=name), "bundle")
    document = archive.read(RECIPE, _SMALL)
    if hashlib.sha256(document).hexdigest() != manifest.files[RECIPE].sha256:
        text = tr("{name} is damaged or was changed; export the recipe again.")
        raise RecipeError(text.format(name=RECIPE), "bundle")
    try:
        return manifest, Recipe.from_json(document.decode("utf-8"))
    except (UnicodeDecodeError, RecursionError) as error:
        raise RecipeError(tr("The recipe in the file is not valid."), "bundle") from error


def _check_room(archive: Archive, home: Home) -> None:
    needed = 2 * sum(archive.size(name) for name in archive.names) + (100 << 20)
    free = shutil.disk_usage(home.root).free
    if free < needed:
        text = tr("The disk has {free} GB left and {needed} GB are needed; make room first.")
        raise StoreError(text.format(free=f"{free / 1e9:.1f}", needed=f"{needed / 1e9:.1f}"))


def _unpacked(archive: Archive, manifest: Manifest, folder: Path) -> dict[str, Path]:
    """Write the files under names of our own and look into each; return them by their names."""
    found: dict[str, Path] = {}
    for number, (name, fact) in enumerate(manifest.files.items()):
        path = folder / f"{number}{Path(name).suffix.lower()}"
        archive.copy(name, path, fact.sha256, fact.size)
        found[name] = path
    check_checkpoint(found[manifest.checkpoint], Path(manifest.checkpoint).name)
    for sample in manifest.golden:
        check_picture(found[sample.file], sample.name)
    return found


def _taken_in(
    store: Database,
    home: Home,
    file: Path,
    manifest: Manifest,
    recipe: Recipe,
    found: dict[str, Path],
    author: str,
) -> Imported:
    """Put the checked files in their places, then commit; what fails is taken back."""
    placed: list[Path] = []
    try:
        sha256 = manifest.files[manifest.checkpoint].sha256
        wanted = home.checkpoints / Path(manifest.checkpoint).name
        checkpoint = _placed(found[manifest.checkpoint], wanted, sha256, placed)
        has_samples = bool(store.golden.samples(recipe.name))
        samples = [] if has_samples else _samples(home, manifest, recipe, found, placed)
        version = dict(store.recipes()).get(recipe.name, 0) + 1
        changes = {"version": version, "checkpoint": checkpoint.name, "checkpoint_sha256": sha256}
        kept = Recipe.model_validate({**recipe.model_dump(), **changes})
        reason = f"import of {file.name}: {manifest.reason or '-'} ({manifest.author or '-'})"
        store.save_recipe(kept.to_json(), kept.name, version, author, reason, samples)
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise
    log.station.info("recipe %s version %d taken in from %s", kept.name, version, file.name)
    return Imported(kept, checkpoint, len(samples), has_samples and bool(manifest.golden))


def _placed(source: Path, wanted: Path, sha256: str, placed: list[Path]) -> Path:
    """Move a file to its place unless the same one is there; another one keeps its name."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for target in (wanted, wanted.with_name(f"{wanted.stem}-{sha256[:8]}{wanted.suffix}")):
        if not target.exists():
            placed.append(target)
            source.replace(target)
            return target
        if _fact(target).sha256 == sha256:
            return target
    text = tr("{file} is there already with other contents; move it away first.")
    raise StoreError(text.format(file=wanted.name))


def _samples(
    home: Home, manifest: Manifest, recipe: Recipe, found: dict[str, Path], placed: list[Path]
) -> list[GoldenSample]:
    samples: list[GoldenSample] = []
    for fact in manifest.golden:
        sample = GoldenSample(
            recipe=recipe.name,
            name=fact.name,
            image="",
            image_sha256=manifest.files[fact.file].sha256,
            verdict=Verdict(fact.verdict),
            score=fact.score,
            tolerance=fact.tolerance,
            checkpoint_sha256=fact.checkpoint_sha256,
            added_at=fact.added_at,
            added_by=fact.added_by,
            id=new_id(),
        )
        image = f"{sample.id}.png"
        _placed(found[fact.file], home.golden / image, sample.image_sha256, placed)
        samples.append(replace(sample, image=image))
    return samples
