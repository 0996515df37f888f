"""Taking a delivery in: what it is, its facts, what it takes back, and what came of it, in this order.

Each step is recorded before the next begins, and each may be done twice: whoever is killed at any moment goes on by
taking the same file again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Final, Protocol

import msgspec

from domain.facts.corrections import FactCorrected, RetractedFact
from domain.facts.deliveries import DeliveryClosed
from domain.facts.fact import FactData
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from infra.deliveries.beginning import Beginning
from infra.deliveries.checking import Checked
from infra.installation import Installation
from streams.deliveries.contents import Named
from streams.deliveries.looking_through import as_fated
from streams.importers.history import as_history
from streams.importers.record import Record, Source
from streams.node.performing import DELIVERY_SOURCE

REASON: Final = "not in delivery {delivery_id}"


class DeliverySender(Protocol):
    """A way into the ledger, as far as deliveries need it."""

    chunk: int

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        """Record that a delivery begins, or what came of it."""
        ...

    async def say(self, messages: Sequence[bytes], delivery_id: str) -> None:
        """Record what the delivery says besides its rows; raises where something is refused."""
        ...


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of the rows of a file."""

    rows: int
    accepted: int
    rejected: int
    partial: int


class Delivering:
    """One file while it is taken. ``checked`` is None where nobody looked it through before.

    With ``closes`` it also states that a snapshot is all there is, unless a row of it was rejected.
    """

    def __init__(
        self, start: Beginning, checked: Checked | None, *, now: datetime, history: bool = False, closes: bool = False
    ) -> None:
        self.start = start
        self._begun_at = start.part.begun_at if start.part else now
        self.checked = checked
        self._history = history
        self._closes = closes
        self._named = checked.found.named if checked else Named()

    @property
    def delivery_id(self) -> str:
        return self.start.begun.delivery_id

    async def begin(self, sender: DeliverySender) -> None:
        if self.start.part is None:
            await sender.record(self.start.begun, self._begun_at)

    def records(self, source: Source, *, done: int) -> Source:
        """What is to be recorded of ``source``, behind the first ``done`` records; it is read from its beginning."""
        if self.checked is not None:
            return replace(source, records=as_fated(source.records, self.checked.found.fates))
        return replace(source, records=self._counted(source.records, done))

    def _counted(self, records: Iterator[Record], done: int) -> Iterator[Record]:
        for place, record in enumerate(records):
            self._named.add(record.messages)
            if place >= done:
                yield record

    async def finish(self, sender: DeliverySender, installation: Installation, counts: Counts) -> DeliveryTaken:
        """Take back what the delivery replaces, and record what came of it."""
        retracted = await self._retract(sender, installation)
        self._named.settle()
        begun = self.start.begun
        taken = DeliveryTaken(
            delivery_id=begun.delivery_id,
            part=begun.part,
            source=begun.source,
            of_kind=begun.of_kind,
            rows=counts.rows,
            accepted=counts.accepted,
            duplicates=counts.rows - counts.accepted - counts.rejected,
            rejected=counts.rejected,
            partial=counts.partial,
            retracted=retracted,
            people=len(self._named.people),
            employers=len(self._named.employers),
            months=tuple(sorted(self._named.months)),
        )
        if self._closes and not counts.rejected:
            await sender.say([self._closing(taken)], self.delivery_id)
        await sender.record(taken, installation.clock())
        return taken

    async def _retract(self, sender: DeliverySender, installation: Installation) -> int:
        if self.checked is None or self.checked.standing is None:
            return 0
        standing = self.checked.standing
        gone = standing.gone(all_others=self.start.is_whole)
        count = 0
        with installation.database.read() as connection:
            ids = standing.ids(connection, gone)
            while some := list(islice(ids, sender.chunk)):
                await sender.say([self._retraction(id) for id in some], self.delivery_id)
                count += len(some)
        return count

    def _retraction(self, id: str) -> bytes:
        """The same message whenever it is made."""
        begun = self.start.begun
        digest = sha256(msgspec.json.encode([begun.delivery_id, id])).hexdigest()
        reason = REASON.format(delivery_id=begun.delivery_id)
        retracts = RetractedFact(source=begun.source, id=id)
        return self._message(f"gone-{digest[:40]}", FactCorrected(retracts=retracts, reason=reason))

    def _closing(self, taken: DeliveryTaken) -> bytes:
        """That this is all there is of its kind, area and period."""
        begun = self.start.begun
        said = {"kind": begun.of_kind, "area": begun.area, "period": begun.period, "delivery_id": begun.delivery_id}
        counted = {"rows": taken.rows, "people": taken.people, "replaces": self.start.replaces_snapshot}
        closed = DeliveryClosed.model_validate(said | counted)
        return self._message(f"closed-{begun.delivery_id}", closed)

    def _message(self, id: str, data: FactData) -> bytes:
        begun = self.start.begun
        message = {
            "specversion": "1.0",
            "id": id,
            "source": begun.source,
            "type": data.type_name(),
            "time": self._begun_at.isoformat(),
            "causationid": f"{DELIVERY_SOURCE}#{begun.delivery_id}:{begun.part}:{DeliveryBegun.KIND}",
            "data": data.model_dump(mode="json", exclude_none=True),
        }
        encoded = msgspec.json.encode(message)
        return as_history(encoded) if self._history else encoded
