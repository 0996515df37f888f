"""The batches, walked along with the ledger: whole, in order, each row within its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from infra.transparency.rows import NumberedRow
from infra.transparency.tampered import Tampered
from projections.batches import BATCHES
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX
from streams.shard.ledger_row import RECORDED_PREFIX_LENGTH

_RECORDED: Final = b'{"recordedat":"'
_INSTANT: Final = slice(len(_RECORDED), RECORDED_PREFIX_LENGTH - len('",'))


@dataclass(frozen=True, slots=True)
class _Transaction:
    """The batches that were committed together: those of one moment."""

    last: int
    recorded_at: bytes


class BatchWalk:
    """Raises :class:`Tampered` where batches, rows and checkpoints do not go together."""

    def __init__(self, connection: Connection) -> None:
        self._transactions = _transactions(connection)
        self._now = _Transaction(0, b"")

    def must_end(self, size: int, *, after: int) -> None:
        """The checkpoint after that of size ``after`` (-1 for none) must be that of the next transaction."""
        if after < 0:
            self._must_be(0, size)
            return
        following = next(self._recording(), None)
        if following is None:
            raise Tampered(after + 1, f"no transaction ended at {size}, and there is a checkpoint")
        self._now = following
        self._must_be(following.last, size)

    def must_end_with(self, size: int) -> None:
        """No transaction recorded anything behind ``size``."""
        beyond = next(self._recording(), None)
        if beyond is not None:
            raise Tampered(size + 1, f"the checkpoint of size {beyond.last} is gone")

    def fits(self, row: NumberedRow) -> bool:
        """Whether a row of the current transaction bears its time; decisions bear it inside."""
        _, _, _, topic, state = row
        return not topic.startswith(FACT_TOPIC_PREFIX) or state[_INSTANT] == self._now.recorded_at

    def _must_be(self, wanted: int, size: int) -> None:
        if size > wanted:
            raise Tampered(max(wanted, 1), f"the checkpoint of size {wanted} is gone")
        if size < wanted:
            raise Tampered(max(size, 1), f"no transaction ended at {size}, and there is a checkpoint")

    def _recording(self) -> Iterator[_Transaction]:
        """Those left that recorded something."""
        return (each for each in self._transactions if each.last > self._now.last)


def _transactions(connection: Connection) -> Iterator[_Transaction]:
    number, last, moment = 0, 0, ""
    for row in connection.execute(select(BATCHES).order_by(BATCHES.c.batch)):
        wrong = _wrong(tuple(row), number, last, moment)
        if number and (wrong or row.recorded_at != moment):
            yield _Transaction(last, moment.encode())
        if wrong:
            raise Tampered(last + 1, wrong)
        number, last, moment = row.batch, row.last_position, row.recorded_at
    if number:
        yield _Transaction(last, moment.encode())


def _is_text(told_through: Any) -> bool:
    return told_through is None or isinstance(told_through, str)


def _wrong(row: tuple[Any, ...], number: int, last: int, moment: str) -> str | None:
    """Why a batch cannot follow that of ``number``, which ended at ``last``."""
    batch, first_position, last_position, recorded_at, told_through = row
    # A database without strict types lets a hand put in anything.
    if not isinstance(last_position, int) or not isinstance(recorded_at, str) or not _is_text(told_through):
        return f"batch {batch} is no batch"
    if (batch, first_position) != (number + 1, last + 1) or last_position < last:
        return f"batch {number + 1} is not what follows batch {number}"
    if recorded_at < moment:
        return f"batch {batch} was recorded before the one before it"
    return None
