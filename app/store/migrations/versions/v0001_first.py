"""First schema: records, reviews, recipes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create all tables of schema 1.0."""
    version = op.create_table(
        "schema_version",
        sa.Column("major", sa.Integer, primary_key=True),
        sa.Column("minor", sa.Integer, nullable=False),
    )
    op.bulk_insert(version, [{"major": 1, "minor": 0}])
    _create_records()
    op.create_table(
        "reviews",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("record_id", _ID, sa.ForeignKey("records.id"), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("finding", sa.String(16), nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
    )
    op.create_index("ix_reviews_record_id_id", "reviews", ["record_id", "id"])
    op.create_table(
        "recipes",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("saved_utc", _TIME, nullable=False),
    )


def _create_records() -> None:
    texts = ["station", "lot", "shift", "operator", "recipe", "serial", "source"]
    texts += ("checkpoint", "checkpoint_sha256", "detector", "defect", "software")
    whole = ("recipe_version", "frame_width", "frame_height")
    spent = ("taken_monotonic", "grab_ms", "wait_ms", "model_ms", "decide_ms", "store_ms")
    optional = ["limit_ng", "limit_review", "limit_map", "limit_map_typical", "score"]
    optional += ("mm_per_px", "map_low", "map_high")
    op.create_table(
        "records",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("taken_utc", _TIME, nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("regions", sa.JSON, nullable=False),
        sa.Column("region_of_interest", sa.JSON),
        sa.Column("truth", sa.String(2)),
        sa.Column("image", sa.Text),
        sa.Column("image_sha256", sa.String(64)),
        sa.Column("map", sa.Text),
        sa.Column("map_sha256", sa.String(64)),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        *(sa.Column(name, sa.Integer, nullable=False) for name in whole),
        *(sa.Column(name, sa.Double, nullable=False) for name in spent),
        *(sa.Column(name, sa.Double) for name in optional),
    )
    op.create_index("ix_records_verdict_id", "records", ["verdict", "id"])
    for name in ("lot", "recipe", "taken_utc", "score"):
        op.create_index(f"ix_records_{name}_verdict_id", "records", [name, "verdict", "id"])


def downgrade() -> None:
    """Refused: going back would lose records."""
    raise NotImplementedError("the database is never taken back to an older schema")
