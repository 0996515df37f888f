"""Lots 标段 for lists, filters and notices: one row for each lot."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Column, Connection, Integer, String, Table, delete, insert

from domain.evidence import RecordedFact
from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced
from domain.facts.ocds import LotImported
from domain.instants import instant_text
from projections.tables import METADATA

LOTS = Table(
    "lots",
    METADATA,
    Column("lot", String(450), primary_key=True),
    Column("tender_id", String(200), nullable=False, index=True),
    Column("lot_id", String(200), nullable=False),
    Column("project_code", String(200), nullable=False),
    Column("title", String(2_000), nullable=False),
    Column("jurisdiction", String(6), nullable=False),
    Column("tenderer", String(2_000), nullable=False),
    Column("tenderer_key", String(2_000), nullable=False, index=True),
    Column("opened_at", String(32), nullable=False),
    Column("bids", Integer, nullable=False),
    Column("stage", String(20), nullable=False),
)
"""``stage`` is ``opened``, ``candidates`` or ``awarded``; ``bids`` is the number of bids.

The project code and the jurisdiction of a lot that was only imported are empty, so that no party
bound to a jurisdiction sees it.
"""


@dataclass(frozen=True, slots=True)
class Lot:
    """A row of :data:`LOTS`."""

    lot: str
    tender_id: str
    lot_id: str
    project_code: str
    title: str
    jurisdiction: str
    tenderer: str
    tenderer_key: str
    opened_at: str
    bids: int
    stage: str


def put(connection: Connection, lot: str, standing_facts: Iterable[RecordedFact]) -> None:
    """Write the row of the lot from its standing facts; a lot neither opened nor imported has no row."""
    connection.execute(delete(LOTS).where(LOTS.c.lot == lot))
    row = lot_of(lot, standing_facts)
    if row is not None:
        connection.execute(insert(LOTS), asdict(row))


def lot_of(lot: str, standing_facts: Iterable[RecordedFact]) -> Lot | None:
    """The lot from its standing facts; None where it was neither opened nor imported."""
    facts = tuple(standing_facts)
    openings = [fact.data for fact in facts if isinstance(fact.data, BidOpened)]
    if not openings:
        imported = last_import(facts)
        return _imported(lot, imported) if imported else None
    opening = max(openings, key=lambda data: (data.opened_at, data.title))
    return Lot(
        lot=lot,
        tender_id=opening.tender_id,
        lot_id=opening.lot_id,
        project_code=opening.project_code,
        title=opening.title,
        jurisdiction=opening.jurisdiction,
        tenderer=opening.tenderer.name,
        tenderer_key=opening.tenderer.key,
        opened_at=instant_text(opening.opened_at),
        bids=sum(len(data.bids) for data in openings),
        stage=_stage(facts),
    )


def last_import(standing_facts: Iterable[RecordedFact]) -> LotImported | None:
    """The newest release about the lot; None where there is none."""
    imports = [fact.data for fact in standing_facts if isinstance(fact.data, LotImported)]
    return max(imports, key=lambda data: (data.published_at, data.release_id), default=None)


def _imported(lot: str, imported: LotImported) -> Lot:
    tenderer = imported.tenderer
    opened_at = min((bid.date for bid in imported.bids if bid.date), default=imported.published_at)
    return Lot(
        lot=lot,
        tender_id=imported.tender_id,
        lot_id=imported.lot_id,
        project_code="",
        title=imported.title or imported.tender_id,
        jurisdiction="",
        tenderer=tenderer.name if tenderer else "",
        tenderer_key=tenderer.key if tenderer else "",
        opened_at=instant_text(opened_at),
        bids=len(imported.bids),
        stage="awarded" if imported.awards else "opened",
    )


def _stage(facts: Iterable[RecordedFact]) -> str:
    kinds = {type(fact.data) for fact in facts}
    if AwardAnnounced in kinds:
        return "awarded"
    return "candidates" if CandidatesAnnounced in kinds else "opened"
