"""Apache Kafka for the tests: one KRaft node on loopback ports, from its Maven artifacts (``distribution.py``).

It listens in the clear, and beside it with TLS for who has a name and a password.
"""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.ports import free_port
from tests.kafka.certificates import CA_FILE, SERVER_FILE, make_certificates
from tests.kafka.distribution import JARS, BrokerUnavailable, jars, java_environment, java_program

__all__ = ["Broker", "BrokerUnavailable", "running_broker"]

CLUSTER_ID: Final = "5L6g3nShT-eMCtK--X86sw"
START_SECONDS: Final = 60
USER: Final = "monitor"
PASSWORD: Final = "not-a-secret"
_HEAP: Final = "-Xmx384m"
_LOGIN: Final = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Detour:
    """A listener that names to its clients another port than its own: that of a proxy before it."""

    port: int
    named_port: int

    @property
    def address(self) -> str:
        """For whoever shall come through the proxy."""
        return f"127.0.0.1:{self.named_port}"


@dataclass
class Broker:
    """One broker and its folder; what it keeps survives :meth:`restart`. ``detours`` are listeners, by their names."""

    folder: Path
    port: int
    controller_port: int
    secure_port: int
    java: list[str]
    detours: dict[str, Detour] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def secure_address(self) -> str:
        return f"127.0.0.1:{self.secure_port}"

    @property
    def ca_file(self) -> Path:
        return self.folder / CA_FILE

    def start(self) -> None:
        command = [*self.java, "kafka.Kafka", str(self.folder / "server.properties")]
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, env=java_environment()
            )
        self._await_answer()

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(timeout=60)

    def restart(self, number: int = signal.SIGTERM) -> None:
        self.stop(number)
        self.start()

    def _await_answer(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BrokerUnavailable(f"the broker ended: {self._last_words()}")
            if _answers(self.address):
                return
            time.sleep(0.1)
        raise BrokerUnavailable(f"the broker did not answer within {START_SECONDS} s: {self._last_words()}")

    def _last_words(self) -> str:
        return (self.folder / "broker.log").read_text(encoding="utf-8", errors="replace")[-2_000:]


@contextmanager
def running_broker(folder: Path, libs: Path = JARS, *, detours: tuple[str, ...] = ()) -> Iterator[Broker]:
    """A broker as long as the block lasts, with its jars in ``libs``; raises :class:`BrokerUnavailable`."""
    listeners = {name: Detour(free_port(), free_port()) for name in detours}
    broker = Broker(folder, free_port(), free_port(), free_port(), _java(jars(libs)), listeners)
    _format(broker)
    try:
        broker.start()
        yield broker
    finally:
        if broker.process is not None and broker.process.poll() is None:
            broker.process.kill()
            broker.process.wait()


def _java(libs: Path) -> list[str]:
    options = [_HEAP, "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
    quiet = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return [java_program(), *options, *quiet, "-cp", f"{libs}/*"]


def _format(broker: Broker) -> None:
    properties = broker.folder / "server.properties"
    properties.write_text(_properties(broker), encoding="ascii")
    make_certificates(broker.folder)
    known = ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
    command = [*broker.java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties), *known]
    formatted = subprocess.run(command, check=False, capture_output=True, timeout=60, env=java_environment())
    if formatted.returncode:
        raise BrokerUnavailable(f"the broker's storage could not be formatted: {formatted.stderr.decode()[-2_000:]}")


def _properties(broker: Broker) -> str:
    open_to_all = f"PLAINTEXT://{broker.address},SECURE://{broker.secure_address}"
    detours = "".join(f",{name}://127.0.0.1:{detour.port}" for name, detour in broker.detours.items())
    named = "".join(f",{name}://{detour.address}" for name, detour in broker.detours.items())
    plain = "".join(f",{name}:PLAINTEXT" for name in broker.detours)
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{broker.controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{open_to_all}{detours},CONTROLLER://127.0.0.1:{broker.controller_port}",
        "advertised.listeners": f"{open_to_all}{named}",
        "listener.security.protocol.map": f"PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL{plain}",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required;",
        "listener.name.secure.plain.sasl.jaas.config": (
            f'{_LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": broker.folder / SERVER_FILE,
        "log.dirs": broker.folder / "logs",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 3,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1_000,
        "num.network.threads": 2,
        "num.io.threads": 2,
        "log.cleaner.enable": "false",
    }
    # Java reads this file as Latin-1; JSON escapes everything else as such files do.
    return "".join(f"{key}={json.dumps(str(value))[1:-1]}\n" for key, value in settings.items())


def _answers(address: str) -> bool:
    host, port = address.split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False
