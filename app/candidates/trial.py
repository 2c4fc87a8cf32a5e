"""Whether a file can be used, found out in this process; meant for one that may die of it.

What a header shows is said without torch, which takes seconds to import.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app import log
from app.candidates.check_report import BUG, MEMORY, MODEL, CheckReport, refused
from app.paths import Home
from model.checkpoint_facts import facts
from model.errors import CheckpointError, ModelError, NewerFormat, OutOfMemory, UnknownDetector
from model.types import CheckpointInfo


def tried(
    path: Path, home: Home, device: str = "auto", before_loading: Callable[[], None] | None = None
) -> CheckReport:
    """Return whether a checkpoint loads and judges. Blocks for seconds, takes its memory.

    Args:
        path: The candidate.
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".
        before_loading: Called once the libraries are there, before the weights are read.
    """
    info: CheckpointInfo | None = None
    try:
        info = facts(path).info
        # late: it brings torch along
        from app.candidates.trial_pictures import judged

        if before_loading is not None:
            before_loading()
        return judged(path, home, device)
    except (OutOfMemory, MemoryError) as error:
        why = str(error) or "this computer has too little memory; end other programs."
        said = f"The checkpoint {path} was not loaded: {why[:1].lower()}{why[1:]}"
        return refused(MEMORY, said, info)
    except CheckpointError as error:
        return refused(error.code, str(error), info)
    except UnknownDetector as error:
        return refused(NewerFormat.code, f"The checkpoint {path} cannot be used: {error}", info)
    except ModelError as error:
        return refused(MODEL, f"The checkpoint {path} cannot be used: {error}", info)
    except Exception as error:  # noqa: BLE001
        # whatever a file can do to the code that reads it must end in a sentence
        log.station.exception("the checkpoint %s could not be checked", path)
        return refused(
            BUG,
            f"The checkpoint {path} cannot be used: reading it failed unexpectedly "
            f"({type(error).__name__}); get the file again.",
            info,
        )
