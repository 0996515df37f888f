"""Who is named in the facts of a lot, with the credit code given there: how a name without a code finds its code.

Every shard keeps it for the lots of all shards: a party that is named without a code in one lot may be named
with it in any other.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, String, Table, bindparam, delete, insert, select

from domain.employers.credit_code import credit_code_in
from domain.evidence import RecordedFact
from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced
from domain.facts.fact import Org
from domain.identifiers import organisation_key
from projections.tables import METADATA

NAMED_PARTIES = Table(
    "named_parties",
    METADATA,
    Column("lot", String(450), primary_key=True),
    Column("name", String(200), primary_key=True, index=True),
    Column("code", String(18), primary_key=True),
)
"""Bidders, tenderers, candidates and winners by normalised name; ``code`` is empty where no credit code is given."""

_AT_ONCE = 500
_LONGEST_NAME = 200
"""A normalised name may be longer than the name that a source gave."""

_ELSEWHERE = (
    select(NAMED_PARTIES.c.lot)
    .where(
        NAMED_PARTIES.c.name == bindparam("its_name"),
        NAMED_PARTIES.c.code == bindparam("its_code"),
        NAMED_PARTIES.c.lot != bindparam("its_lot"),
    )
    .limit(1)
)

Party = tuple[str, str]
"""Name and code."""


def parties_in(standing_facts: Iterable[RecordedFact]) -> set[Party]:
    """The parties that the standing facts of a lot name."""
    return {
        (organisation_key(name)[:_LONGEST_NAME], credit_code_in(party) or "")
        for fact in standing_facts
        for party in _named_in(fact)
        for name in (party.name, *party.aliases)
    }


def put(connection: Connection, lot: str, parties: Collection[Party]) -> set[str]:
    """Write who is named in a lot; returns the names of which another code is known than before, of all lots."""
    of_lot = NAMED_PARTIES.c.lot == lot
    found = connection.execute(select(NAMED_PARTIES.c.name, NAMED_PARTIES.c.code).where(of_lot))
    changed = {(name, code) for name, code in found}.symmetric_difference(parties)
    if changed:
        connection.execute(delete(NAMED_PARTIES).where(of_lot))
        if parties:
            rows = [{"lot": lot, "name": name, "code": code} for name, code in sorted(parties)]
            connection.execute(insert(NAMED_PARTIES), rows)
    # A firm bids again and again, always with the same code: that must not judge all its bids anew.
    return {name for name, code in changed if code and not _given_elsewhere(connection, lot, name, code)}


def _given_elsewhere(connection: Connection, lot: str, name: str, code: str) -> bool:
    return connection.execute(_ELSEWHERE, {"its_lot": lot, "its_name": name, "its_code": code}).first() is not None


def given_codes(connection: Connection, names: Iterable[str]) -> set[Party]:
    """``(name, code)`` for each credit code that is given with one of ``names``."""
    columns = NAMED_PARTIES.c.name, NAMED_PARTIES.c.code
    query = select(*columns).distinct().where(NAMED_PARTIES.c.code != "")
    return {(row.name, row.code) for row in _of_names(connection, query, names)}


def lots_naming(connection: Connection, names: Iterable[str]) -> set[str]:
    """The lots in which one of ``names`` is a party."""
    return {row.lot for row in _of_names(connection, select(NAMED_PARTIES.c.lot).distinct(), names)}


def _of_names(connection: Connection, query: Select[Any], names: Iterable[str]) -> Iterator[Row[Any]]:
    wanted = sorted({name[:_LONGEST_NAME] for name in names})
    for start in range(0, len(wanted), _AT_ONCE):
        yield from connection.execute(query.where(NAMED_PARTIES.c.name.in_(wanted[start : start + _AT_ONCE])))


def _named_in(fact: RecordedFact) -> Iterator[Org]:
    match fact.data:
        case BidOpened(tenderer=tenderer, bids=bids):
            yield tenderer
            yield from (bid.bidder for bid in bids)
        case CandidatesAnnounced(candidates=candidates):
            yield from (candidate.bidder for candidate in candidates)
        case AwardAnnounced(bidder=bidder):
            yield bidder
