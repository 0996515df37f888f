"""A ledger that has run ahead of the time: what it recorded is recorded again, by the right clock.

The way back is a backup from before, put back into a new folder. What the old ledger recorded since is taken over from
it, in its order; the first entry says so, and names the old log's size and root (decision 44).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, select

from domain.clues.events import CandidacyChanged, EvidenceChanged, Raised, Reopened, Revised, Withdrawn
from domain.errors import NotAllowed
from domain.facts.clock import CLOCK_SUBJECT, LedgerRecovered
from infra.identity.identities import IDENTITIES, IdentityRow
from infra.installation import Installation
from infra.recording_clock import CLOCK_SOURCE
from infra.transparency.reader import LogReader
from infra.transparency.rows import NumberedRow, scan
from infra.transparency.tables import CHECKPOINTS
from projections import batches
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX, SubjectFacts
from projections.index.subject_index import SubjectReader
from streams.intake.intake import decode, encode
from streams.intake.own_facts import prepare_forwarded, prepare_own

_AT_ONCE: Final = 2_000
_BY_ITSELF: Final = frozenset(
    event.TOPIC for event in (Raised, Revised, EvidenceChanged, Withdrawn, Reopened, CandidacyChanged)
)
_NOT_THE_SAME: Final = "the ledger to be left does not go on from this one: put back a backup of it first"


@dataclass(frozen=True, slots=True)
class Recovered:
    """``kept`` entries were there; ``facts`` were taken over, ``decisions`` of people are to be made again."""

    kept: int
    facts: int
    decisions: int
    reached: datetime


def recover(
    installation: Installation,
    left: Installation,
    *,
    by: str,
    reason: str,
    progress: Callable[[int], None] = lambda _: None,
) -> Recovered:
    """Take over into ``installation`` what ``left`` recorded after it; nobody else may write either.

    Raises NotAllowed where ``left`` does not go on from this ledger. What was interrupted goes on when called again.
    """
    with left.database.read() as old:
        said = _said(installation, old, by, reason)
        shard, facts, decisions = installation.open_shard(), 0, 0
        first = prepare_own([] if _is_on_record(installation, said) else [_fact(said, installation.clock())])
        shard.commit([replace(first, identities=_identities(old))])
        for rows in _pages(old, said.kept_entries):
            states = [_as_sent(state) for *_, topic, state in rows if topic.startswith(FACT_TOPIC_PREFIX)]
            (result,) = shard.commit([prepare_forwarded(states)])
            facts, decisions = facts + result.accepted, decisions + sum(map(_is_by_somebody, rows))
            progress(len(rows))
    return Recovered(said.kept_entries, facts, decisions, said.reached)


def _said(installation: Installation, old: Connection, by: str, reason: str) -> LedgerRecovered:
    with installation.database.read() as connection:
        kept, own_size = _common(connection, old), LogReader(connection).size
    _, _, reached = batches.last(old)
    log = LogReader(old)
    if kept is None or reached is None:
        raise NotAllowed(_NOT_THE_SAME)
    said = LedgerRecovered(
        kept_entries=kept,
        left_entries=log.size,
        left_root=log.root(log.size).hex(),
        reached=reached,
        recovered_by=by,
        reason=reason,
    )
    if kept < own_size and not _is_on_record(installation, said):
        raise NotAllowed(_NOT_THE_SAME)
    return said


def _common(connection: Connection, old: Connection) -> int | None:
    """The newest size at which both logs had the same root; None where they never had."""
    for size in connection.execute(select(CHECKPOINTS.c.size).order_by(CHECKPOINTS.c.size.desc())).scalars():
        found = old.execute(select(CHECKPOINTS.c.size).where(CHECKPOINTS.c.size == size)).scalar()
        if found is not None and LogReader(old).root(size) == LogReader(connection).root(size):
            return int(size)
    return None


def _fact(said: LedgerRecovered, at: datetime) -> tuple[str, str, LedgerRecovered, dict[str, Any]]:
    return CLOCK_SOURCE, str(uuid4()), said, {"time": at.isoformat()}


def _is_on_record(installation: Installation, said: LedgerRecovered) -> bool:
    """Whether an interrupted call has said so already."""
    with installation.database.read() as connection:
        facts = SubjectFacts(SubjectReader(), installation.recorder).of(connection, CLOCK_SUBJECT)
    return any(isinstance(fact.data, LedgerRecovered) and fact.data.left_root == said.left_root for fact in facts)


def _identities(old: Connection) -> list[IdentityRow]:
    """All that the old vault keeps: what is there already stays as it is."""
    columns = (IDENTITIES.c.person_id, IDENTITIES.c.variant, IDENTITIES.c.sealed)
    return [(row.person_id, row.variant, row.sealed) for row in old.execute(select(*columns))]


def _pages(old: Connection, after: int) -> Iterator[list[NumberedRow]]:
    while rows := list(islice(scan(old, after=after), _AT_ONCE)):
        yield rows
        after = rows[-1][0]


def _is_by_somebody(row: NumberedRow) -> bool:
    """Whether a person decided this; what happens to a clue by itself happens again."""
    topic = row[3]
    return not topic.startswith(FACT_TOPIC_PREFIX) and topic not in _BY_ITSELF


def _as_sent(state: bytes) -> bytes:
    """The message of a ledger row, as a shard hands it on."""
    message = decode(state)
    del message["recordedat"], message["subjectkeys"]
    return encode(message)
