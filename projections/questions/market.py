"""All lots of the ledger as contracting processes, for the published indicators."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, select

from domain.evidence.ocds import Process, process_of
from domain.evidence.recorded import FactRef
from domain.facts.bidding import AwardAnnounced, BidOpened
from domain.facts.corrections import FactCorrected
from domain.facts.ocds import LotImported
from projections.boards.lot_board import LOTS
from projections.questions.as_of import AsOf

KINDS: Final = frozenset({BidOpened.KIND, AwardAnnounced.KIND, LotImported.KIND, FactCorrected.KIND})


def processes(connection: Connection, as_of: AsOf) -> Iterator[Process]:
    """One by one, by lot; each is named ``tender_id/lot_id``."""
    for (lot,) in connection.execute(select(LOTS.c.lot).order_by(LOTS.c.lot)):
        found = process_of(lot.removeprefix("lot:"), as_of.standing(connection, lot, kinds=KINDS))
        if found is not None:
            yield found


def facts_of(connection: Connection, as_of: AsOf, process: str) -> tuple[FactRef, ...]:
    """What a process of :func:`processes` rests on."""
    return tuple(fact.ref for fact in as_of.standing(connection, f"lot:{process}", kinds=KINDS))
