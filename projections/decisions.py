"""Decisions: event-sourced aggregates in the same ledger as the facts that they rest on.

The application of the eventsourcing library runs them. A command is checked against its aggregate, and
its events are recorded in the shard's transaction, together with boards and notices. There are no
snapshots, because a clue has fewer than ten events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import AggregateEvent
from eventsourcing.persistence import ApplicationRecorder, DatetimeAsISO, JSONTranscoder, Mapper, UUIDAsHex
from eventsourcing.utils import Environment
from sqlalchemy import Connection, select

from domain.access import Actor
from domain.accounts.account import Account, open_account
from domain.clues.clue import COMMANDS, Clue
from domain.errors import NotAllowed, NotFound
from domain.sources.bounds import Bounds, is_open
from domain.sources.registered_source import RegisteredSource, register, source_id
from projections.boards import accounts, clue_board, matter_board, registered_sources
from projections.boards.clue_board import CLUES

Happened = Sequence[tuple[Clue, AggregateEvent]]
"""Clues with the event that happened to each; the clue is as the event left it."""
Follower = Callable[[Connection, Happened], object]
"""Called within the transaction with what happened to clues; what it returns is ignored."""


def pending(clues: Iterable[Clue]) -> Happened:
    """The pending events of the clues, at most one for each clue; collecting them takes them off the clues."""
    return [(clue, event) for clue in clues for event in clue.collect_events() if isinstance(event, AggregateEvent)]


def decision_mapper() -> Mapper[UUID]:
    """The mapper that writes the events of decisions to the ledger and reads them back."""
    transcoder = JSONTranscoder()
    transcoder.register(DatetimeAsISO())
    transcoder.register(UUIDAsHex())
    return Mapper(transcoder)


class Decisions(Application[UUID]):
    """Runs commands on clues 线索, on the registry of sources and on accounts.

    Calls ``followers`` with what happened to clues.

    A method that writes joins the transaction that its thread is in.
    """

    def __init__(self, recorder: ApplicationRecorder, followers: Sequence[Follower] = ()) -> None:
        # Set first: the library's constructor asks for the recorder by ``construct_recorder``.
        self._shard_recorder = recorder
        self._followers = followers
        super().__init__()

    def clue(self, clue_id: UUID, *, version: int | None = None) -> Clue:
        """The clue as it is now, or as its event with that ``version`` left it.

        Raises the library's ``AggregateNotFoundError``.
        """
        clue: Clue = self.repository.get(clue_id, version=version)
        return clue

    def record(self, connection: Connection, clues: Sequence[Clue]) -> None:
        """Append the pending events of the clues, write their rows on the board, and call the followers."""
        happened = pending(clues)
        if not happened:
            return
        self.save(*(event for _, event in happened))
        matter_board.put(connection, clue_board.put(connection, [clue for clue, _ in happened]))
        for follower in self._followers:
            follower(connection, happened)

    def decide_clue(
        self, connection: Connection, clue_id: UUID, verb: str, actor: Actor, reason: str | None, *, at: datetime
    ) -> None:
        """Carry out the command ``verb`` (a key of :data:`COMMANDS`) on a clue.

        Raises NotFound, NotEntitled or NotAllowed.
        """
        if connection.execute(select(CLUES.c.number).where(CLUES.c.clue_id == str(clue_id))).first() is None:
            raise NotFound("clue")
        clue = self.clue(clue_id)
        COMMANDS[verb](clue, actor, reason, at=at)
        self.record(connection, [clue])

    def register_source(
        self, connection: Connection, source: str, bounds: Bounds, actor: Actor, *, at: datetime
    ) -> None:
        """Register ``source``, or grant it other bounds.

        Raises NotEntitled, or NotAllowed for a first use after somebody has decided on a source.
        """
        if bounds.first_use and not is_open(each.granted for each in registered_sources.registrations(connection)):
            raise NotAllowed("an operator decides here which sources may say what; this one must be registered by name")
        if registered_sources.registration(connection, source) is None:
            registered = register(source, bounds, actor, at=at)
        else:
            registered = self._source(source)
            registered.change(bounds, actor, at=at)
        self._record_source(connection, registered)

    def end_source(self, connection: Connection, source: str, reason: str, actor: Actor, *, at: datetime) -> None:
        """Raises NotFound, NotEntitled or NotAllowed."""
        if registered_sources.registration(connection, source) is None:
            raise NotFound("registered source")
        registered = self._source(source)
        registered.end(reason, actor, at=at)
        self._record_source(connection, registered)

    def _source(self, source: str) -> RegisteredSource:
        registered: RegisteredSource = self.repository.get(source_id(source))
        return registered

    def _record_source(self, connection: Connection, registered: RegisteredSource) -> None:
        events = registered.collect_events()
        if events:
            self.save(*events)
            registered_sources.put(connection, registered)

    def open_account(
        self, connection: Connection, account_id: UUID, details: str, login_key: str, actor: Actor, *, at: datetime
    ) -> None:
        """Open an account, or change its details; raises NotEntitled, or NotAllowed for a login name in use."""
        holder = accounts.holder_of_login(connection, login_key)
        if holder not in (None, account_id.hex):
            raise NotAllowed("another account has this login name")
        if accounts.account(connection, account_id.hex) is None:
            self._record_account(connection, open_account(account_id, details, login_key, actor, at=at))
        else:
            self.change_account(
                connection, account_id, lambda account: account.change_details(details, login_key, actor, at=at)
            )

    def change_account(self, connection: Connection, account_id: UUID, change: Callable[[Account], None]) -> None:
        """Carry out ``change``; raises NotFound and what it raises."""
        if accounts.account(connection, account_id.hex) is None:
            raise NotFound("account")
        account: Account = self.repository.get(account_id)
        change(account)
        self._record_account(connection, account)

    def _record_account(self, connection: Connection, account: Account) -> None:
        events = account.collect_events()
        if events:
            self.save(*events)
            accounts.put(connection, account)

    def construct_env(self, name: str, env: Mapping[str, str] | None = None) -> Environment:
        """An environment that ignores the process's variables: they must not decide how decisions are stored."""
        return Environment(name, env)

    def construct_mapper(self) -> Mapper[UUID]:
        return decision_mapper()

    def construct_recorder(self) -> ApplicationRecorder:
        return self._shard_recorder
