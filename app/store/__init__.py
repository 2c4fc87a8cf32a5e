"""Records and evidence of judged parts."""

from __future__ import annotations

from app.store.database import open_store

__all__ = ["open_store"]
