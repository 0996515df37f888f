"""The driver's errors as the eventsourcing library names them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from eventsourcing import persistence
from sqlalchemy.exc import DBAPIError

_PEP_249: Final = ("Interface", "Data", "Operational", "Integrity", "Internal", "Programming", "NotSupported")


@contextmanager
def library_errors() -> Iterator[None]:
    """Raise the eventsourcing library's error for the driver's of the same name (PEP 249)."""
    try:
        yield
    except _driver_errors() as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        ancestry = {kind.__name__ for kind in type(original).__mro__}
        name = next((f"{kind}Error" for kind in _PEP_249 if f"{kind}Error" in ancestry), "DatabaseError")
        raise getattr(persistence, name)(type(original).__name__) from error


def _driver_errors() -> tuple[type[Exception], ...]:
    import psycopg  # It loads slowly: only where something went wrong.

    return DBAPIError, psycopg.Error
