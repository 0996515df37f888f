"""The parts of one installation, put together from its settings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from alerts.inbox import NOTICES, tell
from infra.database import Database, open_database
from infra.keys import Keys, open_keys
from infra.recorder import LedgerRecorder
from infra.settings import Settings
from infra.vault import Vault
from projections.clue_book import ClueBook
from projections.judging import Judging
from projections.reconciling import Reconciling
from projections.recorded_facts import SubjectFacts
from streams.derivation import Derivation
from streams.embedded import Embedded
from streams.intake import Intake
from streams.quarantine import Quarantine
from streams.rebuild import BOARDS, LedgerBeside, Rebuild, ReplayedClues
from streams.shard import Shard

DATABASE_FILE = "ledger.db"
KEYS_FOLDER = "keys"


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Installation:
    """Everything that reads or writes one data folder."""

    settings: Settings
    keys: Keys
    database: Database
    recorder: LedgerRecorder
    vault: Vault
    quarantine: Quarantine
    clues: ClueBook
    clock: Callable[[], datetime] = system_clock

    @classmethod
    def open(cls, settings: Settings, *, clock: Callable[[], datetime] = system_clock) -> "Installation":
        """Open the data folder, made ready if it is new; raises ForeignPseudonyms for foreign keys."""
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = open_keys(settings.data / KEYS_FOLDER)
        database = open_database(settings.database or settings.data / DATABASE_FILE)
        vault = Vault(keys)
        with database.transaction() as connection:
            vault.check_keys(connection)
        recorder = LedgerRecorder(database)
        clues = ClueBook(recorder, saved=[tell])
        return cls(settings, keys, database, recorder, vault, Quarantine(vault), clues, clock)

    def open_shard(self) -> Shard:
        """The writer's side; only one at a time."""
        derivation = Derivation(self.recorder, self._judging)
        return Shard(self.database, self.recorder, self.vault, self.quarantine, derivation, self.clock)

    def intake(self) -> Intake:
        return make_intake(self.keys)

    def embedded(self) -> Embedded:
        """The node of one machine, not started yet."""
        return Embedded(
            self.open_shard,
            partial(make_intake, self.keys),
            self.database,
            self.quarantine,
            clock=self.clock,
            most_waiting=self.settings.limits.waiting_messages,
        )

    def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Work out every derived table anew, compare it with the live one; the ledger rows read.

        Raises Differs where the two are not equal.
        """
        with TemporaryDirectory(prefix="rebuild-", dir=self.settings.data) as folder:
            scratch = open_database(Path(folder) / DATABASE_FILE)
            try:
                clues = ReplayedClues(self.recorder, saved=[tell])
                run = Rebuild(self.database, self.recorder, scratch, self._replayed, clues)
                rows = run.run(progress)
                run.compare((*BOARDS, NOTICES))
            finally:
                scratch.close()
        return rows

    def _replayed(self, ledger: LedgerBeside, clues: ReplayedClues) -> Derivation:
        policies = self.settings.policy
        return Derivation(ledger, lambda facts: Judging(facts, policies, Reconciling(clues)))

    def close(self) -> None:
        self.database.close()

    def _judging(self, facts: SubjectFacts) -> Judging:
        return Judging(facts, self.settings.policy, Reconciling(self.clues))


def make_intake(keys: Keys) -> Intake:
    """Needs nothing but the keys, so that it can be made in another process."""
    return Intake(Vault(keys).pseudonymiser(remembered=1_000))
