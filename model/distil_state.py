"""What a distillation notes from time to time, so that an ended run can go on."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import torch

from model.atomic import whole_file
from model.errors import CheckpointError
from model.torch_outline import DAMAGE

log = logging.getLogger(__name__)


class State:
    """A file beside the one that is being made.

    Args:
        out: The file that is being made; the state is called the same with ".state" behind.
        fingerprint: Of the run's choices; a state of others is passed over.
    """

    def __init__(self, out: Path, fingerprint: str) -> None:
        self.file = out.with_name(out.name + ".state")
        self._fingerprint = fingerprint

    def read(self) -> dict[str, Any] | None:
        """Return what was noted; None if nothing was, or by a run with other choices.

        A damaged state is logged and passed over: the run begins anew.
        """
        if not self.file.is_file():
            return None
        try:
            content = torch.load(self.file, map_location="cpu", weights_only=True)
        except (*DAMAGE, OSError) as error:
            log.warning("the state %s cannot be read (%s); beginning anew", self.file, error)
            return None
        if not isinstance(content, dict) or content.get("fingerprint") != self._fingerprint:
            return None
        return dict(content)

    def write(self, content: dict[str, Any]) -> None:
        """Note the state; the file is replaced as a whole.

        Raises:
            CheckpointError: It cannot be written.
        """
        buffer = io.BytesIO()
        torch.save(content | {"fingerprint": self._fingerprint}, buffer)
        try:
            with whole_file(self.file) as part:
                part.write_bytes(buffer.getvalue())
        except OSError as error:
            raise CheckpointError(
                f"Cannot write {self.file}: {error.strerror or error}; choose another --out."
            ) from error

    def remove(self) -> None:
        """Forget the state."""
        self.file.unlink(missing_ok=True)
