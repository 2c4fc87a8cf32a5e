"""What is looked at in the files of an imported recipe; nothing in them is run."""

from __future__ import annotations

import struct
from pathlib import Path

from app.errors import RecipeError, StoreError
from app.i18n import tr
from app.store.encoding import decode_image
from model.checkpoint_facts import SUFFIXES, facts

_PNG = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 200_000_000


def check_checkpoint(path: Path, name: str) -> None:
    """Let a checkpoint pass whose header can be understood.

    Args:
        path: The file.
        name: What it is called, for people.

    Raises:
        RecipeError: It has another suffix than checkpoints have.
        ModelError: It is damaged or of a foreign kind.
    """
    if Path(name).suffix.lower() not in SUFFIXES:
        raise RecipeError(tr("{name} is no checkpoint file.").format(name=name), "bundle")
    facts(path)


def check_picture(path: Path, name: str) -> None:
    """Let a golden picture pass that can be decoded and is no larger than a camera's.

    Args:
        path: The file.
        name: Name of the sample, for people.

    Raises:
        RecipeError: It is no such picture.
    """
    text = tr("The picture of golden sample {name} cannot be read; export the recipe again.")
    with path.open("rb") as stream:
        head = stream.read(24)
    # The header says how much memory the picture takes, before it takes it.
    if len(head) < 24 or head[:8] != _PNG:
        raise RecipeError(text.format(name=name), "bundle")
    width, height = struct.unpack(">II", head[16:24])
    if not 0 < width * height <= MOST_PIXELS:
        raise RecipeError(text.format(name=name), "bundle")
    try:
        decode_image(path.read_bytes())
    except StoreError as error:
        raise RecipeError(text.format(name=name), "bundle") from error
