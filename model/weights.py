"""Pretrained backbones of this station: which there are, how they get here."""

from __future__ import annotations

import difflib
import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from model.atomic import whole_file
from model.download import DownloadError, NotOnServer, Progress, download, published_sha256
from model.errors import CheckpointError
from model.weight_file import SUFFIXES, file_sha256, noted_sha256, sidecar
from model.weight_identity import Identity, identify
from model.weight_sources import Pretrained, Source, known_weights

PRESENT, ABSENT = "present", "absent"
_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class WeightEntry:
    """One line of the list.

    Attributes:
        name: "BACKBONE:TAG", or the backbone alone for a file of unknown origin.
        state: "present" or "absent".
        file: Where the weights are, or where they belong.
        sha256: Of the file as noted, else as published (8 digits for some), "" if unknown.
        source: Address, or "added by hand".
    """

    name: str
    state: str
    file: Path
    sha256: str
    source: str


def list_weights(folder: Path) -> tuple[WeightEntry, ...]:
    """Return all weights that can be had and all that are in the folder."""
    present = _weight_files(folder)
    entries = [_entry(known, folder, present) for known in known_weights()]
    taken = {entry.file for entry in entries if entry.state == PRESENT}
    added = [
        WeightEntry(file.stem, PRESENT, file, noted_sha256(file), "added by hand")
        for file in present
        if file not in taken
    ]
    return (*entries, *added)


def fetch(name: str, folder: Path, progress: Progress | None = None) -> WeightEntry:
    """Download weights into the folder, checked by sha256; nothing to do if they are there.

    Args:
        name: A name of `list_weights`; a backbone alone takes OpenAI's weights, a ResNet the
            first that torchvision published.
        folder: Made if it is missing.
        progress: Called with the bytes so far and in all.

    Raises:
        CheckpointError: The name is unknown, or the weights cannot be had from here; the
            sentence says which file to put where.
    """
    known = _known(name)
    entry = _entry(known, folder, _weight_files(folder))
    if entry.state == PRESENT and entry.sha256 in ("", file_sha256(entry.file)):
        return entry
    reasons: list[DownloadError] = []
    for source in known.sources:
        try:
            _fetch_from(source, known, folder, progress)
        except DownloadError as error:
            reasons.append(error)
        else:
            return _entry(known, folder, _weight_files(folder))
    reason = next((r for r in reasons if not isinstance(r, NotOnServer)), reasons[0])
    best = known.sources[0]
    raise CheckpointError(
        f"The weights {known.name} could not be fetched: {reason}; get {best.url} on another "
        f"computer and put it as {_file_name(known, best.suffix)} into {folder}."
    ) from reason


def add(file: Path, folder: Path) -> WeightEntry:
    """Copy a weight file into the folder under the name of its backbone.

    Args:
        file: A .safetensors, .pt, .bin or .pth file; no code in it is run.
        folder: Made if it is missing.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, fits no supported backbone
            or several, or cannot be copied; the folder is as before.
    """
    identity = identify(file)
    try:
        target = _copy(file, identity, folder)
    except OSError as error:
        raise CheckpointError(f"{file} could not be copied into {folder}: {error}.") from error
    for entry in list_weights(folder):
        if entry.file == target:
            return entry
    return WeightEntry(target.stem, PRESENT, target, identity.sha256, "added by hand")


def _copy(file: Path, identity: Identity, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tag = f".{identity.tag}" if identity.tag else ""
    target = folder / f"{identity.backbone}{tag}{file.suffix}"
    if target.exists() and not target.samefile(file) and noted_sha256(target) != identity.sha256:
        # checkpoints may need the file that has the name already
        target = folder / f"{identity.backbone}.{identity.sha256[:8]}{file.suffix}"
    if not (target.exists() and target.samefile(file)):
        digest = hashlib.sha256()
        with whole_file(target) as part, file.open("rb") as source, part.open("wb") as out:
            while chunk := source.read(_CHUNK):
                out.write(chunk)
                digest.update(chunk)
            out.flush()
            if digest.hexdigest() != identity.sha256:
                raise CheckpointError(f"{file} changed while it was read; add it again.")
    _note(target, identity.sha256)
    return target


def _fetch_from(source: Source, known: Pretrained, folder: Path, progress: Progress | None) -> None:
    sha256 = source.sha256 or published_sha256(source.url)
    if not sha256:
        raise DownloadError(f"{source.url} names no sha256 to check the file by")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as room:
            part = Path(room) / _file_name(known, source.suffix)
            found = download(source.url, part, sha256, progress)
            try:
                identify(part, expected=known.backbone)
            except CheckpointError as error:
                raise DownloadError(str(error).rstrip(".")) from error
            target = folder / part.name
            part.replace(target)
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written to: {error}.") from error
    _note(target, found)


def _note(file: Path, sha256: str) -> None:
    with whole_file(sidecar(file)) as part:
        part.write_text(f"{sha256}  {file.name}\n", encoding="utf-8")


def _known(name: str) -> Pretrained:
    everything = {known.name: known for known in known_weights()}
    usual = {known.backbone: known for known in everything.values() if known.is_usual}
    found = everything.get(name) or usual.get(name)
    if found is None:
        near = difflib.get_close_matches(name, everything, 3, 0.3) or list(everything)[:3]
        raise CheckpointError(
            f"No weights are called {name!r}; near are {', '.join(near)}; `weights list` shows all."
        )
    return found


def _file_name(known: Pretrained, suffix: str) -> str:
    return f"{known.backbone}.{known.tag}{suffix}"


def _weight_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(f for f in folder.iterdir() if f.suffix in SUFFIXES and f.is_file())


def _entry(known: Pretrained, folder: Path, present: list[Path]) -> WeightEntry:
    best = known.sources[0]
    names = {known.published_file, *(_file_name(known, suffix) for suffix in SUFFIXES)}
    for file in present:
        if file.name in names:
            return WeightEntry(known.name, PRESENT, file, noted_sha256(file), best.url)
    file = folder / _file_name(known, best.suffix)
    return WeightEntry(known.name, ABSENT, file, best.sha256, best.url)
