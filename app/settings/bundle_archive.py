"""Zip files from elsewhere: what is in them is looked at before anything is believed."""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from app.errors import RecipeError
from app.i18n import tr

LARGEST_PACKED = 200
"""No honest file of ours becomes more than this many times larger when it is unpacked."""

MOST_FILES = 1000
_CHUNK = 1 << 20


class Archive:
    """An open zip file whose list of contents has been found harmless.

    Args:
        archive: The open file.

    Raises:
        RecipeError: A name leads out of the archive, stands there twice or is a link; a file is
            encrypted or is packed far too tightly; or there are too many.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos: dict[str, zipfile.ZipInfo] = {}
        infos = archive.infolist()
        if len(infos) > MOST_FILES:
            raise _unsafe(tr("it holds too many files"))
        for info in infos:
            if reason := _problem(info):
                raise _unsafe(reason)
            if info.filename.casefold() in {name.casefold() for name in self._infos}:
                raise _unsafe(tr("{name} stands in it twice").format(name=info.filename[:80]))
            self._infos[info.filename] = info

    @property
    def names(self) -> frozenset[str]:
        """Names of all files."""
        return frozenset(self._infos)

    def size(self, name: str) -> int:
        """Return what a file says it is long when unpacked, bytes."""
        return self._infos[name].file_size

    def read(self, name: str, most: int) -> bytes:
        """Return a small file.

        Raises:
            RecipeError: It is missing, damaged, or longer than `most` bytes.
        """
        return b"".join(self._chunks(name, most))

    def copy(self, name: str, target: Path, sha256: str, size: int) -> None:
        """Write a file of the archive to the disk; it must have this hash and length.

        Raises:
            RecipeError: It is missing, damaged, longer than it says, or another file.
            OSError: The disk does not take it.
        """
        hasher, length = hashlib.sha256(), 0
        with target.open("xb") as stream:
            for chunk in self._chunks(name, size):
                hasher.update(chunk)
                length += len(chunk)
                stream.write(chunk)
        if length != size or hasher.hexdigest() != sha256:
            text = tr("{name} is damaged or was changed; export the recipe again.")
            raise RecipeError(text.format(name=name), "bundle")

    def _chunks(self, name: str, most: int) -> Iterator[bytes]:
        info = self._infos.get(name)
        if info is None:
            text = tr("The file holds no {name}; it is no recipe of this program or is damaged.")
            raise RecipeError(text.format(name=name), "bundle")
        left = most
        with _damage_said(name), self._archive.open(info) as stream:
            while chunk := _read(stream):
                left -= len(chunk)
                if left < 0:
                    raise _unsafe(tr("{name} is longer than it may be").format(name=name))
                yield chunk


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a zip file and look at its list of contents.

    Raises:
        RecipeError: It cannot be read, is no zip file, or is not harmless.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        text = tr("{file} cannot be read as an exported recipe: {error}.")
        raise RecipeError(text.format(file=path.name, error=error), "bundle") from error
    with archive:
        yield Archive(archive)


@contextmanager
def _damage_said(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        text = tr("{name} is damaged or was changed; export the recipe again.")
        raise RecipeError(text.format(name=name), "bundle") from error


def _read(stream: IO[bytes]) -> bytes:
    return stream.read(_CHUNK)


def _problem(info: zipfile.ZipInfo) -> str:
    """Return what is not harmless in one entry, "" if nothing is."""
    name = info.filename
    if not is_plain(name):
        return tr("{name} leads out of it").format(name=name[:80])
    if stat.S_ISLNK(info.external_attr >> 16):
        return tr("{name} is a link").format(name=name[:80])
    if info.flag_bits & 0x1:
        return tr("{name} is encrypted").format(name=name[:80])
    if info.file_size > LARGEST_PACKED * (info.compress_size + 1024):
        return tr("{name} is longer than it may be").format(name=name[:80])
    return ""


def is_plain(name: str) -> bool:
    """Return whether a name in an archive names a file below it, on every system."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and len(name) <= 240
        and not name.startswith("/")
        and not any(part.endswith((".", " ")) for part in name.split("/"))
        and not any(letter in name for letter in '\\:*?"<>|')
        and all(letter.isprintable() for letter in name)
        and "/".join(parts) == name
    )


def _unsafe(reason: str) -> RecipeError:
    text = tr("The file is not taken in: {reason}.")
    return RecipeError(text.format(reason=reason), "bundle")
