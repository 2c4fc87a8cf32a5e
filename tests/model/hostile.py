"""Files that try to run code when they are read."""

from __future__ import annotations

import pickle
from pathlib import Path


class Payload:
    """Pickles to a call that leaves a marker file behind."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.marker), "w")


def prove_it_works(folder: Path) -> None:
    """A payload that could do no harm would prove nothing."""
    marker = folder / "proof"
    pickle.loads(pickle.dumps(Payload(marker))).close()
    assert marker.exists()
