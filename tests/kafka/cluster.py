"""A cluster under test: real broker, real PostgreSQL, workers and publisher as processes of their own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from domain.facts.fact import OWN_PREFIX
from infra.identity.keys import open_keys
from infra.installation import Installation
from infra.settings import Settings
from streams.cluster.topics import TOPICS, Topic
from tests.kafka.broker import PASSWORD, USER, Broker
from tests.kafka.one_machine import exported
from tests.ledger_events import facts_behind, last_position
from tests.monitor import SOURCE
from tests.source_builders import SIMULATED, register_in

PROGRAM: Final = Path(sys.executable).with_name("tender-monitor")
SESSION_SECONDS: Final = 4
STANDSTILL_SECONDS: Final = 12
ANSWER_SECONDS: Final = 60
"""A worker that takes over from a killed one answers once the group has noticed and its shards are open.

On a busy machine that takes longer than people would wait.
"""
_LEDGER: Final = "SELECT to_regclass('shard_{shard}.stored_events')"


@dataclass
class Cluster:
    """One installation's folder, database, topics and processes.

    With a ``mechanism`` it comes in by TLS and password.
    """

    folder: Path
    broker: Broker
    database: str
    shards: int
    partitions: int
    mechanism: str | None = None
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    _known: dict[int, tuple[int, list[tuple[str, str]]]] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings.model_validate(
            {"data": self.folder, "database": self.database, "kafka": {**self._kafka, "brokers": self._brokers}}
        )

    @property
    def _kafka(self) -> dict[str, Any]:
        return {
            "group": f"monitor-{self.folder.name}",
            "partitions": self.partitions,
            "shards": self.shards,
            "session_seconds": SESSION_SECONDS,
            "standstill_seconds": STANDSTILL_SECONDS,
            "answer_seconds": ANSWER_SECONDS,
            "metrics_port": 0,
            **self._login,
        }

    @property
    def _login(self) -> dict[str, Any]:
        if self.mechanism is None:
            return {}
        who = {"username": USER, "password": PASSWORD, "mechanism": self.mechanism}
        return {**who, "ca_file": self.broker.ca_file}

    @property
    def _brokers(self) -> list[str]:
        return [self.broker.address if self.mechanism is None else self.broker.secure_address]

    def run(self, *arguments: str, exit_code: int = 0) -> Any:
        """A command's JSON."""
        done = subprocess.run(
            [PROGRAM, *arguments, "--json"], check=False, capture_output=True, env=self.environment(), timeout=300
        )
        assert done.returncode == exit_code, done.stderr.decode() + done.stdout.decode()
        return json.loads(done.stdout)

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[bytes]":
        """A worker, publisher or console."""
        if command == ("worker",):
            self.register()
        return self._started([PROGRAM, *command], environment)

    def start_planted(self, misbehaviour: str, lot: str) -> "subprocess.Popen[bytes]":
        """A worker with a rule that misbehaves on a lot."""
        self.register()
        return self._started([sys.executable, Path(__file__).with_name("planted.py"), misbehaviour, lot])

    def register(self, *sources: str) -> None:
        """As an operator does before the first message comes; once only."""
        for number in range(self.shards):
            with self.shard(number) as installation:
                register_in(installation, *(sources or (SOURCE, *SIMULATED)))

    def _started(
        self, command: list[str | Path], environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        environment = {**self.environment(), **(environment or {})}
        with self._log(len(self.processes)).open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.processes.append(process)
        return process

    def _log(self, number: int) -> Path:
        return self.folder.with_name(f"{self.folder.name}.{number}.log")

    def joined(self) -> int:
        """How many of the processes have become workers with partitions of their own."""
        return sum(
            "Worker ready" in self._log(number).read_text(encoding="utf-8") for number in range(len(self.processes))
        )

    def has_joined(self, process: "subprocess.Popen[bytes]") -> bool:
        """Whether this one has, with or without partitions."""
        return "Worker ready" in self._log(self.processes.index(process)).read_text(encoding="utf-8")

    def logged(self) -> str:
        """The end of what each process said."""
        logs = (
            self._log(number).read_text(encoding="utf-8", errors="replace") for number in range(len(self.processes))
        )
        return "\n\n".join(log[-2_000:] for log in logs)

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """What all processes said of an event."""
        lines = (json.loads(line) for line in self.said().splitlines())
        return [line for line in lines if line["event"] == event]

    def said(self) -> str:
        """All that all processes wrote."""
        return "".join(self._log(number).read_text(errors="replace") for number in range(len(self.processes)))

    def stop_all(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    @contextlib.contextmanager
    def shard(self, number: int) -> Iterator[Installation]:
        """One shard's installation, for reading."""
        installation = Installation.open(self.settings, shard=number)
        try:
            yield installation
        finally:
            installation.close()

    def count(self, table: str, where: str = "TRUE") -> int:
        """Rows of a table over all shards; 0 while it is not there."""
        total = 0
        with psycopg.connect(self.database) as connection:
            for number in range(self.shards):
                name = f"shard_{number}.{table}"
                if connection.execute("SELECT to_regclass(%s)", (name,)).fetchone() != (None,):
                    row = connection.execute(f"SELECT count(*) FROM {name} WHERE {where}").fetchone()
                    total += row[0] if row else 0
        return total

    def recorded(self) -> int:
        """Positions given out in all ledgers."""
        return sum(self.positions().values())

    def positions(self) -> dict[int, int]:
        """The last position of each shard's ledger, as far as there is one."""
        with psycopg.connect(self.database, connect_timeout=5) as connection:
            there = (
                number
                for number in range(self.shards)
                if connection.execute(_LEDGER.format(shard=number)).fetchone() != (None,)
            )
            return {number: last_position(connection, f"shard_{number}") for number in there}

    def all_facts(self) -> int:
        """Facts in all ledgers, our own included."""
        return sum(len(facts) for facts in self._facts())

    def outside_facts(self) -> int:
        """Different messages of outside sources in all ledgers; one that several shards have counts once."""
        return len(self.facts())

    def facts(self) -> set[tuple[str, str]]:
        """Their sources and ids."""
        return {fact for facts in self._facts() for fact in facts if not fact[0].startswith(OWN_PREFIX)}

    def twice(self) -> int:
        """Facts that one ledger has more than once."""
        return sum(len(facts) - len(set(facts)) for facts in self._facts())

    def shards_with(self, id: str) -> int:
        """How many ledgers have the message of this id."""
        return sum(id in ids for ids in self.ids())

    def ids(self) -> list[list[str]]:
        """Of the messages in each shard's ledger, in its order."""
        return [[id for _, id in facts] for facts in self._facts()]

    def _facts(self) -> Iterator[list[tuple[str, str]]]:
        """Sources and ids in each shard's ledger, as far as there is one."""
        with psycopg.connect(self.database) as connection:
            for number in range(self.shards):
                if connection.execute(_LEDGER.format(shard=number)).fetchone() == (None,):
                    continue
                yield self._read(connection, number)

    def _read(self, connection: "psycopg.Connection[tuple[Any, ...]]", shard: int) -> list[tuple[str, str]]:
        """A ledger's facts; those that were read before are kept."""
        last, facts = self._known.setdefault(shard, (0, []))
        rows = facts_behind(connection, f"shard_{shard}", last)
        messages = (json.loads(state) for _, state in rows)
        facts += [(message["source"], message["id"]) for message in messages]
        self._known[shard] = rows[-1][0] if rows else last, facts
        return facts

    def clues(self) -> bytes:
        """The export of all shards' open clues."""
        with contextlib.ExitStack() as stack:
            return exported([stack.enter_context(self.shard(number)) for number in range(self.shards)])

    def environment(self) -> dict[str, str]:
        kafka = {f"TENDER_MONITOR_KAFKA__{key.upper()}": str(value) for key, value in self._kafka.items()}
        return {
            **os.environ,
            **kafka,
            "TENDER_MONITOR_DATA": str(self.folder),
            "TENDER_MONITOR_DATABASE": self.database,
            "TENDER_MONITOR_KAFKA__BROKERS": json.dumps(self._brokers),
            "TENDER_MONITOR_LOGS__FORM": "json",
            "TENDER_MONITOR_POLICY__DEFAULT__SETTLING_SECONDS": "1",
        }


@contextlib.contextmanager
def cluster(
    broker: Broker,
    postgres_url: str,
    folder: Path,
    *,
    shards: int,
    partitions: int = 4,
    keys: Path | None = None,
    mechanism: str | None = None,
) -> Iterator[Cluster]:
    """Topics made and an empty database; ``keys`` are another installation's, so that people are called the same."""
    name = f"cluster_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    folder.mkdir(parents=True, exist_ok=True)
    if keys is not None:
        open_keys(keys)
        shutil.copytree(keys, folder / "keys")
    made = Cluster(folder, broker, f"{postgres_url.rpartition('/')[0]}/{name}", shards, partitions, mechanism)
    try:
        made.run("topics", "create")
        yield made
    finally:
        made.stop_all()
        delete_topics(broker)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def delete_topics(broker: Broker) -> None:
    """All of ours, and wait until they are gone."""
    admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
    for deleting in admin.delete_topics([topic.name for topic in TOPICS]).values():
        deleting.result()
    eventually(lambda: not [name for name in admin.list_topics(timeout=10).topics if name.startswith("tender.")])


def altered(broker: Broker, topic: Topic, values: Mapping[str, str]) -> None:
    """Set up a topic otherwise."""
    settings = [ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in values.items()]
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic.name, incremental_configs=settings)
    admin = _admin(broker)
    for altering in admin.incremental_alter_configs([asked]).values():
        altering.result()


def settings_of(broker: Broker, topic: Topic) -> dict[str, str]:
    """How the broker has set up a topic."""
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic.name)
    admin = _admin(broker)
    (found,) = admin.describe_configs([asked]).values()
    return {name: entry.value for name, entry in found.result().items()}


def _admin(broker: Broker) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker.address, "log_level": 0})


def eventually(question: Callable[[], bool], *, seconds: float = 60, otherwise: Callable[[], str] = str) -> None:
    """Wait until the answer is yes."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, f"not within {seconds} s: {otherwise()}"
        time.sleep(0.1)
