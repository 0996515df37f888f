"""What every node can do, on one machine as in a cluster, and what it answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from domain.bid_verdict import BidVerdict, bid_verdicts
from domain.errors import MonitorError
from domain.facts.bidding import lot_subject
from projections.judging import Judgement
from streams.intake.prepared import FieldError
from streams.node.commands import Command
from streams.shard.recording import CommitResult


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message that did not get in; nothing of it is lost, it waits in quarantine.

    With ``partial`` only the parts did not get in that the errors name; the rest was recorded.
    """

    index: int
    id: str | None
    quarantine_id: str
    errors: tuple[FieldError, ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class IngestReceipt:
    """The answer to messages that were handed in, after the commit.

    ``judgements`` are those that the openings among them raised at once; a cluster's console
    does not learn of them. ``verdicts`` are those of the bids that were judged with them. ``untold`` are
    the lots among them without a verdict: their opening was recorded before, or is judged by other shards.
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: tuple[Rejection, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    verdicts: tuple[BidVerdict, ...] = ()
    untold: tuple[str, ...] = ()

    @classmethod
    def of(cls, result: CommitResult) -> "IngestReceipt":
        """As the shard recorded it."""
        rejected = (
            Rejection(refusal.index, refusal.id, quarantine_id, refusal.errors, refusal.partial)
            for refusal, quarantine_id in result.quarantined
        )
        about_bids = ((each.case, each.findings) for each in result.judgements if each.lot in result.opened)
        verdicts = bid_verdicts(about_bids) if result.opened else ()
        told = {lot_subject(each.tender_id, each.lot_id) for each in verdicts}
        untold = tuple(sorted(result.opened - told))
        return cls(result.accepted, result.duplicates, tuple(rejected), tuple(result.judgements), verdicts, untold)

    def at(self, places: Sequence[int]) -> "IngestReceipt":
        """Of messages that have these ``places`` in a larger call."""
        rejected = (replace(each, index=places[each.index]) for each in self.rejected)
        return replace(self, rejected=tuple(rejected))

    def joined(self, other: "IngestReceipt") -> "IngestReceipt":
        """Of the messages of both, whose places are those in one call."""
        return IngestReceipt(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.rejected + other.rejected,
            self.judgements + other.judgements,
            self.verdicts + other.verdicts,
            tuple(sorted({*self.untold, *other.untold})),
        )


class FactsComeByTopics(MonitorError):
    """The facts of a cluster come by its topics, where their order is kept; ``topics`` are their names."""

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__("the facts of a cluster come by its topics")
        self.topics = topics


class Unanswered(MonitorError):
    """No worker took the command in time, and none will: it was taken back. ``shard`` is whose."""

    def __init__(self, shard: int) -> None:
        super().__init__(f"no worker of shard {shard} took the command")
        self.shard = shard


class Node(Protocol):
    """In front of one shard or of all shards of a cluster; every method is for the event loop."""

    @property
    def ready(self) -> bool:
        """Whether facts and commands can be recorded."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """What stands still somewhere else, in words; one machine has nothing else."""
        ...

    @property
    def waiting(self) -> int:
        """Messages and commands that were handed in and are not committed yet."""
        ...

    async def ingest(
        self,
        messages: Sequence[bytes],
        *,
        allowed_source: str | None = None,
        delivery_id: str | None = None,
        by: str | None = None,
    ) -> IngestReceipt:
        """Record ``messages``, each one structured CloudEvent as JSON; answers after the commit.

        ``delivery_id`` is the delivery by which they come, where it is one; ``by`` is who hands them in, as the
        ledger names them (:attr:`domain.access.Actor.submitter`).

        Raises Overloaded while too much is waiting, and :class:`FactsComeByTopics` in a cluster.
        """
        ...

    async def perform(self, command: Command) -> IngestReceipt:
        """Carry out ``command``; answers after the commit, with what became of messages it sent again.

        Raises what the command raises (:mod:`streams.node.performing`), and :class:`Unanswered`
        in a cluster.
        """
        ...

    async def news(self, seconds: float) -> bool:
        """Wait until something was committed, at most so long; False where nothing was."""
        ...


class News:
    """Wakes all who wait at the moment; for one event loop."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """Wait for :meth:`tell`, at most so long; False where it was not called."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def tell(self) -> None:
        """Wake all who wait now; whoever comes later waits for the next call."""
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()
