"""What the shard needs of the world around it; :mod:`infra` has it."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from projections.evidence.recorded_facts import Ledger
from streams.intake.prepared import PreparedBatch
from streams.shard.ledger_row import Row


class Database(Protocol):
    def transaction(self) -> AbstractContextManager[Connection]: ...


class Recorder(Ledger, Protocol):
    """What the shard needs of the recorder; positions are 1, 2, 3 … without gaps."""

    def append_rows(self, connection: Connection, rows: Sequence[Row]) -> int: ...

    def last_version(self, connection: Connection, originator_id: Any) -> int: ...

    def last_position(self, connection: Connection) -> int: ...


class Identities(Protocol):
    """Where sealed identities are kept, beside the ledger; its memory follows the transaction."""

    def load(self, connection: Connection) -> None: ...

    def keep(self, connection: Connection, rows: Sequence[tuple[str, str, bytes]]) -> None: ...

    def committed(self) -> None: ...

    def rolled_back(self) -> None: ...


class Log(Protocol):
    """The transparency log over the ledger; its memory follows the transaction."""

    def load(self, connection: Connection) -> None: ...

    def append(self, connection: Connection, last_position: int) -> None: ...

    def committed(self) -> None: ...

    def rolled_back(self) -> None: ...


class Routing(Protocol):
    """What a shard asks about its neighbours."""

    def mine(self, subject: str) -> bool:
        """Whether this shard judges ``subject``."""
        ...

    def forward(self, connection: Connection, facts: PreparedBatch, at: datetime) -> PreparedBatch:
        """The facts this shard must have; the others are sent to where they belong."""
        ...

    def copy(self, connection: Connection, facts: PreparedBatch, at: datetime) -> None:
        """Send facts that were recorded here to all others that must have them too."""
        ...

    def tell_all(self, connection: Connection, messages: Iterable[tuple[str, bytes]], at: datetime) -> None:
        """Send messages, each with its first subject, to all other shards; unread where there are none."""
        ...


class Alone:
    """One machine: every subject is ours."""

    def mine(self, subject: str) -> bool:  # noqa: ARG002 - the protocol's
        return True

    def forward(self, connection: Connection, facts: PreparedBatch, at: datetime) -> PreparedBatch:  # noqa: ARG002
        return facts

    def copy(self, connection: Connection, facts: PreparedBatch, at: datetime) -> None: ...

    def tell_all(self, connection: Connection, messages: Iterable[tuple[str, bytes]], at: datetime) -> None: ...
