"""The ports of the shard: what it needs from outside. :mod:`infra` and :mod:`streams.cluster` implement them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from projections.evidence.recorded_facts import Ledger
from streams.intake.prepared import PreparedBatch
from streams.shard.ledger_row import Row


class Database(Protocol):
    def transaction(self) -> AbstractContextManager[Connection]: ...

    def read(self) -> AbstractContextManager[Connection]: ...


class Recorder(Ledger, Protocol):
    """Writes the ledger; positions are 1, 2, 3 … without gaps."""

    def append_rows(self, connection: Connection, rows: Sequence[Row]) -> int: ...

    def last_version(self, connection: Connection, originator_id: Any) -> int: ...

    def last_position(self, connection: Connection) -> int: ...


class Identities(Protocol):
    """Keeps sealed identities outside the ledger; its memory goes back to the last commit after a failure."""

    def load(self, connection: Connection) -> None: ...

    def keep(self, connection: Connection, rows: Sequence[tuple[str, str, bytes]]) -> None: ...

    def committed(self) -> None: ...

    def rolled_back(self) -> None: ...


class Log(Protocol):
    """The transparency log over the ledger; its memory goes back to the last commit after a failure."""

    def load(self, connection: Connection) -> None: ...

    def append(self, connection: Connection, last_position: int) -> None: ...

    def committed(self) -> None: ...

    def rolled_back(self) -> None: ...


class Confirmations(Protocol):
    """What an operator has confirmed about the clock, to be recorded with the next commit."""

    def pending(self) -> Sequence[PreparedBatch]: ...

    def committed(self) -> None: ...


class NothingToConfirm:
    """Of a clock that is never doubted."""

    def pending(self) -> Sequence[PreparedBatch]:
        return ()

    def committed(self) -> None:
        pass


class Routing(Protocol):
    """Where facts belong when there are several shards."""

    def mine(self, subject: str) -> bool:
        """Whether this shard judges ``subject``."""
        ...

    def forward(self, connection: Connection, facts: PreparedBatch, at: datetime) -> PreparedBatch:
        """Returns the facts that this shard must have; sends the others to the shards they belong to."""
        ...

    def copy(self, connection: Connection, facts: PreparedBatch, at: datetime) -> None:
        """Send facts that are recorded here to all other shards that must have them too."""
        ...

    def tell_all(self, connection: Connection, messages: Iterable[tuple[str, bytes]], at: datetime) -> None:
        """Send each message, with its first subject, to all other shards.

        Without other shards ``messages`` is not iterated: making them costs a look-up each.
        """
        ...


class Telling(Protocol):
    """Writes notices, at once or when the data that they wait for have come (:mod:`alerts.waiting_notices`)."""

    @property
    def since(self) -> datetime | None: ...

    def load(self, connection: Connection) -> None: ...

    def begin(self, told_through: datetime | None) -> None: ...

    def ready(self, at: datetime) -> frozenset[str]: ...

    def release(self, connection: Connection, at: datetime, *, settles: Callable[[str], bool]) -> None: ...


class Unheard:
    """Nobody is told: for judging that records no clues."""

    since: datetime | None = None

    def load(self, connection: Connection) -> None: ...

    def begin(self, told_through: datetime | None) -> None: ...

    def ready(self, at: datetime) -> frozenset[str]:  # noqa: ARG002 - the protocol's
        return frozenset()

    def release(self, connection: Connection, at: datetime, *, settles: Callable[[str], bool]) -> None: ...


class Alone:
    """One machine: every subject is ours."""

    def mine(self, subject: str) -> bool:  # noqa: ARG002 - the protocol's
        return True

    def forward(self, connection: Connection, facts: PreparedBatch, at: datetime) -> PreparedBatch:  # noqa: ARG002
        return facts

    def copy(self, connection: Connection, facts: PreparedBatch, at: datetime) -> None: ...

    def tell_all(self, connection: Connection, messages: Iterable[tuple[str, bytes]], at: datetime) -> None: ...
