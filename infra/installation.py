"""The parts of one installation, put together from its settings.

What only writes or judges is imported by the methods that need it: a command that reads loads none of it, and starts
in half the time.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection

from domain.divisions import add_divisions
from domain.errors import CannotRecord, NotFound
from infra.identity.keys import Keys
from infra.identity.known_keys import check_nothing_lost, take_keys
from infra.identity.vault import Vault
from infra.settings import Kafka, Settings, SettingsError
from infra.storage.database import Database, open_database
from infra.storage.disk import check_room
from infra.storage.place import ONE_MACHINE, Place
from infra.storage.private_files import check_owner, make_private_folder
from infra.transparency.rows import LoggedRecorder

if TYPE_CHECKING:
    from alerts.waiting_notices import WaitingNotices
    from infra.recording_clock import RecordingClock
    from infra.transparency.identity import LogIdentity
    from infra.transparency.sink import Sink
    from infra.transparency.suite import Suite
    from projections.decisions import Decisions
    from projections.evidence.recorded_facts import SubjectFacts
    from projections.judging import Judging
    from projections.judging.reconciling import Clues
    from projections.questions.as_of import AsOf
    from streams.intake.intake import Intake
    from streams.intake.quarantine import Quarantine
    from streams.node.performing import Performer
    from streams.one_machine.node import EmbeddedNode
    from streams.shard.commit_log import CommitLog
    from streams.shard.ports import Routing
    from streams.shard.reach import Reach
    from streams.shard.shard import Shard

DATABASE_FILE = "ledger.db"
KEYS_FOLDER = "keys"


class FactsComeByTopics(SettingsError):
    """A cluster keeps no ledger beside its shards."""

    def __init__(self) -> None:
        super().__init__(
            "the settings name kafka.brokers: a cluster takes facts in by its topics, which /asyncapi.json names, alone"
        )


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Installation:
    """Everything that reads or writes one data folder."""

    settings: Settings
    keys: Keys
    database: Database
    recorder: LoggedRecorder
    vault: Vault
    clock: Callable[[], datetime] = system_clock
    shard: int | None = None
    watched: "RecordingClock | None" = None

    def __post_init__(self) -> None:
        add_divisions(self.settings.divisions)

    @classmethod
    def open(
        cls, settings: Settings, *, clock: Callable[[], datetime] = system_clock, shard: int | None = None
    ) -> "Installation":
        """Open the data folder, made ready if it is new.

        Raises KeyUnusable where a key is missing or another one than was used, OtherOwner where the folder is somebody
        else's; then it leaves nothing behind.
        ``shard`` is one of a cluster's, in a schema of its own; without one, raises FactsComeByTopics for a cluster.
        """
        if shard is None and settings.kafka.brokers:
            raise FactsComeByTopics
        (where, schema), folder = database_of(settings, shard), settings.data / KEYS_FOLDER
        check_owner(settings.data)
        check_nothing_lost(where, schema, folder)
        make_private_folder(settings.data)
        database = open_database(where, schema=schema, place=place_in(settings.kafka, shard))
        try:
            keys = take_keys(database, folder)
            database.sum_key = keys.table_sums
            return cls(settings, keys, database, LoggedRecorder(database), Vault(keys), clock, shard)
        except BaseException:
            database.close()
            raise

    @cached_property
    def quarantine(self) -> "Quarantine":
        """Where messages wait that did not get in."""
        from streams.intake.quarantine import Quarantine

        return Quarantine(self.vault)

    @cached_property
    def decisions(self) -> "Decisions":
        """Commands on clues; those who must know are told in the same transaction."""
        from projections.decisions import Decisions, Happened

        def follow(connection: Connection, happened: Happened) -> None:
            self.commit_log.clues_changed(happened, self.telling.follow(connection, happened))

        return Decisions(self.recorder, followers=[follow])

    @cached_property
    def telling(self) -> "WaitingNotices":
        """Writes the notices that follow from what happens to clues."""
        return self.new_telling()

    def new_telling(self) -> "WaitingNotices":
        from eventsourcing.domain import AggregateEvent
        from eventsourcing.persistence import EventStore

        from alerts.waiting_notices import WaitingNotices
        from projections.decisions import decision_mapper

        store: EventStore[UUID] = EventStore(decision_mapper(), self.recorder)

        def history(clue_id: UUID, last: int) -> Iterator[AggregateEvent]:
            return (event for event in store.get(clue_id, lte=last) if isinstance(event, AggregateEvent))

        return WaitingNotices(history)

    @cached_property
    def commit_log(self) -> "CommitLog":
        """What the shard's commits did, for the program's log."""
        from streams.shard.commit_log import CommitLog

        return CommitLog()

    @cached_property
    def routing(self) -> "Routing":
        """One machine, and a cluster of one shard, has no neighbours."""
        from alerts.outbox import Outbox
        from streams.cluster.placement import Placement
        from streams.cluster.routing import AmongShards
        from streams.cluster.signatures import Signatures
        from streams.shard.ports import Alone

        kafka = self.settings.kafka
        if self.shard is None or kafka.shards == 1:
            return Alone()
        placement = Placement(kafka.partitions, kafka.shards)
        return AmongShards(placement, self.shard, Outbox(self.vault), Signatures(self.vault))

    @cached_property
    def recording_clock(self) -> "RecordingClock | None":
        """Watches over the machine's clock; one that was given, of a simulation, is never doubted."""
        from infra.recording_clock import RecordingClock
        from infra.time_servers import asked

        if self.watched is not None or self.clock is not system_clock:
            return self.watched
        servers = [(server, partial(asked, server)) for server in self.settings.clock.servers]
        others = [("the database", self.database.now)] if self.database.dialect == "postgresql" else []
        return RecordingClock(self.settings.data, others=others, servers=servers)

    def open_shard(self, make: "Callable[..., Shard] | None" = None, *, reach: "Reach | None" = None) -> "Shard":
        """The writer's side, as ``make`` puts its parts together (else ``Shard``); only one at a time.

        Raises CannotRecord where the clock is not to be believed.

        ``reach`` says up to which moment notices are told, where not all at once.
        """
        from infra.known_sources import register_known
        from infra.transparency.log import TransparencyLog
        from projections import batches
        from streams.shard.derivation import Derivation
        from streams.shard.ports import NothingToConfirm
        from streams.shard.shard import Shard

        judging = partial(self.judging, self.decisions)
        derivation = Derivation(self.recorder, judging, self.routing.mine, self.telling)
        identity = self.log_identity
        watched = self.recording_clock
        if watched is not None:
            with self.database.read() as connection:
                watched.begin(batches.last(connection)[2])
        log = TransparencyLog(self.recorder, identity.signer(), begun=identity.begun, sink=self.sink)
        identities = self.vault.identities()
        clock, confirmed = watched or self.clock, watched or NothingToConfirm()
        parts = (self.database, self.recorder, identities, self.quarantine, derivation, log, clock, self.routing)
        shard = (make or Shard)(*parts, self.commit_log, reach, confirmed)
        register_known(self.database, shard, self.decisions, self._schemas)
        identity.publish()
        return shard

    def performer(self) -> "Performer":
        """Carries out commands, for the thread that owns the shard."""
        from infra.identity.intake import make_intake
        from streams.node.performing import Performer

        intake = make_intake(self.keys, names_subjects=self.database.schema is not None)
        return Performer(self.database, self.quarantine, self.decisions, intake)

    def evidence(self) -> "AsOf":
        """A reader of evidence, for one thread."""
        from projections.questions.as_of import AsOf

        return AsOf(self.recorder, self.decisions, self.settings.policy, self._at_home)

    @property
    def _schemas(self) -> Sequence[str | None]:
        """Where the ledgers of all shards lie that share the database of this one."""
        if self.database.schema is None or self.shard is None:
            return (None,)
        return [shard_schema(shard) for shard in range(self.settings.kafka.shards)]

    @property
    def shards(self) -> Sequence[int | None]:
        """Whatever has a ledger and a log of its own; one machine is one, and has no number."""
        return (None,)

    @property
    def logs(self) -> Sequence[Database]:
        """The databases of :attr:`shards`."""
        return (self.database,)

    def home(self, subject: str) -> int | None:  # noqa: ARG002 - a console asks
        """The shard that has all that is said of ``subject``."""
        return None

    def shard_of_clue(self, clue_id: UUID) -> int | None:  # noqa: ARG002 - a console asks
        """The shard that a clue stands in; None also where there is no such clue."""
        return None

    def entered(self, connection: Connection, shard: int | None) -> AbstractContextManager[None]:  # noqa: ARG002
        """While it lasts, ``connection`` sees the ledger and the log of that shard. Raises NotFound."""
        if shard is not None:
            raise NotFound("shard")
        return nullcontext()

    @contextmanager
    def _at_home(self, connection: Connection, subject: str) -> Iterator[int | None]:
        """While it lasts, ``connection`` sees the shard that has all that is said of ``subject``."""
        shard = self.home(subject)
        with self.entered(connection, shard):
            yield shard

    @property
    def log_identity(self) -> "LogIdentity":
        """In whose name the transparency log is signed."""
        from infra.transparency.identity import LogIdentity

        folder = self.settings.data / KEYS_FOLDER
        return LogIdentity(folder, self.settings.transparency.origin, self.database.schema)

    @property
    def log_suite(self) -> "Suite":
        """What the transparency log is hashed and signed by."""
        from infra.transparency.suite import SUITES

        return SUITES[self.keys.suite.name]

    @cached_property
    def sink(self) -> "Sink | None":
        """Where checkpoints go that the database cannot take back."""
        from infra.transparency.sink import open_sink

        return open_sink(self.settings.checkpoint)

    def intake(self) -> "Intake":
        from infra.identity.intake import make_intake

        return make_intake(self.keys)

    def check_room(self) -> None:
        """Raises CannotRecord where the disk has too little room left for more facts."""
        check_room(self.settings.data, reserve_mib=self.settings.disk.reserve_mib)

    def obstacles(self) -> Iterator[CannotRecord]:
        """Why facts cannot be recorded now."""
        try:
            self.check_room()
        except CannotRecord as error:
            yield error
        watched = self.recording_clock
        for found in (self.database.trouble, watched.refusal if watched else None):
            if found is not None:
                yield found

    def embedded(self) -> "EmbeddedNode":
        """The node of one machine, not started yet."""
        from infra.identity.intake import make_intake
        from streams.one_machine.node import EmbeddedNode

        return EmbeddedNode(
            self.open_shard,
            partial(make_intake, self.keys),
            self.performer(),
            clock=self.clock,
            most_waiting=self.settings.limits.waiting_messages,
            check_room=self.check_room,
            obstacles=self.obstacles,
        )

    def close(self) -> None:
        if self.sink is not None:
            self.sink.flush()
        self.database.close()

    def judging(self, clues: "Clues", facts: "SubjectFacts") -> "Judging":
        from alerts.inbox import tell_of_load
        from projections.boards.coverage import Closings
        from projections.judging import Anew, ClosedDeliveries, Judging, Loads, Reconciling, case_kinds

        policies, deliveries = self.settings.policy, Closings(facts, remembers=True)
        kinds = (*case_kinds(facts, policies, deliveries), Loads(facts, policies, tell_of_load))
        closed = ClosedDeliveries(facts, deliveries)
        return Judging(kinds, Reconciling(clues), Anew(facts), closed, self.routing.mine)


def shard_schema(shard: int) -> str:
    """The PostgreSQL schema of one shard of a cluster."""
    return f"shard_{shard}"


def database_of(settings: Settings, shard: int | None) -> tuple[str | Path, str | None]:
    """Where the database of a shard is, or that of one machine; and in which schema."""
    return settings.database or settings.data / DATABASE_FILE, None if shard is None else shard_schema(shard)


def place_in(kafka: Kafka, shard: int | None) -> Place:
    """What part of an installation a database holds."""
    return ONE_MACHINE if shard is None else Place(shard, kafka.shards, kafka.partitions)
