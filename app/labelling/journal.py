"""labels.jsonl: every label as it is given, appended, so that a crash loses none."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app import log
from app.errors import StoreError
from app.i18n import tr

FILE = "labels.jsonl"

GOOD = "good"
DEFECTIVE = "defective"
SKIP = "skip"
OPEN = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of one picture.

    Attributes:
        name: Of the picture's file.
        state: "good", "defective", "skip", a kind of defect, or "" for taken back.
    """

    name: str
    state: str


class LabelJournal:
    """The file of labels in a folder of pictures; every method blocks.

    Args:
        folder: Where the file lies.
        by: Who labels, "" if nobody said.
    """

    def __init__(self, folder: Path, by: str = "") -> None:
        self.file = folder / FILE
        self._by = by

    def load(self, before: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the state of each picture, the last word on it; taken-back ones are not in it.

        A line that a crash cut off is passed over.

        Args:
            before: What was known of pictures on which the file has no word.

        Raises:
            StoreError: The file cannot be read.
        """
        found = dict(before or {})
        for label in self._lines():
            found[label.name] = label.state
        return {name: state for name, state in found.items() if state != OPEN}

    def append(self, labels: Sequence[Label]) -> None:
        """Write labels behind the others; when it returns they are on the disk.

        Raises:
            StoreError: They cannot be written.
        """
        at = datetime.now(UTC).isoformat(timespec="seconds")
        text = "".join(
            json.dumps({"tile": one.name, "state": one.state or None, "at": at, "by": self._by})
            + "\n"
            for one in labels
        )
        try:
            with self.file.open("a+b") as stream:
                stream.write(_line_end(stream.tell(), self.file) + text.encode("utf-8"))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise StoreError(
                tr("{file} cannot be written: {error}. Check the disk and its rights.").format(
                    file=self.file, error=error.strerror or error
                )
            ) from error

    def _lines(self) -> Iterator[Label]:
        try:
            data = self.file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(
                tr("{file} cannot be read: {error}.").format(
                    file=self.file, error=error.strerror or error
                )
            ) from error
        for number, line in enumerate(data.split(b"\n"), start=1):
            label = _parsed(line)
            if label is not None:
                yield label
            elif line.strip():
                log.store.info("line %d of %s was cut off and is passed over", number, self.file)


def _line_end(size: int, file: Path) -> bytes:
    """Return what ends a line that a crash cut off, or nothing."""
    if not size:
        return b""
    with file.open("rb") as stream:
        stream.seek(size - 1)
        return b"" if stream.read(1) == b"\n" else b"\n"


def _parsed(line: bytes) -> Label | None:
    try:
        values = json.loads(line)
        name, state = values["tile"], values["state"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(name, str) or not isinstance(state, str | None):
        return None
    return Label(name, state or OPEN)
