"""Several shards in one process, each on a file of its own: a cluster without topics.

Any shard may get any message; what shards send one another is carried when a test says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from alerts.outbox import Outbox, Outgoing
from domain.policy import PolicyBook
from infra.identity.keys import open_keys
from infra.identity.vault import Vault
from infra.installation import KEYS_FOLDER, Installation
from infra.settings import Kafka, Settings
from projections.boards.clue_board import CLUES
from streams.cluster.placement import Placement
from streams.intake.intake import Intake
from streams.intake.own_facts import prepare_forwarded
from tests.monitor import LONG_BEFORE, SOURCE, Clock, Message, OpenClue, as_bytes, open_clue
from tests.source_builders import register_in


class Shards:
    """As many shards as ``placement`` has, all on ``clock`` and under ``policy``; ``keys`` is a folder."""

    def __init__(
        self, folder: Path, keys: Path, placement: Placement, clock: Clock, policy: PolicyBook | None = None
    ) -> None:
        self._placement = placement
        self._policy = policy or PolicyBook()
        self._vault = Vault(open_keys(keys))
        self._intake = Intake(self._vault.pseudonymiser(), names_subjects=True)
        self._outbox = Outbox(self._vault)
        self.installations = [self._open(folder / str(shard), keys, shard, clock) for shard in range(placement.shards)]
        self._shards = [installation.open_shard() for installation in self.installations]

    def _open(self, folder: Path, keys: Path, shard: int, clock: Clock) -> Installation:
        folder.mkdir()
        (folder / KEYS_FOLDER).symlink_to(keys, target_is_directory=True)
        kafka = Kafka(partitions=self._placement.partitions, shards=self._placement.shards)
        settings = Settings(data=folder, kafka=kafka, policy=self._policy)
        installation = replace(Installation.open(settings, clock=clock), shard=shard)
        clock.pass_by(days=-LONG_BEFORE)
        register_in(installation, SOURCE)
        clock.pass_by(days=LONG_BEFORE)
        return installation

    def close(self) -> None:
        for installation in self.installations:
            installation.close()

    def send(self, shard: int, *messages: Message) -> None:
        """All in one batch, to that shard; parts of them may be unreadable."""
        (receipt,) = self._shards[shard].commit([self._intake.prepare([as_bytes(message) for message in messages])])
        assert all(refusal.partial for refusal, _ in receipt.quarantined)

    def carry(self, shard: int) -> int:
        """Hand on what ``shard`` has for the others, in its order; how much it was."""
        taken = self._take(shard)
        self._hand_on(taken)
        return len(taken)

    def carry_one_step(self) -> bool:
        """Hand on what every shard has for the others now, and not what follows from it; whether there was anything."""
        taken = [self._take(shard) for shard in range(len(self._shards))]
        for messages in taken:
            self._hand_on(messages)
        return any(taken)

    def _take(self, shard: int) -> list[Outgoing]:
        with self.installations[shard].database.transaction() as connection:
            waiting = self._outbox.waiting(connection, limit=10_000)
            self._outbox.sent(connection, [row.number for row in waiting])
        return [row.message for row in waiting if row.message]

    def _hand_on(self, messages: Sequence[Outgoing]) -> None:
        for number, other in enumerate(self._shards):
            came = [message.value for message in messages if message.value and self._is_for(number, message)]
            if came:
                (receipt,) = other.commit([prepare_forwarded(came)])
                assert not receipt.quarantined

    def carry_all(self) -> int:
        """In how many steps everything has come to where it belongs."""
        return next(steps for steps in count() if not self.carry_one_step())

    def let_time_pass(self) -> None:
        """Judge all that is due, and whatever follows from it."""
        while any(shard.let_time_pass() for shard in self._shards):
            self.carry_all()

    def outboxes(self) -> dict[int, tuple[int, int]]:
        """The first and the last message that each shard has for others."""
        found: dict[int, tuple[int, int]] = {}
        for number, installation in enumerate(self.installations):
            with installation.database.read() as connection:
                waiting = [row.number for row in self._outbox.waiting(connection, limit=10_000)]
            if waiting:
                found[number] = waiting[0], waiting[-1]
        return found

    def clue_rows(self) -> list[Row[Any]]:
        """Of all shards; none twice."""
        rows: list[Row[Any]] = []
        for installation in self.installations:
            with installation.database.read() as connection:
                rows += connection.execute(select(CLUES).where(CLUES.c.status != "withdrawn"))
        assert len({row.clue_id for row in rows}) == len(rows)
        return rows

    def open_clues(self) -> frozenset[OpenClue]:
        return frozenset(map(open_clue, self.clue_rows()))

    def _is_for(self, shard: int, message: Outgoing) -> bool:
        assert message.partition is not None
        return self._placement.shard_of(message.partition) == shard
