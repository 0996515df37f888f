"""Files as deliveries: checked, held where they are out of bounds, and recorded with what came of them."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.errors import MonitorError
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from domain.personal_data import holds_number
from infra.deliveries.beginning import Asked, HandedOver, NoSuchDelivery, beginning
from infra.deliveries.checking import Checked, Held, check
from infra.deliveries.files import FileAsked
from infra.deliveries.importing import Tally
from infra.deliveries.sender import DeliverySender
from infra.deliveries.taking import Counts, Delivering
from infra.installation import Installation
from projections.questions.deliveries import deliveries
from streams.deliveries.looking_through import Refusing
from streams.importers.archives import InputFile
from streams.importers.record import Source
from streams.threads import in_thread

_HIDDEN_NAME: Final = "file"
_LONGEST_NAME: Final = 200


class NotSaid(MonitorError):
    """A correction, or the statement that this is all, was refused; the delivery is not finished."""

    def __init__(self, code: str) -> None:
        super().__init__(f"what the delivery takes back, or that it is all, was refused ({code})")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that is a delivery: what it is and how it is opened from its beginning."""

    installation: Installation
    file: HandedOver
    asked: Asked
    open: Callable[[ExitStack], Source]

    def look_through(
        self, advance: Callable[[int], Any], *, permitted: Refusing = lambda prepared: prepared
    ) -> Checked:
        with ExitStack() as closing:
            source = self.open(closing)
            return check(self.installation, self.file, self.asked, source, advance=advance, permitted=permitted)

    async def taking(self, advance: Callable[[int], Any], asked: FileAsked) -> Delivering:
        """Looked through first where it replaces something or its source has bounds. Raises Held, NoSuchDelivery."""
        installation = self.installation
        with installation.database.read() as connection:
            start = beginning(self.file, self.asked, deliveries(connection, installation.evidence()))
        checked = None
        has_bounds = self.file.mapping.source in installation.settings.deliveries.sources
        if start.scope is not None or has_bounds or asked.within_bounds:
            checked = await in_thread(self.look_through, advance)
            if not checked.within_bounds and not asked.accept:
                raise Held(checked)
        if asked.closes and not start.begun.is_snapshot:
            raise NoSuchDelivery("only a snapshot can be all there is of its area and period")
        started = checked.start if checked else start
        return Delivering(started, checked, now=installation.clock(), history=asked.history, closes=asked.closes)


def shown_name(file: InputFile) -> str:
    """As the ledger keeps it: a name that may hold a person's number is not shown."""
    name = file.name[-_LONGEST_NAME:]
    return _HIDDEN_NAME if holds_number(name) else name


def counts(tally: Tally, delivering: Delivering, accepted_before: int) -> Counts:
    """``accepted_before``: by an earlier try, whose rows stand already where the file was looked through again."""
    again = accepted_before if delivering.checked else 0
    return Counts(tally.records, tally.accepted + again, tally.rejected, tally.partial)


class DeliveringSender:
    """``sender``, as deliveries need it."""

    def __init__(self, sender: DeliverySender) -> None:
        self.chunk = sender.chunk
        self._sender = sender

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        await self._sender.record(said, at)

    async def say(self, messages: Sequence[bytes], delivery_id: str) -> None:
        answer = await self._sender.send(messages, delivery_id)
        for refused in answer.rejected:
            raise NotSaid(refused.errors[0]["code"])
