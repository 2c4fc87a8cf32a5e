"""Bad checkpoint files, hundreds of them, each bad in one way; run as a module to look at them."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tests.model.tiny_clip import backbone
from tests.rigs import bad_contents, bad_foreign, bad_pickles, bad_tables
from tests.rigs.checkpoint_files import GoodFiles, good_files


@dataclass(frozen=True)
class Corpus:
    """Bad files by what is bad about them, the good ones that they come from, and the marker.

    Attributes:
        groups: Files by group.
        good: Must be accepted.
        marker: Is written by whoever runs what the pickles ask for.
        weights: Folder with the backbone that all of them name.
    """

    groups: dict[str, tuple[Path, ...]]
    good: GoodFiles
    marker: Path
    weights: Path

    @property
    def bad(self) -> tuple[Path, ...]:
        """Every bad file."""
        return tuple(chain.from_iterable(self.groups.values()))


def corpus(folder: Path) -> Corpus:
    """Write all files into `folder`."""
    marker = folder / "marker"
    good = good_files(folder / "good")
    plain, taught = good.plain.read_bytes(), good.taught.read_bytes()
    prompts = good.prompts.read_bytes()
    pickles = bad_pickles.payloads(marker).items()
    made: dict[str, Iterable[tuple[str, bytes]]] = {
        "code": chain.from_iterable(bad_pickles.wrapped(n, p, prompts) for n, p in pickles),
        "pickle": bad_pickles.odd_pickles(prompts),
        "bomb": bad_pickles.bombs(prompts),
        "foreign": bad_foreign.foreign(),
        "cut": chain(bad_tables.cut(plain), bad_tables.cut_archive(prompts)),
        "cut-taught": bad_tables.cut(taught),
        "flip": chain(bad_tables.flipped(plain), bad_tables.flipped_archive(prompts)),
        "flip-taught": bad_tables.flipped(taught),
        "table": bad_tables.odd_tables(plain),
        "values": bad_contents.bad_values(good),
        "shapes": bad_contents.bad_shapes(good),
        "settings": bad_contents.bad_settings(good),
        "prompts": bad_contents.bad_prompts(good),
    }
    groups = {name: _written(folder / name, files) for name, files in made.items()}
    noted = folder / "noted"
    noted.mkdir()
    groups["noted"] = tuple(bad_contents.bad_notes(good, noted))
    for group in ("prompts", "noted"):
        # the references' own files name no backbone by its hash: it must lie beside them
        shutil.copy(backbone().file, folder / group)
    return Corpus(groups, good, marker, folder / "good")


def _written(folder: Path, files: Iterable[tuple[str, bytes]]) -> tuple[Path, ...]:
    folder.mkdir(parents=True)
    made = []
    for name, content in files:
        (folder / name).write_bytes(content)
        made.append(folder / name)
    return tuple(made)


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="bad-checkpoints-"))
    for group, paths in corpus(target).groups.items():
        print(f"{group}: {len(paths)} files in {target / group}")
