"""How a command is carried out: each once, in one transaction, whoever runs the shard."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from alerts import readings
from domain.access import Role
from domain.clues.words import sealed_words
from domain.errors import NotFound
from domain.evidence.days import SHANGHAI
from domain.facts.access import AccessRecorded, DossierRead, IdentityErased
from domain.facts.fact import OWN_PREFIX, FactData, Person
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from projections.boards.clue_board import CLUES
from projections.decisions import Decisions
from streams.intake.completing import SentAgain, prepare_again
from streams.intake.intake import Intake, encode
from streams.intake.own_facts import prepare_own
from streams.intake.prepared import PreparedBatch
from streams.intake.quarantine import Quarantine, Status
from streams.node.changing_accounts import change_account
from streams.node.command_log import command_logged, refusal_logged
from streams.node.commands import (
    ChangeAccount,
    ChangeRegistry,
    Command,
    DecideClue,
    EndSource,
    MarkClueRead,
    MarkNoticeRead,
    MarkRead,
    OpenAccount,
    RecordAccess,
    RecordDelivery,
    RecordErasure,
    RecordReading,
    RegisterSource,
    Resubmit,
)
from streams.node.node import IngestReceipt, Rejection
from streams.shard.ports import Database
from streams.shard.recording import CommitResult

READING_SOURCE: Final = f"{OWN_PREFIX}readings"
DELIVERY_SOURCE: Final = f"{OWN_PREFIX}deliveries"
ERASURE_SOURCE: Final = f"{OWN_PREFIX}erasures"
ACCESS_SOURCE: Final = f"{OWN_PREFIX}access"
_READINGS: Final = UUID("c1f4b0a2-7d4e-5c52-8b7e-2f0f9d6a3e11")
"""The namespace of the ids of readings and sign-ins; another value would record those of the last quarter of an hour
twice."""

Answer = Callable[[Connection, IngestReceipt], None]
"""Writes the answer to a command into the transaction of what was done."""


IdentityRows = Sequence[tuple[str, str, bytes]]
"""Rows for the identity vault."""


class Recording(Protocol):
    """A shard, as far as commands need it."""

    def commit(self, work: Sequence[PreparedBatch], *, within_commit: Any = None) -> list[CommitResult]: ...

    def decide(self, command: Callable[[Connection, datetime], Any], *, identities: IdentityRows = ()) -> Any: ...


def _unanswered(_connection: Connection, _receipt: IngestReceipt) -> None:
    """Whoever asked waits for the return."""


class Performer:
    """Carries out commands in the thread that owns the shard.

    ``intake`` is its own: intake hands in a person's identity once, and may be used by one thread.
    """

    def __init__(
        self,
        database: Database,
        quarantine: Quarantine,
        decisions: Decisions,
        intake: Intake,
    ) -> None:
        self._database = database
        self._quarantine = quarantine
        self._decisions = decisions
        self._intake = intake

    def perform(self, shard: Recording, command: Command, *, answer: Answer = _unanswered) -> IngestReceipt:
        """Carry out ``command``; what it does and what ``answer`` writes are committed together or not at all.

        Raises NotFound, NotEntitled, NotAllowed or NotQuarantined; then nothing was done.
        """
        with command_logged(command):
            return self._perform(shard, command, answer)

    def _perform(self, shard: Recording, command: Command, answer: Answer) -> IngestReceipt:
        match command:
            case DecideClue() | MarkNoticeRead() | MarkClueRead():
                return self._decide(shard, command, answer)
            case RegisterSource() | EndSource():
                return self._change_registry(shard, command, answer)
            case RecordReading() | RecordErasure() | RecordDelivery() | RecordAccess():
                return self._record_act(shard, command, answer)
            case Resubmit():
                batch = prepare_again(self._intake, self._sent_again(command))
                return self._resubmit(shard, command, batch, answer)
            case _:
                return self._change_account(shard, command, answer)

    def _decide(self, shard: Recording, command: DecideClue | MarkRead, answer: Answer) -> IngestReceipt:
        said, rows = self._sealed(command) if isinstance(command, DecideClue) else (None, [])

        def decide(connection: Connection, at: datetime) -> None:
            if isinstance(command, DecideClue):
                self._decisions.decide_clue(connection, command.clue_id, command.verb, command.actor, said, at=at)
                mark_read(connection, own_act(command), at=at)
            else:
                mark_read(connection, command, at=at)
            answer(connection, IngestReceipt())

        shard.decide(decide, identities=rows)
        return IngestReceipt()

    def _change_registry(self, shard: Recording, command: ChangeRegistry, answer: Answer) -> IngestReceipt:
        def decide(connection: Connection, at: datetime) -> None:
            actor = command.actor
            if isinstance(command, RegisterSource):
                self._decisions.register_source(connection, command.source, command.bounds, actor, at=at)
            else:
                self._decisions.end_source(connection, command.source, command.reason, actor, at=at)
            answer(connection, IngestReceipt())

        shard.decide(decide)
        return IngestReceipt()

    def _change_account(self, shard: Recording, command: ChangeAccount, answer: Answer) -> IngestReceipt:
        details: str = ""
        rows: IdentityRows = ()
        if isinstance(command, OpenAccount):
            # Under the id of the account, so that its details can be erased as those of a person.
            details, rows = self._intake.seal(command.details, [command.account_id.hex])

        def decide(connection: Connection, at: datetime) -> None:
            change_account(self._decisions, connection, command, details, at=at)
            answer(connection, IngestReceipt())

        shard.decide(decide, identities=rows)
        return IngestReceipt()

    def _sealed(self, decision: DecideClue) -> tuple[str | None, IdentityRows]:
        """What the ledger keeps in the place of the words of a decision, and the rows that keep the words."""
        if decision.reason is None or not decision.reason.strip():
            return decision.reason, []
        query = select(CLUES.c.person_id).where(CLUES.c.clue_id == str(decision.clue_id))
        with self._database.read() as connection:
            person = connection.execute(query).scalar()
        # With the clue: equal words about two people are two rows, so that one may be erased without the other.
        words = encode([str(decision.clue_id), decision.reason])
        digest, rows = self._intake.seal(words, [person] if person else [])
        return sealed_words(digest), rows

    def _record_act(
        self,
        shard: Recording,
        command: RecordReading | RecordErasure | RecordDelivery | RecordAccess,
        answer: Answer,
    ) -> IngestReceipt:
        recorded = prepare_own(_said_by(command))
        shard.commit([recorded], within_commit=lambda connection, _, __: answer(connection, IngestReceipt()))
        return IngestReceipt()

    def sent_again(self, command: Resubmit) -> SentAgain:
        """The message that is to be prepared again, for :meth:`resubmit`; raises NotQuarantined."""
        with refusal_logged(command):
            return self._sent_again(command)

    def _sent_again(self, command: Resubmit) -> SentAgain:
        with self._database.read() as connection:
            entry = self._quarantine.entry(connection, command.quarantine_id, command.actor)
            kept = self._quarantine.opened(connection, command.quarantine_id, command.actor)
        actor, allowed = command.actor, command.actor.own_source
        if actor.role is Role.OPERATOR and (command.body is None or entry.source is not None):
            # An operator sends again what a source sent, or what the source should have sent: never as another one.
            allowed = entry.source
        return SentAgain(kept, command.body, command.quarantine_id, entry.partial, allowed, actor.submitter)

    def resubmit(self, shard: Recording, command: Resubmit, batch: PreparedBatch) -> IngestReceipt:
        """Record what was prepared of :meth:`sent_again`, maybe in another process."""
        with command_logged(command):
            return self._resubmit(shard, command, batch, _unanswered)

    def _resubmit(self, shard: Recording, command: Resubmit, batch: PreparedBatch, answer: Answer) -> IngestReceipt:
        with self._database.read() as connection:
            entry = self._quarantine.entry(connection, command.quarantine_id, command.actor)
        if not entry.partial:
            return self._commit_again(shard, command, batch, answer)
        if entry.status is not Status.OPEN:
            return _answered(shard, answer, IngestReceipt(duplicates=1), batch.without_facts())
        if len(batch):
            return self._commit_again(shard, command, batch, answer)
        # The parts still cannot be read, and the entry stays open.
        refused = tuple(
            Rejection(0, refusal.id, entry.quarantine_id, refusal.errors, partial=True) for refusal in batch.refusals
        )
        return _answered(shard, answer, IngestReceipt(rejected=refused), batch)

    def _commit_again(self, shard: Recording, command: Resubmit, batch: PreparedBatch, answer: Answer) -> IngestReceipt:
        def within_commit(connection: Connection, results: Sequence[CommitResult], at: datetime) -> None:
            receipt = IngestReceipt.of(results[0])
            if receipt.rejected:
                again = receipt.rejected[0].quarantine_id
                self._quarantine.replace(connection, command.quarantine_id, at, by=again)
            else:
                self._quarantine.resolve(connection, command.quarantine_id, at)
            answer(connection, receipt)

        (result,) = shard.commit([batch], within_commit=within_commit)
        return IngestReceipt.of(result)


def _erasure(command: RecordErasure) -> tuple[str, str, IdentityErased, dict[str, Any]]:
    actor, person = command.actor, Person(person_id=command.person_id)
    data = IdentityErased(person=person, erased_by=actor.name, role=actor.role)
    return ERASURE_SOURCE, command.erasure_id, data, {"time": command.at.isoformat()}


def delivery_message(command: RecordDelivery) -> tuple[str, str, DeliveryBegun | DeliveryTaken, dict[str, Any]]:
    """Raises pydantic's ValidationError where what is said is no such fact."""
    model = DeliveryBegun if command.kind == DeliveryBegun.KIND else DeliveryTaken
    data = model.model_validate(command.said)
    id = f"{data.delivery_id}:{data.part}:{command.kind}"
    return DELIVERY_SOURCE, id, data, {"time": command.at.isoformat()}


def _answered(shard: Recording, answer: Answer, receipt: IngestReceipt, batch: PreparedBatch) -> IngestReceipt:
    """Nothing is recorded but the identities of ``batch``, which intake hands in once."""
    work = [replace(batch, refusals=[])]
    shard.commit(work, within_commit=lambda connection, _, __: answer(connection, receipt))
    return receipt


def _said_by(
    command: RecordReading | RecordErasure | RecordDelivery | RecordAccess,
) -> Iterator[tuple[str, str, FactData, dict[str, Any]]]:
    match command:
        case RecordReading():
            yield from _readings(command)
        case RecordErasure():
            yield _erasure(command)
        case RecordDelivery():
            yield delivery_message(command)
        case RecordAccess():
            yield _access(command)


def _access(command: RecordAccess) -> tuple[str, str, AccessRecorded, dict[str, Any]]:
    """The same id within a quarter of an hour: who tries again and again does not fill the ledger."""
    quarter = _quarter(command.at)
    data = AccessRecorded(
        what=command.what, account=command.account, role=command.role, how=command.how, on=quarter.date()
    )
    said = f"{command.what}\0{command.account}\0{command.role}\0{command.how}\0{quarter.isoformat()}"
    return ACCESS_SOURCE, str(uuid5(_READINGS, said)), data, {"time": quarter.isoformat()}


def _quarter(moment: datetime) -> datetime:
    """The beginning of its quarter of an hour."""
    at = moment.astimezone(SHANGHAI)
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def _readings(command: RecordReading) -> Iterator[tuple[str, str, DossierRead, dict[str, Any]]]:
    """One for each person; the same ids within a quarter of an hour."""
    reader, purpose = command.actor, command.purpose
    quarter = _quarter(command.at)
    account = f"{reader.role}\0{reader.name}\0{reader.uscc or reader.source or reader.jurisdiction or ''}"
    for person in dict.fromkeys(command.people):
        data = DossierRead(
            person=Person(person_id=person), reader=reader.name, role=reader.role, reason=purpose, on=quarter.date()
        )
        id = str(uuid5(_READINGS, f"{person}\0{account}\0{purpose}\0{quarter.isoformat()}"))
        yield READING_SOURCE, id, data, {"time": quarter.isoformat()}


def mark_read(connection: Connection, command: MarkRead, *, at: datetime) -> None:
    """Raises NotFound for a notice that the party was not sent."""
    match command:
        case MarkClueRead():
            readings.mark_clue_read(connection, command.clue_id, command.actor, at=at)
        case MarkNoticeRead():
            if not readings.mark_read(connection, command.notice_id, command.actor, at=at):
                raise NotFound("notice")


def own_act(decision: DecideClue) -> MarkClueRead:
    """Whoever decides about a clue knows of it, and of the own decision too."""
    return MarkClueRead(decision.clue_id, decision.actor)
