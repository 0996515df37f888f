"""All lots of the ledger as contracting processes 采购过程, for the published indicators."""

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
    """The processes one by one, sorted by lot; the key of each is ``tender_id/lot_id``."""
    for (lot,) in connection.execute(select(LOTS.c.lot).order_by(LOTS.c.lot)):
        process = process_of(lot.removeprefix("lot:"), as_of.standing(connection, lot, kinds=KINDS))
        if process is not None:
            yield process


def facts_of(connection: Connection, as_of: AsOf, process: str) -> tuple[FactRef, ...]:
    """The facts behind a process of :func:`processes`, which is given by its key."""
    return tuple(fact.ref for fact in as_of.standing(connection, f"lot:{process}", kinds=KINDS))
