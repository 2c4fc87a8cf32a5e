"""Tables of the station's database, the same for SQLite and PostgreSQL.

`MAJOR` grows when older programs could no longer read or write correctly, `MINOR` with
every other change. The tables here are what the migrations lead to; a test proves it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from string import ascii_lowercase, ascii_uppercase

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

MAJOR = 1
MINOR = 2

_NAME_LENGTH = 80
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """Timezone-aware UTC in and out; SQLite keeps it as text without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a time without a zone is a bug of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it as UTC whatever zone the server answers in."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text that every database takes: no NUL (a scanner may send one), no lone surrogate."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what PostgreSQL refuses; the rest is unchanged."""
        return None if value is None else clean(value)


class Name(CleanText):
    """Text that indexes hold: cut after 80 characters, as the window does.

    PostgreSQL refuses a row whose index entry is longer than 2,700 bytes; a part must never be
    lost because a scanner gave a page of text as its lot.
    """

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean and cut; the same for what is stored and for what is looked for."""
        cleaned = super().process_bind_param(value, dialect)
        return None if cleaned is None else cleaned[:_NAME_LENGTH]


def clean(words: str) -> str:
    """Return the text with NUL and lone surrogates replaced."""
    return words.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def search_words(serial: str, lot: str) -> str:
    """Return what the text search of a record looks through.

    The first 60 characters of each; A to Z in lower case, as `folded` does it.
    """
    return folded(f"{clean(serial)[:60]}\n{clean(lot)[:60]}")


def folded(words: str) -> str:
    """Return a text with A to Z in lower case; other letters as SQLite leaves them."""
    return words.translate(_LOWER)


# Identifiers order by time only byte by byte, whatever the locale of the server.
Id = String(36).with_variant(String(36, collation="C"), "postgresql")

schema_version = Table(
    "schema_version",
    metadata,
    Column("major", Integer, primary_key=True),
    Column("minor", Integer, nullable=False),
)

# What a list can be filtered by. The indexes of the lists hold all of it: whatever is combined,
# the worst case reads one narrow index from end to end and never the table.
LISTED = (
    "taken_utc",
    "verdict",
    "recipe_version",
    "sampled",
    "second_opinion",
    "reviewers",
    "disputed",
    "finding",
    "part",
    "shift",
    "recipe",
    "lot",
    "words",
    "named",
    "product",
    "reviewer",
    "checkpoint",
    "checkpoint_sha256",
)
_IN_QUEUE = text("queued = 1")
_KEPT = text("image IS NOT NULL")
_NO_WORDS = text("words = ''")

records = Table(
    "records",
    metadata,
    Column("id", Id, primary_key=True),
    Column("station", CleanText, nullable=False),
    Column("lot", Name, nullable=False),
    Column("shift", Name, nullable=False),
    Column("operator", CleanText, nullable=False),
    Column("recipe", CleanText, nullable=False),
    Column("recipe_version", Integer, nullable=False),
    Column("serial", CleanText, nullable=False),
    Column("taken_utc", UtcTime, nullable=False),
    Column("taken_monotonic", Double, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("frame_width", Integer, nullable=False),
    Column("frame_height", Integer, nullable=False),
    Column("checkpoint", CleanText, nullable=False),
    Column("checkpoint_sha256", CleanText, nullable=False),
    Column("detector", CleanText, nullable=False),
    Column("limit_ng", Double),
    Column("limit_review", Double),
    Column("limit_map", Double),
    Column("limit_map_typical", Double),
    Column("score", Double),
    Column("verdict", String(8), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("defect", CleanText, nullable=False),
    Column("grab_ms", Double, nullable=False),
    Column("wait_ms", Double, nullable=False),
    Column("model_ms", Double, nullable=False),
    Column("decide_ms", Double, nullable=False),
    Column("store_ms", Double, nullable=False),
    Column("software", CleanText, nullable=False),
    Column("truth", String(2)),
    Column("region_of_interest", JSON(none_as_null=True)),
    Column("mm_per_px", Double),
    Column("image", CleanText),
    Column("image_sha256", String(64)),
    Column("map", CleanText),
    Column("map_sha256", String(64)),
    Column("map_low", Double),
    Column("map_high", Double),
    Column("product", CleanText, nullable=False, server_default=""),
    Column("brightness", Double),
    Column("sharpness", Double),
    Column("shift_x", Double),
    Column("shift_y", Double),
    Column("colour_a", Double),
    Column("colour_b", Double),
    Column("class_probabilities", JSON(none_as_null=True)),
    Column("sampled", Integer, nullable=False, server_default="0"),
    Column("second_opinion", Integer, nullable=False, server_default="0"),
    Column("region_results", JSON(none_as_null=True)),
    Column("placement", JSON(none_as_null=True)),
    # What follows is derived from verdict and reviews in the transaction that adds either, so
    # that lists and counts need no join; the reviews themselves are never changed.
    # 1: in the review queue (NG, REVIEW, ERROR, sampled, or marked by a person).
    Column("queued", Integer, nullable=False, server_default="0"),
    # Finding of the newest standing review, and what the part is after it.
    Column("finding", String(16)),
    Column("part", String(9)),
    # Kind of defect: of the newest standing review that names one, else the model's.
    Column("named", Name, nullable=False, server_default=""),
    # Persons with a standing review, and who the newest is of.
    Column("reviewers", Integer, nullable=False, server_default="0"),
    Column("reviewer", Name),
    # 1: their words on the part contradict each other.
    Column("disputed", Integer, nullable=False, server_default="0"),
    # What the text search looks through: the starts of serial and lot, see `search_words`.
    Column("words", CleanText, nullable=False, server_default=""),
    # Every list is read in the order of the id, so it ends each index (keyset paging).
    Index(None, "lot", "verdict", "id"),
    Index(None, "recipe", "verdict", "id"),
    Index(None, "taken_utc", "verdict", "id"),
    Index("ix_records_list", "id", "score", *LISTED),
    Index("ix_records_list_by_score", "score", "id", *LISTED),
    # For retention: the records that still have files.
    Index("ix_records_kept", "recipe", "id", sqlite_where=_KEPT, postgresql_where=_KEPT),
    # What an earlier program adds to this database, until it is derived: always empty but then.
    Index("ix_records_not_derived", "id", sqlite_where=_NO_WORDS, postgresql_where=_NO_WORDS),
    # Few parts are for review: these two stay small however many records there are. SQLite needs
    # the column in the index; it is missing in the two above, so that it does not take those.
    Index(
        "ix_records_queue",
        "id",
        "score",
        "queued",
        *LISTED,
        sqlite_where=_IN_QUEUE,
        postgresql_where=_IN_QUEUE,
    ),
    Index(
        "ix_records_queue_by_score",
        "score",
        "id",
        "queued",
        *LISTED,
        sqlite_where=_IN_QUEUE,
        postgresql_where=_IN_QUEUE,
    ),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Id, primary_key=True),
    Column("record_id", Id, ForeignKey("records.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("finding", String(16), nullable=False),
    Column("comment", CleanText, nullable=False),
    Column("defect", CleanText, nullable=False, server_default=""),
    Column("mask", JSON(none_as_null=True)),
    Index(None, "record_id", "id"),
)

recipes = Table(
    "recipes",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", CleanText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("saved_utc", UtcTime, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("station", CleanText, nullable=False),
    Column("recipe", CleanText, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("details", JSON, nullable=False),
    Index(None, "at"),
    Index(None, "kind", "at"),
)

golden_samples = Table(
    "golden_samples",
    metadata,
    Column("id", Id, primary_key=True),
    Column("recipe", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("image", CleanText, nullable=False),
    Column("image_sha256", String(64), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("score", Double, nullable=False),
    Column("tolerance", Double, nullable=False),
    Column("checkpoint_sha256", String(64), nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("added_by", CleanText, nullable=False),
    # Never removed: reports of earlier weeks name it.
    Column("retired_at", UtcTime),
    Index(None, "recipe", "id"),
    Index(
        "ix_golden_samples_in_use",
        "recipe",
        "name",
        unique=True,
        sqlite_where=text("retired_at IS NULL"),
        postgresql_where=text("retired_at IS NULL"),
    ),
)

baselines = Table(
    "baselines",
    metadata,
    Column("id", Id, primary_key=True),
    Column("recipe", CleanText, nullable=False),
    Column("checkpoint_sha256", String(64), nullable=False),
    Column("saved_utc", UtcTime, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("document", CleanText, nullable=False),
    Index(None, "recipe", "id"),
)

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("document", CleanText, nullable=False),
    Column("saved_by", CleanText, nullable=False),
    Column("saved_utc", UtcTime, nullable=False),
)
