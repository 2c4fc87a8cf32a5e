"""Schema 1.1: what review, limits, golden samples and reports need. Only adds."""

from __future__ import annotations

import string

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Widen records and reviews, add the new tables, derive the new columns of old rows."""
    _widen_records()
    op.add_column("reviews", sa.Column("defect", sa.Text, nullable=False, server_default=""))
    op.add_column("reviews", sa.Column("mask", sa.JSON))
    _create_events()
    _create_golden()
    op.create_table(
        "saved_filters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("saved_utc", _TIME, nullable=False),
    )
    op.execute("UPDATE schema_version SET minor = 1 WHERE major = 1")


def _widen_records() -> None:
    for name in ("product", "named"):
        op.add_column("records", sa.Column(name, sa.Text, nullable=False, server_default=""))
    for name in ("brightness", "sharpness", "shift_x", "shift_y", "colour_a", "colour_b"):
        op.add_column("records", sa.Column(name, sa.Double))
    op.add_column("records", sa.Column("class_probabilities", sa.JSON))
    for name in ("sampled", "second_opinion", "queued", "reviewers", "disputed"):
        op.add_column("records", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column("records", sa.Column("finding", sa.String(16)))
    op.add_column("records", sa.Column("part", sa.String(9)))
    op.add_column("records", sa.Column("reviewer", sa.Text))
    op.execute("UPDATE records SET queued = 1 WHERE verdict <> 'OK'")
    op.execute("UPDATE records SET named = defect WHERE defect <> ''")
    # Before this schema a station added nothing but "false-call".
    said = "FROM reviews WHERE record_id = records.id AND finding = 'false-call'"
    op.execute(
        "UPDATE records SET queued = 1, finding = 'false-call', part = 'good', "
        f'reviewers = (SELECT COUNT(DISTINCT "by") {said}), '
        f'reviewer = (SELECT "by" {said} ORDER BY at DESC, id DESC LIMIT 1) '
        "WHERE id IN (SELECT record_id FROM reviews WHERE finding = 'false-call')"
    )
    _make_searchable()
    _index_lists()


def _make_searchable() -> None:
    op.add_column("records", sa.Column("words", sa.Text, nullable=False, server_default=""))
    # Of letters only A to Z change, on every server: its locale has no say.
    upper, lower = string.ascii_uppercase, string.ascii_lowercase
    words = "substr(serial, 1, 60) || {newline} || substr(lot, 1, 60)"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"UPDATE records SET words = lower({words.format(newline='char(10)')})")
    else:
        words = words.format(newline="chr(10)")
        op.execute(f"UPDATE records SET words = translate({words}, '{upper}', '{lower}')")


def _index_lists() -> None:
    for name, columns, which in (
        ("not_derived", ["id"], sa.text("words = ''")),
        ("kept", ["recipe", "id"], sa.text("image IS NOT NULL")),
    ):
        op.create_index(
            f"ix_records_{name}", "records", columns, sqlite_where=which, postgresql_where=which
        )
    # What follows serves these better.
    op.drop_index("ix_records_verdict_id", "records")
    op.drop_index("ix_records_score_verdict_id", "records")
    listed = ["taken_utc", "verdict", "recipe_version", "sampled", "second_opinion", "reviewers"]
    listed += ["disputed", "finding", "part", "shift", "recipe", "lot", "words", "named"]
    listed += ["product", "reviewer", "checkpoint", "checkpoint_sha256"]
    queued = sa.text("queued = 1")
    for ending, first in (("", ["id", "score"]), ("_by_score", ["score", "id"])):
        op.create_index(f"ix_records_list{ending}", "records", [*first, *listed])
        op.create_index(
            f"ix_records_queue{ending}",
            "records",
            [*first, "queued", *listed],
            sqlite_where=queued,
            postgresql_where=queued,
        )


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("station", "recipe", "by", "text")),
        sa.Column("details", sa.JSON, nullable=False),
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_events_kind_at", "events", ["kind", "at"])


def _create_golden() -> None:
    op.create_table(
        "golden_samples",
        sa.Column("id", _ID, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("recipe", "name", "image")),
        sa.Column("image_sha256", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("tolerance", sa.Double, nullable=False),
        sa.Column("checkpoint_sha256", sa.String(64), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("retired_at", _TIME),
    )
    op.create_index("ix_golden_samples_recipe_id", "golden_samples", ["recipe", "id"])
    in_use = sa.text("retired_at IS NULL")
    op.create_index(
        "ix_golden_samples_in_use",
        "golden_samples",
        ["recipe", "name"],
        unique=True,
        sqlite_where=in_use,
        postgresql_where=in_use,
    )
    op.create_table(
        "baselines",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("recipe", sa.Text, nullable=False),
        sa.Column("checkpoint_sha256", sa.String(64), nullable=False),
        sa.Column("saved_utc", _TIME, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("ix_baselines_recipe_id", "baselines", ["recipe", "id"])


def downgrade() -> None:
    """Refused: going back would lose reviews."""
    raise NotImplementedError("the database is never taken back to an older schema")
