"""Names of folders that every file system takes and no data set reads otherwise."""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
# Names of devices on Windows, and of folders that mean something else in a data set.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
_TAKEN = {
    "good",
    "ok",
    "normal",
    "train",
    "test",
    "masks",
    "mask",
    "ground_truth",
    "label",
    "labels",
    "unlabelled",
}
_LONGEST = 60


def safe_name(name: str, default: str) -> str:
    """Return a name that every file system takes as a folder and no data set reads otherwise.

    Args:
        name: In any language.
        default: Where nothing of the name is left.
    """
    found = (
        _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip(" .")[:_LONGEST].strip(" .")
    )
    if not found:
        return default
    if found.casefold() in _TAKEN | _RESERVED or found.partition(".")[0].casefold() in _RESERVED:
        return f"{found}_"
    return found
