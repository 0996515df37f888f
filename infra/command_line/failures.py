"""What the world outside may refuse a command, told in one sentence."""

import sys
from typing import Any, Final

from domain.errors import MonitorError


class StartAgain(MonitorError):
    """What a process of a cluster needs is away: whoever supervises the process starts it again."""


_BROKERS: Final = "aiokafka.errors"
_DATABASES: Final = {"sqlalchemy.exc": "DBAPIError", "sqlite3": "Error", "psycopg": "Error"}
"""Where a database's errors are defined: looked up only when something went wrong, and where one was loaded at all."""


def database_errors() -> tuple[type[Exception], ...]:
    return tuple(getattr(sys.modules[module], name) for module, name in _DATABASES.items() if module in sys.modules)


def broker_errors() -> tuple[type[Exception], ...]:
    return (sys.modules[_BROKERS].KafkaError,) if _BROKERS in sys.modules else ()


def about_brokers(error: Exception) -> str:
    """Only the kind of error: the client's text may quote what it carried."""
    return f"the brokers did not do what was asked: {type(error).__name__}"


def about_database(error: Any) -> str:
    """Where the server may have quoted what was recorded, only the kind of error is told."""
    original = getattr(error, "orig", error)
    kind = type(original)
    telling = kind.__module__ == "sqlite3" or kind.__name__ == "OperationalError"
    lines = str(original).splitlines() if telling else []
    return f"the database did not do what was asked: {lines[0] if lines else kind.__name__}"


def about_system(error: OSError) -> str:
    """A file that cannot be written, an address that cannot be reached."""
    named = f"{error.filename}: " if error.filename is not None else ""
    return named + (error.strerror or str(error) or type(error).__name__)
