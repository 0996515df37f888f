"""What the shard needs of the world around it; :mod:`infra` has it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection

from projections.evidence.recorded_facts import Ledger
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
