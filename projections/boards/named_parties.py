"""Who is named in the facts of a lot, with the credit code given there: how a name without a code finds its code.

Every shard keeps it for the lots of all shards: a party that is named without a code in one lot may be named
with it in any other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import Column, Connection, Index, String, Table, bindparam, delete, func, insert, select

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
    Column("name", String(200), primary_key=True),
    Column("code", String(18), primary_key=True),
    Index("named_parties_by_name", "name", "code"),
)
"""Bidders, tenderers, candidates and winners by normalised name; ``code`` is empty where no credit code is given."""

_AT_ONCE = 200
_LONGEST_NAME = 200
"""A normalised name may be longer than the name that a source gave."""

_ROWS = select(NAMED_PARTIES).where(NAMED_PARTIES.c.lot.in_(bindparam("lots", expanding=True)))
_INSERT = insert(NAMED_PARTIES)
_DELETE = delete(NAMED_PARTIES).where(
    NAMED_PARTIES.c.lot == bindparam("in_lot"),
    NAMED_PARTIES.c.name == bindparam("its_name"),
    NAMED_PARTIES.c.code == bindparam("its_code"),
)
_ELSEWHERE = NAMED_PARTIES.alias("elsewhere")
_NOWHERE_ELSE = select(NAMED_PARTIES.c.name, NAMED_PARTIES.c.code).where(
    NAMED_PARTIES.c.lot.in_(bindparam("lots", expanding=True)),
    NAMED_PARTIES.c.code != "",
    ~select(_ELSEWHERE.c.lot)
    .where(
        _ELSEWHERE.c.name == NAMED_PARTIES.c.name,
        _ELSEWHERE.c.code == NAMED_PARTIES.c.code,
        _ELSEWHERE.c.lot.not_in(bindparam("lots", expanding=True)),
    )
    .exists(),
)
_NEXT_CODE = select(func.min(NAMED_PARTIES.c.code)).where(
    NAMED_PARTIES.c.name == bindparam("its_name"), NAMED_PARTIES.c.code > bindparam("after")
)
_LOTS = select(NAMED_PARTIES.c.lot).distinct().where(NAMED_PARTIES.c.name.in_(bindparam("names", expanding=True)))

Party = tuple[str, str]
"""Name and code."""


def parties_in(standing_facts: Iterable[RecordedFact]) -> frozenset[Party]:
    """The parties that the standing facts of a lot name."""
    return frozenset(
        (organisation_key(name)[:_LONGEST_NAME], credit_code_in(party) or "")
        for fact in standing_facts
        for party in _named_in(fact)
        for name in (party.name, *party.aliases)
    )


def put(connection: Connection, lots: Mapping[str, Collection[Party]]) -> dict[str, set[str]]:
    """Write who is named in each of ``lots``; returns by lot the names of which another code is known than before.

    Known is what any lot says, and of these lots each says what it names from its turn on.
    """
    wanted, names = list(lots), dict[str, set[str]]()
    for start in range(0, len(wanted), _AT_ONCE):
        names |= _put(connection, {lot: frozenset(lots[lot]) for lot in wanted[start : start + _AT_ONCE]})
    return names


def _put(connection: Connection, lots: Mapping[str, frozenset[Party]]) -> Iterator[tuple[str, set[str]]]:
    before = {lot: set[Party]() for lot in lots}
    for row in connection.execute(_ROWS, {"lots": list(lots)}):
        before[row.lot].add((row.name, row.code))
    new = [(lot, *party) for lot, parties in lots.items() for party in sorted(parties - before[lot])]
    gone = [(lot, *party) for lot, parties in lots.items() for party in sorted(before[lot] - parties)]
    if not new and not gone:
        return
    if new:
        connection.execute(_INSERT, [{"lot": lot, "name": name, "code": code} for lot, name, code in new])
    # Asked while the table has what is new and what is gone.
    nowhere_else = {tuple(row) for row in connection.execute(_NOWHERE_ELSE, {"lots": list(lots)})}
    if gone:
        connection.execute(_DELETE, [{"in_lot": lot, "its_name": name, "its_code": code} for lot, name, code in gone])
    named = Counter(party for parties in before.values() for party in parties)
    for lot, parties in lots.items():
        named.subtract(before[lot])
        # A firm bids again and again, always with the same code: that must not judge all its bids anew.
        changed = (before[lot] ^ parties) & nowhere_else
        yield lot, {name for name, code in changed if not named[name, code]}
        named.update(parties)


def given_codes(connection: Connection, names: Iterable[str]) -> Iterator[Party]:
    """``(name, code)`` for each credit code that is given with one of ``names``."""
    # A search for each code: thousands of lots may name a tenderer, and all with the same code.
    for name in {name[:_LONGEST_NAME] for name in names}:
        code = ""
        while code := connection.scalar(_NEXT_CODE, {"its_name": name, "after": code}) or "":
            yield name, code


def lots_naming(connection: Connection, names: Iterable[str]) -> set[str]:
    """The lots in which one of ``names`` is a party."""
    wanted, lots = sorted({name[:_LONGEST_NAME] for name in names}), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        lots.update(connection.scalars(_LOTS, {"names": wanted[start : start + _AT_ONCE]}))
    return lots


def _named_in(fact: RecordedFact) -> Iterator[Org]:
    match fact.data:
        case BidOpened(tenderer=tenderer, bids=bids):
            yield tenderer
            yield from (bid.bidder for bid in bids)
        case CandidatesAnnounced(candidates=candidates):
            yield from (candidate.bidder for candidate in candidates)
        case AwardAnnounced(bidder=bidder):
            yield bidder
