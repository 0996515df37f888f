"""Which shards must have a fact, and sending it to the others.

A fact goes to the home of every subject it touches. What is said of organisations and
projects, every closed delivery and every correction go to all shards: they are few, and wanted by any rule.
So does what shows who leads a project, who was named as its lead in a bid, and who are the parties of
a lot: one of them may be named without a code here and with it there. Other mass facts
about a person on a site stay with the person. Every shard may know a fact; only the home of a subject
judges it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from alerts.outbox import Outbox, Outgoing
from domain.facts.attendance import (
    SITE_LEAD_PREFIX,
    AttendanceRecorded,
    LeadChanged,
    ProjectCompleted,
    ProjectStarted,
    ProjectSuspended,
    SiteInspected,
)
from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced, LeadAppointed
from domain.facts.corrections import FactCorrected
from domain.facts.deliveries import DeliveryClosed
from projections.index.fact_codes import KIND_CODES
from streams.cluster.cloudevents_kafka import CONTENT_TYPE, STRUCTURED_TYPE
from streams.cluster.placement import Placement
from streams.cluster.signatures import DELIVERY_ID, Signatures
from streams.cluster.topics import FOLLOW_UPS
from streams.intake.prepared import PreparedBatch, as_said

_KEPT_PLACES: Final = {AttendanceRecorded.KIND: 2, SiteInspected.KIND: 2}
"""Mass facts: of their first subjects, so many as here, only the first one decides where they go."""
_TO_ALL: Final = np.array(
    [
        KIND_CODES[data.KIND]
        for data in (
            FactCorrected,
            BidOpened,
            CandidatesAnnounced,
            AwardAnnounced,
            LeadAppointed,
            LeadChanged,
            ProjectStarted,
            ProjectCompleted,
            ProjectSuspended,
            DeliveryClosed,
        )
    ],
    np.uint8,
)
_BROADCAST: Final = ("org:", SITE_LEAD_PREFIX)
_KEPT: Final = np.zeros(256, np.int64)
_KEPT[[KIND_CODES[kind] for kind in _KEPT_PLACES]] = list(_KEPT_PLACES.values())
_LOCAL: Final = "register:"
"""Registers list what a shard knows; a subject of this kind has no home."""
Headers = tuple[tuple[str, bytes], ...]
_HEADERS: Final[Headers] = ((CONTENT_TYPE, STRUCTURED_TYPE),)

Places = np.ndarray[Any, np.dtype[np.bool_]]
"""Rows by shards: whether that shard must have that fact."""


class AmongShards:
    """One shard of several. Facts that another shard sent (without subjects named) are never sent on."""

    def __init__(self, placement: Placement, shard: int, outbox: Outbox, signatures: Signatures) -> None:
        self._placement = placement
        self._shard = shard
        self._outbox = outbox
        self._signatures = signatures
        self._local: PreparedBatch | None = None

    def mine(self, subject: str) -> bool:
        return self._placement.home(subject) == self._shard

    def forward(self, connection: Connection, facts: PreparedBatch, at: datetime) -> PreparedBatch:
        places = self._places(facts)
        if places is None:
            self._local = facts
            return facts
        here = places[:, self._shard]
        if here.all():
            return facts
        self._send(connection, facts.select(~here), places[~here], at)
        return facts.select(here)

    def copy(self, connection: Connection, facts: PreparedBatch, at: datetime) -> None:
        if facts is not self._local and (places := self._places(facts)) is not None:
            self._send(connection, facts, places, at)

    def tell_all(self, connection: Connection, messages: Iterable[tuple[str, bytes]], at: datetime) -> None:
        others = [shard for shard in range(self._placement.shards) if shard != self._shard]
        sent = (self._to(shard, subject.encode(), said) for subject, said in messages for shard in others)
        self._outbox.put(connection, sent, at)

    def _places(self, facts: PreparedBatch) -> Places | None:
        """Which shards need which fact; None where all facts belong to this shard alone, as in most batches."""
        subjects, rows = facts.subjects, facts.subject_rows
        if subjects is None or not len(facts):
            return None
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = rows[1:] != rows[:-1]
        entries = np.arange(len(rows))
        place = entries - np.maximum.accumulate(np.where(first, entries, 0))
        routed = np.flatnonzero(first | (place >= _KEPT[facts.kinds][rows])).tolist()
        names = [(place, subjects[place]) for place in routed if not subjects[place].startswith(_LOCAL)]
        homes = self._placement.homes([name for _, name in names])
        to_all = np.isin(facts.kinds, _TO_ALL)
        to_all[rows[[place for place, name in names if name.startswith(_BROADCAST)]]] = True
        if not to_all.any() and len(names) >= len(facts) and (homes == self._shard).all():
            return None
        places = np.zeros((len(facts), self._placement.shards), dtype=np.bool_)
        places[rows[[place for place, _ in names]], homes] = True
        places[to_all | ~places.any(axis=1)] = True
        return places

    def _send(self, connection: Connection, facts: PreparedBatch, places: Places, at: datetime) -> None:
        others = places.copy()
        others[:, self._shard] = False
        self._outbox.put(connection, self._outgoing(facts, others), at)

    def _outgoing(self, facts: PreparedBatch, places: Places) -> Iterator[Outgoing]:
        """Facts as the ledger keeps them, to a partition of each shard; the key is the first subject."""
        assert facts.subjects is not None
        of_delivery = () if facts.delivery_id is None else ((DELIVERY_ID, facts.delivery_id.encode()),)
        headers = (*_HEADERS, *of_delivery)
        first = np.searchsorted(facts.subject_rows, np.arange(len(facts)))
        for row, shard in np.argwhere(places).tolist():
            place = int(first[row])
            named = place < len(facts.subjects) and int(facts.subject_rows[place]) == row
            key = facts.subjects[place].encode() if named else b""
            yield self._to(shard, key, as_said(facts.states[row]), headers)

    def _to(self, shard: int, key: bytes, said: bytes, headers: Headers = _HEADERS) -> Outgoing:
        partition = self._placement.partition_in(shard, key)
        signed = self._signatures.header(FOLLOW_UPS.name, partition, key, headers, said)
        return Outgoing(FOLLOW_UPS.name, key, said, (*headers, signed), partition)
