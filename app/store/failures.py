"""What a database's own error means, in one sentence for the person at the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from app.errors import StoreError
from app.i18n import N_, tr


class Refused(StoreError):
    """The database works but does not take this row; trying again is no use."""

    code = "store-refused"


# Part of SQLite's message -> what to do. SQLite's Python errors carry no finer class.
_SQLITE: tuple[tuple[str, str], ...] = (
    ("locked", N_("The database is locked by another program; close that program.")),
    ("full", N_("The disk of the database is full; free some space.")),
    ("malformed", N_("The database file is damaged; restore a backup or move the file away.")),
    ("not a database", N_("The database file is damaged; restore a backup or move the file away.")),
    ("readonly", N_("The database file is read-only; check the rights of file and folder.")),
    ("unable to open", N_("The database file cannot be opened; check folder and rights.")),
    ("disk i/o", N_("The disk of the database fails; check the disk and its free space.")),
)
# Start of PostgreSQL's SQLSTATE -> what to do.
_POSTGRESQL: tuple[tuple[str, str], ...] = (
    ("28", N_("The database server refuses the user or password; correct the database address.")),
    ("3D", N_("The database does not exist on the server; create it or correct the address.")),
    ("40", N_("Two programs changed the same entries at the same moment; try again.")),
    ("42501", N_("The database user may not do this; ask the administrator for the rights.")),
    ("53100", N_("The disk of the database is full; free some space.")),
    ("53", N_("The database server is overloaded; ask its administrator.")),
    ("55", N_("The database is locked by another program; close that program.")),
    ("57014", N_("The database server answers too slowly; check server and network.")),
)
_UNREACHABLE = N_("The database server cannot be reached or stopped; check server and network.")
_OTHER = N_("The database does not work; the log says why.")
_TAKEN = N_("The database already has this entry or does not know what it refers to.")
_VALUE = N_("The database does not take a value of this entry.")


@contextmanager
def as_store_errors() -> Iterator[None]:
    """Turn every failure of the database inside into a `StoreError`."""
    try:
        yield
    except exc.IntegrityError as error:
        raise Refused(f"{tr(_TAKEN)} ({_cause(error)})") from error
    except exc.DataError as error:
        raise Refused(f"{tr(_VALUE)} ({_cause(error)})") from error
    except exc.StatementError as error:
        if not isinstance(error, exc.DBAPIError):  # the value never got as far as the database
            raise Refused(f"{tr(_VALUE)} ({_cause(error)})") from error
        raise StoreError(f"{tr(meaning(error))} ({_cause(error)})") from error
    except exc.SQLAlchemyError as error:
        raise StoreError(f"{tr(meaning(error))} ({_cause(error)})") from error
    except OverflowError as error:  # SQLite's driver does not wrap this one
        raise Refused(f"{tr(_VALUE)} ({error})") from error
    except OSError as error:
        raise StoreError(f"{tr(_OTHER)} ({error})") from error


def meaning(error: exc.SQLAlchemyError) -> str:
    """Return the English sentence for a failure."""
    original = getattr(error, "orig", None)
    if isinstance(error, exc.TimeoutError):
        return _OTHER
    if type(original).__module__.startswith("sqlite3"):
        said = str(original).lower()
        return next((text for part, text in _SQLITE if part in said), _OTHER)
    state = getattr(original, "sqlstate", None)
    if state:
        return next(
            (sentence for start, sentence in _POSTGRESQL if state.startswith(start)), _OTHER
        )
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return _UNREACHABLE
    return _OTHER


def _cause(error: exc.SQLAlchemyError) -> str:
    """Return the first line of what the database itself said."""
    text = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return text.splitlines()[0][:200]
