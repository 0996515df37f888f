"""The parts of one installation, put together from its settings."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from sqlalchemy import Connection

from alerts.inbox import NOTICES, tell
from alerts.outbox import Outbox
from domain.errors import NotFound
from infra.identity.intake import make_intake
from infra.identity.keys import Keys, open_keys
from infra.identity.vault import Vault
from infra.settings import Kafka, Settings
from infra.settings_layers import SettingsError
from infra.storage.database import Database, open_database, open_scratch
from infra.storage.place import ONE_MACHINE, Place
from infra.transparency.identity import LogIdentity
from infra.transparency.log import TransparencyLog
from infra.transparency.rows import LoggedRecorder
from projections.decisions import Decisions
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging import Judging, Reconciling, case_kinds
from projections.judging.in_memory import LiveLedger
from projections.judging.reconciling import Clues
from projections.questions.as_of import AsOf
from streams.cluster.placement import Placement
from streams.cluster.routing import AmongShards
from streams.intake.intake import Intake
from streams.intake.quarantine import Quarantine
from streams.node.performing import Performer
from streams.one_machine.node import EmbeddedNode
from streams.shard.derivation import Derivation
from streams.shard.ports import Alone, Routing
from streams.shard.rebuild import BOARDS, Differs, Rebuild, ReplayedClues
from streams.shard.replace_tables import replace_tables
from streams.shard.shard import Shard

DATABASE_FILE = "ledger.db"
KEYS_FOLDER = "keys"
_DERIVED = (*BOARDS, NOTICES)


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
    quarantine: Quarantine
    decisions: Decisions
    clock: Callable[[], datetime] = system_clock
    routing: Routing = field(default_factory=Alone)

    @classmethod
    def open(
        cls, settings: Settings, *, clock: Callable[[], datetime] = system_clock, shard: int | None = None
    ) -> "Installation":
        """Open the data folder, made ready if it is new; raises ForeignPseudonyms for foreign keys.

        ``shard`` is one of a cluster's, in a schema of its own; without one, raises FactsComeByTopics for a cluster.
        """
        if shard is None and settings.kafka.brokers:
            raise FactsComeByTopics
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = open_keys(settings.data / KEYS_FOLDER)
        schema = None if shard is None else shard_schema(shard)
        where = settings.database or settings.data / DATABASE_FILE
        database = open_database(where, schema=schema, place=place_in(settings.kafka, shard))
        vault = Vault(keys)
        with database.transaction() as connection:
            vault.check_keys(connection)
        recorder = LoggedRecorder(database)
        decisions = Decisions(recorder, followers=[tell])
        routing = routing_of(settings.kafka, shard, vault)
        return cls(settings, keys, database, recorder, vault, Quarantine(vault), decisions, clock, routing)

    def open_shard(self, make: Callable[..., Shard] = Shard) -> Shard:
        """The writer's side, as ``make`` puts its parts together; only one at a time."""
        derivation = Derivation(self.recorder, partial(self._judging, self.decisions), self.routing.mine)
        identity = self.log_identity
        log = TransparencyLog(self.recorder, identity.signer(), begun=identity.begun)
        identities = self.vault.identities()
        parts = (self.database, self.recorder, identities, self.quarantine, derivation, log, self.clock, self.routing)
        shard = make(*parts)
        identity.publish()
        return shard

    def performer(self) -> Performer:
        """Carries out commands, for the thread that owns the shard."""
        intake = make_intake(self.keys, names_subjects=self.database.schema is not None)
        return Performer(self.database, self.quarantine, self.decisions, intake)

    def evidence(self) -> AsOf:
        """A reader of evidence, for one thread."""
        return AsOf(self.recorder, self.decisions, self.settings.policy, self._at_home)

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
    def log_identity(self) -> LogIdentity:
        """In whose name the transparency log is signed."""
        folder = self.settings.data / KEYS_FOLDER
        return LogIdentity(folder, self.settings.transparency.origin, self.database.schema)

    def intake(self) -> Intake:
        return make_intake(self.keys)

    def embedded(self) -> EmbeddedNode:
        """The node of one machine, not started yet."""
        return EmbeddedNode(
            self.open_shard,
            partial(make_intake, self.keys),
            self.performer(),
            clock=self.clock,
            most_waiting=self.settings.limits.waiting_messages,
        )

    def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Work out every derived table anew, compare it with the live one; the ledger rows read.

        Raises Differs where the two are not equal. All is read as of one moment.
        """
        with self.database.read(), self._rebuilt(progress) as (rows, run, _):
            run.compare(_DERIVED)
        return rows

    def repair(self, progress: Callable[[int], None] = lambda _: None) -> str | None:
        """Rebuild, and put the rebuilt tables in the live ones' place where they differ: the first difference.

        Raises Differs where the ledger itself holds what does not follow. Nothing may write meanwhile.
        """
        with self._rebuilt(progress) as (_, run, scratch):
            try:
                run.compare(_DERIVED)
            except Differs as difference:
                with self.database.transaction() as live, scratch.read() as rebuilt:
                    replace_tables(live, rebuilt, _DERIVED)
                run.compare(_DERIVED)
                return str(difference)
        return None

    @contextmanager
    def _rebuilt(self, progress: Callable[[int], None]) -> Iterator[tuple[int, Rebuild, Database]]:
        """The number of ledger rows, the finished run, and the database it filled."""
        with TemporaryDirectory(prefix="rebuild-", dir=self.settings.data) as folder:
            scratch = open_scratch(Path(folder) / DATABASE_FILE)
            try:
                clues = ReplayedClues(self.recorder, followers=[tell])
                run = Rebuild(self.database, self.recorder, scratch, self._replayed, clues)
                yield run.run(progress), run, scratch
            finally:
                scratch.close()

    def _replayed(self, ledger: LiveLedger, clues: ReplayedClues) -> Derivation:
        return Derivation(ledger, partial(self._judging, clues), self.routing.mine)

    def close(self) -> None:
        self.database.close()

    def _judging(self, clues: Clues, facts: SubjectFacts) -> Judging:
        return Judging(case_kinds(facts, self.settings.policy), Reconciling(clues), self.routing.mine)


def shard_schema(shard: int) -> str:
    """The PostgreSQL schema of one shard of a cluster."""
    return f"shard_{shard}"


def place_in(kafka: Kafka, shard: int | None) -> Place:
    """What part of an installation a database holds."""
    return ONE_MACHINE if shard is None else Place(shard, kafka.shards, kafka.partitions)


def routing_of(kafka: Kafka, shard: int | None, vault: Vault) -> Routing:
    """One machine, and a cluster of one shard, has no neighbours."""
    if shard is None or kafka.shards == 1:
        return Alone()
    return AmongShards(Placement(kafka.partitions, kafka.shards), shard, Outbox(vault))
