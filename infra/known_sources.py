"""The step from a ledger without a registry of sources: those already known are registered with the types they sent.

It is taken by the writer when it opens a ledger with facts from outside and no registration, and so only once:
without registration nothing from outside is recorded any more.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection, text

from domain.access import Actor, Role
from domain.facts.corrections import FactCorrected
from domain.facts.fact import OWN_PREFIX
from domain.facts.messages import KINDS, TYPES
from domain.sources.bounds import ALL, SENDABLE, Bounds
from infra.storage.database import Database
from projections.boards.registered_sources import registrations
from projections.decisions import Decisions
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX, parse
from streams.shard.shard import Shard

log = structlog.get_logger(__name__)

UPGRADE: Final = Actor(Role.OPERATOR, "upgrade")
"""Who granted what a source had sent before there was a registry."""
_KIND_OF: Final = dict(zip(TYPES, KINDS, strict=True))
_LONGEST_NAME: Final = 200


def register_known(database: Database, shard: Shard, decisions: Decisions, schemas: Iterable[str | None]) -> None:
    """Register the sources of facts in any of ``schemas`` (those of all shards), where none is registered yet."""
    with database.read() as connection:
        if registrations(connection):
            return
        known = _known(connection, schemas)
    if not known:
        return

    def register(connection: Connection, at: datetime) -> None:
        for source, kinds in sorted(known.items()):
            decisions.register_source(connection, source, _bounds(source, kinds), UPGRADE, at=at)

    shard.decide(register)
    granted = {source: ", ".join(sorted(kinds)) for source, kinds in sorted(known.items())}
    log.warning("known_sources_registered", sources=granted, areas=ALL)


def _known(connection: Connection, schemas: Iterable[str | None]) -> dict[str, set[str]]:
    """The kinds that each source from outside has sent."""
    known: dict[str, set[str]] = {}
    for schema in schemas:
        if schema is not None and not _exists(connection, schema):
            continue
        table = "stored_events" if schema is None else f"{schema}.stored_events"
        found = connection.execute(text(_ONE_OF_EACH.format(table=table)), {"prefix": f"{FACT_TOPIC_PREFIX}%"}).all()
        sources: dict[object, str] = {}
        for originator, topic, position in found:
            if originator not in sources:
                state = connection.execute(text(_STATE.format(table=table)), {"position": position}).scalar_one()
                sources[originator] = parse(position, bytes(state)).source
            known.setdefault(sources[originator], set()).add(_KIND_OF[topic])
    outside = {source: kinds & {*SENDABLE} for source, kinds in known.items() if not source.startswith(OWN_PREFIX)}
    return {source: kinds for source, kinds in outside.items() if kinds}


_ONE_OF_EACH: Final = (
    "SELECT originator_id, topic, min(id) FROM {table} WHERE topic LIKE :prefix GROUP BY originator_id, topic"
)
_STATE: Final = "SELECT state FROM {table} WHERE id = :position"


def _exists(connection: Connection, schema: str) -> bool:
    name = f"{schema}.stored_events"
    return connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is not None


def _bounds(source: str, kinds: set[str]) -> Bounds:
    # What a correction put in the place of a fact was of the fact's own kind.
    types = tuple(kind for kind in SENDABLE if kind in kinds - {FactCorrected.KIND}) or (FactCorrected.KIND,)
    return Bounds(source[:_LONGEST_NAME], source[:_LONGEST_NAME], types, (ALL,))
