"""Schema 1.2: what each region of a part came to, and where the part lay. Only adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the records; older ones have neither regions nor an anchor."""
    for name in ("region_results", "placement"):
        op.add_column("records", sa.Column(name, sa.JSON))
    op.execute("UPDATE schema_version SET minor = 2 WHERE major = 1")


def downgrade() -> None:
    """Refused: going back would lose what each region came to."""
    raise NotImplementedError("the database is never taken back to an older schema")
