"""Which detectors' maps explain instead of measuring; known without loading any of them."""

from __future__ import annotations

# As `Detector.explains` of the registry says; stored records name their detector only.
EXPLAINING = frozenset({"classifier"})


def explains(detector: str) -> bool:
    """Return whether a detector's map shows what it looked at, and measures no defect.

    Args:
        detector: Name in the registry, as records and checkpoints hold it.
    """
    return detector in EXPLAINING
