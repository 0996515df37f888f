"""What the shard reads in prepared states, without making models of them."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np

from domain.facts.bidding import BidOpened, lot_subject
from projections.index.fact_codes import KIND_CODES
from streams.intake.prepared import PreparedBatch
from streams.shard.corrections import CORRECTION_CODE

_OPENED: Final = KIND_CODES[BidOpened.KIND]
_OPENING: Final = BidOpened.type_name()


class _Retracts(msgspec.Struct):
    source: str
    id: str


class _Replacement(msgspec.Struct):
    type: str
    data: msgspec.Raw


class _Correction(msgspec.Struct):
    retracts: _Retracts
    replacement: _Replacement | None = None


class _Lot(msgspec.Struct):
    tender_id: str
    lot_id: str


class _CorrectionMessage(msgspec.Struct):
    data: _Correction


class _LotMessage(msgspec.Struct):
    data: _Lot


_correction: Final = msgspec.json.Decoder(_CorrectionMessage).decode
_opening: Final = msgspec.json.Decoder(_LotMessage).decode
_lot: Final = msgspec.json.Decoder(_Lot).decode


def corrected_facts(prepared: PreparedBatch) -> Iterator[tuple[str, str]]:
    """``(source, id)`` of the facts that corrections among ``prepared`` take back."""
    for row in _rows(prepared, CORRECTION_CODE):
        retracts = _correction(prepared.states[row]).data.retracts
        yield retracts.source, retracts.id


def opened_lots(prepared: PreparedBatch, *, without: list[int]) -> frozenset[str]:
    """The lots whose bids were opened by a message of the batch, or by a replacement, but for the rows ``without``."""
    lots = [_opening(prepared.states[row]).data for row in _rows(prepared, _OPENED) if row not in without]
    for row in _rows(prepared, CORRECTION_CODE):
        replacement = _correction(prepared.states[row]).data.replacement
        if replacement is not None and replacement.type == _OPENING and row not in without:
            lots.append(_lot(replacement.data))
    return frozenset(lot_subject(lot.tender_id, lot.lot_id) for lot in lots)


def _rows(prepared: PreparedBatch, code: Any) -> list[int]:
    rows: list[int] = np.flatnonzero(prepared.kinds == code).tolist()
    return rows
